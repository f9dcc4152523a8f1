"""Telegram messages as posts: every field and kind, agreement with exports, and every sort of damage."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telethon.tl import types as tl

from core.types import Channel, EntityKind, MediaKind, Origin, Post, Preview, Skipped, SkipReason
from ingest.export import read_export
from ingest.parse import UnreadableMessage, album, message
from ingest.records import record, withheld

DATE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CHANNEL = Channel(tg_id=77, name="Канал")
TITLES = {("channel", 123): "Лаборатория", ("user", 6): "Иван Примеров", ("channel", 124): "Архив"}
WORDS = "Вышла новая модель"


def make(**fields: Any) -> Any:
    return tl.Message(**({"id": 5, "peer_id": tl.PeerChannel(77), "date": DATE, "message": WORDS} | fields))


def stored(value: Any) -> Any:
    """The record as it comes back from the database, whose JSON sorts its keys."""
    return json.loads(json.dumps(record(value.to_dict(), titles=TITLES), allow_nan=False, sort_keys=True))


def parsed(value: Any) -> Post:
    post = message(stored(value), channel=CHANNEL)
    assert isinstance(post, Post)
    return post


def post(**fields: Any) -> Post:
    return parsed(make(**fields))


def document(*attributes: Any) -> Any:
    return tl.Document(*(1, 2, b"ref", DATE, "video/mp4", 10, 2), attributes=list(attributes))


def words(text: str) -> Any:
    return tl.TextWithEntities(text, [])


def poll(question: str, *answers: str, attached: Any = None) -> Any:
    options = [tl.PollAnswer(words(answer), bytes([number])) for number, answer in enumerate(answers)]
    return tl.MessageMediaPoll(tl.Poll(1, words(question), options, 0), tl.PollResults(), attached)


PHOTO = tl.MessageMediaPhoto(photo=tl.Photo(1, 2, b"ref", DATE, [], 2))
VIDEO = tl.DocumentAttributeVideo(1.5, 640, 480)
AUDIO = tl.DocumentAttributeAudio(9)
PAGE = tl.WebPage(
    *(1, "https://example.org/a", "example.org/a", 0), site_name="Пример", title="О модели", description="Коротко."
)


def test_fields() -> None:
    """Every field of a message arrives in its place, and the record is kept as it came."""
    value = make(
        edit_date=DATE + timedelta(hours=1),
        edit_hide=True,
        views=10,
        forwards=2,
        grouped_id=-99,
        reply_to=tl.MessageReplyHeader(reply_to_msg_id=4),
        reactions=tl.MessageReactions(
            [tl.ReactionCount(tl.ReactionEmoji("🔥"), 3), tl.ReactionCount(tl.ReactionPaid(), 4)]
        ),
        media=PHOTO,
    )
    found = parsed(value)
    assert (found.channel, found.message_id, found.text, found.date) == (CHANNEL, 5, WORDS, DATE)
    assert found.edited_at == DATE + timedelta(hours=1)
    assert (found.views, found.forwards, found.reactions) == (10, 2, 7)
    assert (found.group_id, found.reply_to, found.media) == (-99, 4, (MediaKind.PHOTO,))
    assert found.raw == stored(value)
    assert (found.origin, found.preview, found.protected) == (None, None, False)


def test_skipped() -> None:
    """Service messages and empty ones are skipped, not errors."""
    service = tl.MessageService(6, tl.PeerChannel(77), DATE, action=tl.MessageActionPinMessage())
    cases = [service, tl.MessageEmpty(7, tl.PeerChannel(77)), make(message=""), make(message=" \n")]
    cases.append(make(message="", media=tl.MessageMediaEmpty()))
    found = [message(stored(case), channel=CHANNEL) for case in cases]
    assert found == [Skipped(reason=SkipReason.SERVICE), *[Skipped(reason=SkipReason.EMPTY)] * 4]


# --- text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        (tl.MessageEntityBold, EntityKind.BOLD),
        (tl.MessageEntityItalic, EntityKind.ITALIC),
        (tl.MessageEntityUnderline, EntityKind.UNDERLINE),
        (tl.MessageEntityStrike, EntityKind.STRIKE),
        (tl.MessageEntityCode, EntityKind.CODE),
        (lambda *place: tl.MessageEntityPre(*place, "python"), EntityKind.PRE),
        (tl.MessageEntitySpoiler, EntityKind.SPOILER),
        (lambda *place: tl.MessageEntityBlockquote(*place, collapsed=True), EntityKind.QUOTE),
        (lambda *place: tl.MessageEntityTextUrl(*place, "https://example.org"), EntityKind.TEXT_LINK),
        (tl.MessageEntityUrl, EntityKind.URL),
        (tl.MessageEntityMention, EntityKind.MENTION),
        (lambda *place: tl.MessageEntityMentionName(*place, 6), EntityKind.MENTION),
        (tl.MessageEntityHashtag, EntityKind.HASHTAG),
        (tl.MessageEntityCashtag, EntityKind.CASHTAG),
        (tl.MessageEntityEmail, EntityKind.EMAIL),
        (tl.MessageEntityPhone, EntityKind.PHONE),
        (tl.MessageEntityBotCommand, EntityKind.COMMAND),
        (lambda *place: tl.MessageEntityCustomEmoji(*place, 1), EntityKind.CUSTOM_EMOJI),
        (tl.MessageEntityBankCard, EntityKind.OTHER),
        (tl.MessageEntityUnknown, EntityKind.OTHER),
        (lambda *place: tl.MessageEntityFormattedDate(*place, DATE), EntityKind.OTHER),
        (tl.MessageEntityDiffInsert, EntityKind.OTHER),
        (lambda *place: tl.MessageEntityDiffReplace(*place, "старое"), EntityKind.OTHER),
    ],
)
def test_entities(entity: Any, kind: EntityKind) -> None:
    """Each entity keeps its words, though Telegram counts UTF-16 units and we count characters."""
    found = post(message="👍🏽 слово", entities=[entity(5, 5)])
    [mark] = found.entities
    assert (mark.kind, found.text[mark.offset : mark.offset + mark.length]) == (kind, "слово")
    assert mark.url == ("https://example.org" if kind is EntityKind.TEXT_LINK else None)
    assert mark.language == ("python" if kind is EntityKind.PRE else None)


@pytest.mark.parametrize(
    ("place", "marked"),
    [
        ((0, 99), "а👍б👍"),
        ((-2, 3), "а"),
        ((1, 2), "👍"),
        ((1, 1), "👍"),
        ((2, 1), "👍"),
        ((2, 2), "👍б"),
        ((3, 2), "б👍"),
        ((4, 2), "👍"),
        ((6, 1), None),
        ((0, 0), None),
        ((3, -2), None),
    ],
)
def test_entities_at_the_edges(place: tuple[int, int], marked: str | None) -> None:
    """What reaches beyond the text is cut off, what is empty is dropped, half a character is the whole of it."""
    found = post(message="а👍б👍", entities=[tl.MessageEntityBold(*place)])
    assert [found.text[mark.offset :][: mark.length] for mark in found.entities] == ([marked] if marked else [])


def test_lone_surrogates_and_nul() -> None:
    """Half a character and NUL, which Postgres refuses, are replaced one for one, so that entities stay in place."""
    broken = stored(make()) | {"message": "a\ud83d\0б слово", "entities": [{"_": "x", "offset": 5, "length": 5}]}
    found = message(broken, channel=CHANNEL)
    assert isinstance(found, Post)
    [mark] = found.entities
    assert (found.text, found.text[mark.offset :]) == ("a\ufffd\ufffdб слово", "слово")


def test_rich_message_wins() -> None:
    """A rich message's text and markup are the post's, its pictures its media; an empty one leaves the plain text."""
    blocks = [tl.PageBlockHeading1(tl.TextPlain("Модель")), tl.PageBlockParagraph(tl.TextPlain("Открыта."))]
    found = post(rich_message=tl.RichMessage(blocks, [PHOTO.photo], [document(VIDEO)]))
    assert (found.text, [mark.kind for mark in found.entities]) == ("Модель\n\nОткрыта.", [EntityKind.HEADING])
    assert found.media == (MediaKind.PHOTO, MediaKind.VIDEO)
    assert post(rich_message=tl.RichMessage([tl.PageBlockDivider()], [], [])).text == WORDS


def test_poll_and_list_become_text() -> None:
    """Question and answers, title and tasks are the text, or stand below the one there is."""
    todo = tl.TodoList(words("Планы"), [tl.TodoItem(1, words("обучить")), tl.TodoItem(2, words("проверить"))])
    assert post(message="", media=poll("Кто?", "Я", "Ты")).text == "Кто?\n• Я\n• Ты"
    assert post(media=poll("Кто?", "Я", "Ты")).text == f"{WORDS}\n\nКто?\n• Я\n• Ты"
    found = post(message="", media=tl.MessageMediaToDo(todo))
    assert (found.text, found.media) == ("Планы\n• обучить\n• проверить", (MediaKind.OTHER,))


# --- media ---------------------------------------------------------------------------------------------------------

GEO = tl.GeoPoint(1.5, 2.5, 3)
PAID = [tl.MessageExtendedMedia(PHOTO), tl.MessageExtendedMediaPreview(video_duration=3)]
STICKER = tl.DocumentAttributeSticker("🔥", tl.InputStickerSetEmpty())


@pytest.mark.parametrize(
    ("media", "kinds"),
    [
        (PHOTO, "photo"),
        (tl.MessageMediaPhoto(ttl_seconds=5), "photo"),
        (tl.MessageMediaDocument(document=document(VIDEO)), "video"),
        (tl.MessageMediaDocument(document=document(VIDEO, tl.DocumentAttributeAnimated())), "animation"),
        (tl.MessageMediaDocument(document=document(AUDIO, tl.DocumentAttributeFilename("a.mp3"))), "audio"),
        (tl.MessageMediaDocument(document=document(tl.DocumentAttributeAudio(9, voice=True))), "voice"),
        (
            tl.MessageMediaDocument(document=document(tl.DocumentAttributeVideo(1.5, 9, 9, round_message=True))),
            "round_video",
        ),
        (tl.MessageMediaDocument(document=document(VIDEO, STICKER)), "sticker"),
        (tl.MessageMediaDocument(document=document(tl.DocumentAttributeImageSize(9, 9))), "document"),
        (tl.MessageMediaDocument(document=document()), "document"),
        (tl.MessageMediaDocument(document=tl.DocumentEmpty(1)), "document"),
        (tl.MessageMediaDocument(voice=True, ttl_seconds=5), "voice"),
        (tl.MessageMediaDocument(round=True, video=True), "round_video"),
        (tl.MessageMediaDocument(video=True), "video"),
        (poll("Кто?", "Я"), "poll"),
        (poll("Кто?", "Я", attached=PHOTO), "poll photo"),
        (tl.MessageMediaGeo(GEO), "location"),
        (tl.MessageMediaGeoLive(GEO, 60), "location"),
        (tl.MessageMediaVenue(GEO, "Зал", "Улица", "", "", ""), "location"),
        (tl.MessageMediaContact("1", "Имя", "", "", 6), "contact"),
        (tl.MessageMediaPaidMedia(5, PAID), "photo video"),
        (tl.MessageMediaPaidMedia(5, []), "other"),
        (tl.MessageMediaGame(tl.Game(1, 2, "a", "Игра", "", tl.PhotoEmpty(1))), "other"),
        (tl.MessageMediaInvoice("Счёт", "", "EUR", 1, "x"), "other"),
        (tl.MessageMediaStory(tl.PeerChannel(123), 1), "other"),
        (tl.MessageMediaGiveaway([1], 1, DATE), "other"),
        (tl.MessageMediaDice(1, "🎲"), "other"),
        (tl.MessageMediaUnsupported(), "other"),
    ],
)
def test_media(media: Any, kinds: str) -> None:
    """Each kind of media is told, also when it is all that there is, and also when the text is withheld."""
    expected = tuple(MediaKind(kind) for kind in kinds.split())
    found = post(message="", media=media)
    hidden = message(withheld(found.raw), channel=CHANNEL)
    assert isinstance(hidden, Post)
    assert (found.media, hidden.media) == (expected, expected)


def test_link_is_no_media() -> None:
    """A link's card is a preview, not media; a page that is not known yet, or gone, gives none."""
    found = post(media=tl.MessageMediaWebPage(PAGE))
    card = Preview(url="https://example.org/a", site="Пример", title="О модели", description="Коротко.")
    assert (found.media, found.preview) == ((), card)
    bare = post(media=tl.MessageMediaWebPage(tl.WebPage(1, "https://example.org/b", "", 0, title=" ")))
    assert bare.preview == Preview(url="https://example.org/b")
    for page in (tl.WebPageEmpty(1), tl.WebPagePending(1, DATE, "https://example.org"), tl.WebPageNotModified()):
        assert post(media=tl.MessageMediaWebPage(page)).preview is None


# --- what surrounds it ---------------------------------------------------------------------------------------------

SAVED = {"saved_from_peer": tl.PeerChannel(124), "saved_from_msg_id": 3}


@pytest.mark.parametrize(
    ("header", "origin"),
    [
        (
            {"from_id": tl.PeerChannel(123), "channel_post": 8, "post_author": "Автор"},
            Origin(name="Лаборатория", channel_id=123, message_id=8, author="Автор", date=DATE),
        ),
        ({"from_id": tl.PeerChannel(5)}, Origin(name=None, channel_id=5, date=DATE)),
        ({"from_id": tl.PeerUser(6), "channel_post": 8}, Origin(name="Иван Примеров", date=DATE)),
        ({"from_id": tl.PeerUser(7)}, Origin(name=None, date=DATE)),
        ({"from_name": "Скрытый"}, Origin(name="Скрытый", date=DATE)),
        ({"from_name": "Скрытый", "imported": True}, Origin(name="Скрытый", date=DATE)),
        ({"from_name": "Скрытый", **SAVED}, Origin(name="Скрытый", date=DATE)),
        (SAVED, Origin(name="Архив", channel_id=124, message_id=3, date=DATE)),
        ({"from_id": tl.PeerChannel(124), **SAVED}, Origin(name="Архив", channel_id=124, message_id=3, date=DATE)),
        ({"from_id": tl.PeerChannel(123), **SAVED}, Origin(name="Лаборатория", channel_id=123, date=DATE)),
        ({"saved_from_name": "Кто-то"}, Origin(name="Кто-то", date=DATE)),
        ({}, Origin(name=None, date=DATE)),
    ],
)
def test_origin(header: dict[str, Any], origin: Origin) -> None:
    """A forward tells its channel, message, author and date, or a name, or where it was saved from."""
    assert post(fwd_from=tl.MessageFwdHeader(DATE, **header)).origin == origin


@pytest.mark.parametrize(
    ("header", "reply"),
    [
        ({"reply_to_msg_id": 4}, 4),
        ({"reply_to_msg_id": 4, "reply_to_peer_id": tl.PeerChannel(77)}, 4),
        ({"reply_to_msg_id": 4, "reply_to_peer_id": tl.PeerChannel(78)}, None),
        ({"reply_to_msg_id": 4, "reply_to_peer_id": tl.PeerUser(77)}, None),
        ({"reply_to_msg_id": 4, "forum_topic": True}, None),
        ({"reply_to_msg_id": 4, "forum_topic": True, "reply_to_top_id": 2}, 4),
        ({"reply_to_msg_id": 4, "reply_to_scheduled": True}, None),
        ({}, None),
    ],
)
def test_reply(header: dict[str, Any], reply: int | None) -> None:
    """A reply counts if it answers a post of this channel."""
    assert post(reply_to=tl.MessageReplyHeader(**header)).reply_to == reply
    assert post(reply_to=tl.MessageReplyStoryHeader(tl.PeerChannel(77), 4)).reply_to is None


def test_protected() -> None:
    """A withheld record is a post without text that still says what it is, where it comes from and when it came."""
    forward = tl.MessageFwdHeader(DATE, from_id=tl.PeerChannel(123), channel_post=8, post_author="Автор")
    value = make(media=PHOTO, views=3, grouped_id=9, fwd_from=forward, entities=[tl.MessageEntityBold(0, 3)])
    found = message(json.loads(json.dumps(withheld(stored(value)))), channel=CHANNEL)
    assert isinstance(found, Post)
    assert (found.protected, found.text, found.entities, found.preview) == (True, "", (), None)
    assert (found.media, found.views, found.group_id, found.date) == ((MediaKind.PHOTO,), 3, 9, DATE)
    assert found.origin == Origin(name=None, channel_id=123, message_id=8, date=DATE)


def test_protected_text() -> None:
    """A protected message of nothing but text is a post, too: that it came is worth knowing."""
    found = message(withheld(stored(make())), channel=CHANNEL)
    assert isinstance(found, Post)
    assert (found.protected, found.text, found.media) == (True, "", ())


# --- albums --------------------------------------------------------------------------------------------------------


def test_album() -> None:
    """Parts in any order make one post: the smallest id, the caption, all media, the parts' records."""
    parts = [make(id=number, message="", media=PHOTO, grouped_id=9, views=number) for number in (7, 5, 6)]
    parts[0].message, parts[0].entities = "Снимки модели", [tl.MessageEntityBold(0, 6)]
    found = album([stored(part) for part in parts], channel=CHANNEL)
    assert (found.message_id, found.album_ids, found.group_id) == (5, (6, 7), 9)
    assert (found.text, found.media, found.views) == ("Снимки модели", (MediaKind.PHOTO,) * 3, 7)
    assert [mark.length for mark in found.entities] == [6]
    assert [part["id"] for part in found.raw["parts"]] == [5, 6, 7]


def test_album_of_one() -> None:
    """A single part is its own post, and knows its group; an emptied part does not count."""
    one = stored(make(media=PHOTO, grouped_id=9))
    gone = stored(tl.MessageEmpty(6, tl.PeerChannel(77)))
    found = album([gone, one], channel=CHANNEL)
    assert (found.raw, found.group_id, found.album_ids) == (one, 9, ())


@pytest.mark.parametrize("count", [0, 1, 11])
def test_album_that_is_none(count: int) -> None:
    """An album without parts, with a broken one, or with more text than any post is unreadable."""
    long = stored(make(message="а" * 10_000, media=PHOTO, grouped_id=9))
    parts = {0: [], 1: [{"id": 1}], 11: [long | {"id": number} for number in range(1, 12)]}[count]
    with pytest.raises(UnreadableMessage):
        album(parts, channel=CHANNEL)


# --- exports -------------------------------------------------------------------------------------------------------


def exported(fields: dict[str, Any]) -> Post:
    base = {"id": 5, "type": "message", "date_unixtime": str(int(DATE.timestamp()))}
    chat = {"name": "Канал", "type": "public_channel", "id": 77, "messages": [base | fields]}
    [found] = read_export(io.BytesIO(json.dumps(chat).encode()))
    assert isinstance(found, Post)
    return found


TWINS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {
            "text_entities": [
                {"type": "bold", "text": "Модель 🚀"},
                {"type": "plain", "text": " вышла: "},
                {"type": "text_link", "text": "статья", "href": "https://example.org/a"},
                {"type": "plain", "text": ", "},
                {"type": "link", "text": "https://example.org/b"},
                {"type": "pre", "text": "x = 1", "language": "python"},
                {"type": "hashtag", "text": "#ml"},
            ],
            "forwarded_from": "Лаборатория",
            "forwarded_from_id": "channel123",
            "reply_to_message_id": 4,
            "edited_unixtime": str(int(DATE.timestamp()) + 60),
            "photo": "(File not included.)",
        },
        {
            "message": "Модель 🚀 вышла: статья, https://example.org/bx = 1#ml",
            "entities": [
                tl.MessageEntityBold(0, 9),
                tl.MessageEntityTextUrl(17, 6, "https://example.org/a"),
                tl.MessageEntityUrl(25, 21),
                tl.MessageEntityPre(46, 5, "python"),
                tl.MessageEntityHashtag(51, 3),
            ],
            "fwd_from": tl.MessageFwdHeader(DATE, from_id=tl.PeerChannel(123)),
            "reply_to": tl.MessageReplyHeader(reply_to_msg_id=4),
            "edit_date": DATE + timedelta(minutes=1),
            "media": PHOTO,
        },
    ),
    (
        {"text": "", "poll": {"question": "Кто?", "answers": [{"text": "Я"}, {"text": "Ты"}]}},
        {"message": "", "media": poll("Кто?", "Я", "Ты")},
    ),
    (
        {"text": "Речь", "media_type": "voice_message", "file": "f", "forwarded_from": "Скрытый"},
        {
            "message": "Речь",
            "media": tl.MessageMediaDocument(document=document(tl.DocumentAttributeAudio(9, voice=True))),
            "fwd_from": tl.MessageFwdHeader(DATE, from_name="Скрытый"),
        },
    ),
]


@pytest.mark.parametrize(("export", "live"), TWINS)
def test_agrees_with_exports(export: dict[str, Any], live: dict[str, Any]) -> None:
    """The same message from an export and from an account gives the same post."""
    first, second = exported(export), post(**live)
    for field in ("message_id", "text", "entities", "media", "date", "edited_at", "reply_to", "views", "reactions"):
        assert getattr(first, field) == getattr(second, field), field
    assert (first.origin is None) == (second.origin is None)
    if first.origin and second.origin:
        origins = [(one.name, one.channel_id, one.message_id) for one in (first.origin, second.origin)]
        assert origins[0] == origins[1]


# --- damage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ({"id": None}, "id"),
        ({"id": "5"}, "id"),
        ({"id": True}, "id"),
        ({"id": 10**5000}, "digits"),
        ({"_": "Hologram"}, "unknown message type"),
        ({"_": ["Message"]}, "unknown message type"),
        ({"date": None}, "date"),
        ({"date": 1_700_000_000}, "date"),
        ({"date": "вчера"}, "date"),
        ({"date": "2012-12-31T00:00:00+00:00"}, "impossible"),
        ({"date": "2100-01-01T00:00:00+00:00"}, "impossible"),
        ({"message": ["а"]}, "not text"),
        ({"message": "а" * 100_001}, "longer"),
    ],
)
def test_unreadable(broken: dict[str, Any], word: str) -> None:
    """A record that makes no sense is refused with a sentence that says why."""
    with pytest.raises(UnreadableMessage, match=word):
        message(stored(make()) | broken, channel=CHANNEL)


@pytest.mark.parametrize("value", [None, 5, "x", []])
def test_no_record(value: Any) -> None:
    """What is no record at all is refused, too."""
    with pytest.raises(UnreadableMessage, match="not a message"):
        message(value, channel=CHANNEL)


@pytest.mark.parametrize(("key", "kind"), [("attached_media", "MessageMediaPoll"), ("media", "MessageExtendedMedia")])
def test_deep_nesting(key: str, kind: str) -> None:
    """Media inside media inside media end somewhere."""
    media: dict[str, Any] = {"_": "MessageMediaPhoto"}
    for _ in range(20_000):
        media = {"_": kind, key: media, "extended_media": [media]}
    found = message(stored(make()) | {"media": media}, channel=CHANNEL)
    assert isinstance(found, Post)
    assert len(found.media) < 10


RICH = tl.RichMessage(
    [
        tl.PageBlockHeading1(tl.TextBold(tl.TextPlain("Модель"))),
        tl.PageBlockOrderedList([tl.PageListOrderedItemText(tl.TextPlain("пункт"), value=2)]),
        tl.PageBlockTable(tl.TextEmpty(), [tl.PageTableRow([tl.PageTableCell(text=tl.TextPlain("0,9"))])]),
    ],
    [PHOTO.photo],
    [document(VIDEO)],
)
REAL = [
    *(stored(make(**live)) for _, live in TWINS),
    stored(make(rich_message=RICH, grouped_id=9)),
    stored(make(media=tl.MessageMediaWebPage(PAGE), reactions=tl.MessageReactions([]))),
    stored(make(media=tl.MessageMediaPaidMedia(5, PAID))),
    withheld(stored(make(media=tl.MessageMediaDocument(document=document(VIDEO)), grouped_id=9))),
]
GARBAGE = st.recursive(
    st.one_of(
        *(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.just(10**30),
            st.just("0001-01-01T00:00:00+23:59"),
        ),
        st.text(alphabet=st.characters(exclude_categories=[]), max_size=5),
        st.sampled_from(
            ["Message", "MessageMediaPoll", "MessageMediaPaidMedia", "PeerChannel", "TextConcat", "WebPage"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["_", "text", "texts", "id", "media", "url", "poll", "blocks"]), inner),
    ),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside a record."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(item, dict | list):
            yield from places(item)


@settings(max_examples=400)
@given(data=st.data(), which=st.sampled_from(range(len(REAL))), times=st.integers(1, 4))
def test_no_damage_raises(data: st.DataObject, which: int, times: int) -> None:
    """Whatever is broken in a record, it ends as a post, as skipped, or as unreadable, never as another error."""
    broken = copy.deepcopy(REAL[which])
    for _ in range(times):
        found = list(places(broken))
        if not found:
            break
        container, key = found[data.draw(st.integers(0, len(found) - 1))]
        if isinstance(container, dict) and data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = data.draw(GARBAGE)
    attempts = [
        lambda: message(broken, channel=CHANNEL),
        lambda: album([broken, REAL[0]], channel=CHANNEL),
        lambda: message(withheld(broken), channel=CHANNEL),
    ]
    for attempt in attempts:
        try:
            found_post = attempt()
        except UnreadableMessage:
            continue
        if isinstance(found_post, Post):
            found_post.text.encode()
            assert all(mark.length > 0 <= mark.offset for mark in found_post.entities)
            assert all(mark.offset + mark.length <= len(found_post.text) for mark in found_post.entities)
