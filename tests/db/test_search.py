"""Searching an archive on a real Postgres: by words, keys and vectors at once, within limits, and never what must not be found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.filters import Filter, FilterAction, FilterKind
from core.search import FoundPost, Limits, Wanted
from core.store import filters, search, stories

NOW = datetime(2026, 9, 17, tzinfo=UTC)
DAY = timedelta(days=1)
#: Of the bundled model.
MODEL, DIMENSION = 1, 512

TEXTS = (
    "Вышла Quillfin-3\nОткрытая модель на 14 млрд параметров, лицензия MIT.",
    "Кот и клавиатура\nКот лёг на клавиатуру, и обучение модели продолжилось с другого зерна.",
    "Sparse Tides\nThe authors switch 40% of the attention heads off with no loss in quality.",
    "Ёлки и модели\nКак ёж обучал модель.",
)


async def archive(session: AsyncSession, texts: Sequence[str] = TEXTS, **columns: Sequence[Any]) -> list[int]:
    """Posts of a channel each day before NOW, the first the newest, each a story of its own; ids in their order.

    `columns`: of the index, a value a post.
    """
    numbers = await stories.create(session, len(texts), now=NOW)
    channel = await session.scalar(
        text("INSERT INTO channels (tg_id, name, kind) VALUES (1, 'Канал', 'public') RETURNING id")
    )
    ids = []
    for place, said in enumerate(texts):
        values = {"ad": "", "topics": "{}", "keys": [], **{name: given[place] for name, given in columns.items()}}
        post = await session.scalar(
            text("""
                INSERT INTO posts (channel_id, message_id, date, first_seen, text, entities, media, album_ids, raw,
                    content_hash, state)
                VALUES (:channel, :place, :time, :now, :text, '[]', '{}', '{}', '{}', '', 'indexed') RETURNING id
            """),
            {"channel": channel, "place": place + 1, "time": NOW - (place + 1) * DAY, "now": NOW, "text": said},
        )
        await session.execute(
            text("""
                INSERT INTO indexed_posts (post_id, channel_id, sequence, time, dated, source, holder, lang, clean_text, ad,
                    ad_reasons, keys, self_keys, refers, features, topics, made_by, story_id)
                VALUES (:post, :channel, :place, :time, true, 'канал', '1', 'ru', :text, :ad, '{}', :keys, '{}', '{}', '{}',
                    CAST(:topics AS jsonb), 'rules', :story)
            """),
            {
                "post": post, "channel": channel, "place": place + 1, "time": NOW - (place + 1) * DAY, "text": said,
                "story": numbers[place], **values,
            },
        )  # fmt: skip
        ids.append(int(post))
    return ids


async def embed(session: AsyncSession, vectors: dict[int, Sequence[np.ndarray[Any, Any]]]) -> None:
    """Passages of posts, and the mean of them as the whole post."""
    for post, rows in vectors.items():
        for part, row in enumerate([np.mean(rows, axis=0), *rows]):
            await session.execute(
                text("""
                    INSERT INTO vectors (post_id, model_id, part, start, stop, text_hash, time, vector)
                    SELECT :post, :model, :part, :start, :start + 10, '', time, CAST(:vector AS halfvec)
                    FROM indexed_posts WHERE post_id = :post
                """),
                {
                    "post": post, "model": MODEL, "part": part, "start": 10 * max(0, part - 1),
                    "vector": "[" + ",".join(f"{x:.5f}" for x in row / np.linalg.norm(row)) + "]",
                },
            )  # fmt: skip


def wanted(*words: str, **how: Any) -> Wanted:
    return Wanted(now=NOW, fresh_since=NOW - 60 * DAY, words=words, model_id=MODEL, dimension=DIMENSION, **how)


async def found(session: AsyncSession, *words: str, **how: Any) -> list[FoundPost]:
    return await search.find(session, wanted(*words, **how))


async def ids(session: AsyncSession, *words: str, **how: Any) -> list[int]:
    return [post.post_id for post in await found(session, *words, **how)]


# --- what finds ------------------------------------------------------------------------------------------------------


async def test_words_find_their_inflections(session: AsyncSession) -> None:
    """Any of the words is enough, in both languages, `е` for `ё`; which of them stand in a post is told."""
    one, two, three, four = await archive(session)
    assert set(await ids(session, "моделями")) == {one, two, four}
    assert await ids(session, "authors", "switching") == [three]
    assert await ids(session, "елка") == await ids(session, "ёлка") == [four]
    best = (await found(session, "кот", "модель", "лошадь"))[0]
    assert (best.post_id, best.words, best.by_words, best.by_meaning, best.by_key) == (two, (0, 1), 1, None, False)


async def test_beginnings(session: AsyncSession) -> None:
    """A word of which only the beginning was typed."""
    one, *_ = await archive(session)
    assert await ids(session, beginnings=("quill",)) == [one]


async def test_what_no_word_can_be(session: AsyncSession) -> None:
    """Signs, stop words and nothing at all find nothing, and are no error; nor are quotes, backslashes and NUL."""
    await archive(session)
    for words in ((), ("и",), ("!!!", "&|"), ("'", "\\", "a'b\x00"), ("x" * 5000,)):
        assert await ids(session, *words) == []
    assert await ids(session, beginnings=("'; --", "\x00", "")) == []


async def test_a_rare_word_counts_for_more(session: AsyncSession) -> None:
    """Once the tables are analysed, the word that few posts have decides."""
    common = [f"Запись {number}\nмодель и ещё раз модель" for number in range(60)]
    posts = await archive(session, [*common, "Запись\nтокамак"])
    await session.execute(text("ANALYZE indexed_posts"))
    assert (await ids(session, "модель", "токамак"))[0] == posts[-1]


async def test_a_common_word_counts_where_it_looks_for_nothing(session: AsyncSession) -> None:
    """Of posts with the rare word, that which also has one of the words of every third post is the best."""
    others = [f"Запись {number}\n{'модель' if number % 3 == 0 else 'данные'}" for number in range(60)]
    posts = await archive(session, [*others, "Запись\nтокамак", "Запись\nтокамак и модель"])
    await session.execute(text("ANALYZE indexed_posts"))
    assert await ids(session, "модель", "токамак") == [posts[-1], posts[-2]]
    assert len(await ids(session, "модель")) == 21


async def test_a_word_counts_for_more_among_fewer(session: AsyncSession) -> None:
    """Words are counted, not letters: of two posts, that of fewer words is the better one, though its text takes more room."""
    long = "токамак\nэлектроэнцефалографический высокопревосходительство водогрязеторфопарафинолечение"
    short = "токамак\nreal data open code fast chip next week"
    assert len(long.encode()) > 2 * len(short.encode())
    posts = await archive(session, [short, long])
    assert await ids(session, "токамак") == [posts[1], posts[0]]


async def test_keys_find_who_holds_them(session: AsyncSession) -> None:
    """A paper's number finds its posts, whatever they say; what they have in common with a question is told."""
    one, *_ = await archive(session, keys=[["arxiv:2609.00001"], [], [], []])
    await session.execute(
        text(
            "INSERT INTO post_keys (kind, value, post_id, time, holder) VALUES ('arxiv', '2609.00001', :post, :now, '1')"
        ),
        {"post": one, "now": NOW},
    )
    (post,) = await found(session, keys=("arxiv:2609.00001", "doi:10.1/x"))
    assert (post.post_id, post.by_key, post.keys) == (one, True, ("arxiv:2609.00001",))


async def test_one_paragraph_of_a_long_post(session: AsyncSession) -> None:
    """A passage that is near is enough, and where it stands is told."""
    posts = await archive(session)
    far, near = np.eye(DIMENSION)[0], np.eye(DIMENSION)[1]
    await embed(session, {posts[0]: [far, far, near], posts[1]: [far]})
    best, other = await found(session, vector=near)
    assert (best.post_id, best.by_meaning, other.post_id) == (posts[0], 1, posts[1])
    assert (best.passages[0].start, best.passages[0].stop) == (20, 30)
    assert best.passages[0].cosine == pytest.approx(1.0, abs=1e-3)
    assert best.cosine == pytest.approx(1 / np.sqrt(5), abs=1e-3)
    assert other.passages[0].cosine == pytest.approx(0.0, abs=1e-3)


# --- what limits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), {0, 1, 3}),
        (Limits(since=NOW - 2 * DAY), {0, 1}),
        (Limits(until=NOW - 2 * DAY), {3}),
        (Limits(topics=("agents", "llm")), {0, 3}),
        (Limits(phrases=("обучал модель",)), {3}),
        (Limits(phrases=("модель обучал",)), set()),
        (Limits(without=("кот",)), {0, 3}),
        (Limits(without=("лёг на клавиатуру", "и")), {0, 3}),
        (Limits(channels=(999_999,)), set()),
    ],
)
async def test_limits(session: AsyncSession, limits: Limits, expected: set[int]) -> None:
    """Times, topics, channels, phrases, and words that must not be there."""
    posts = await archive(session, topics=['{"llm": 0.9}', "{}", "{}", '{"agents": 0.5}'])
    assert set(await ids(session, "модель", limits=limits)) == {posts[place] for place in expected}


async def test_the_newest_within_limits(session: AsyncSession) -> None:
    """Where nothing is looked for, newest first; what must not be found is not among them."""
    posts = await archive(session, topics=['{"llm": 1}', "{}", '{"llm": 1}', '{"llm": 1}'], ad=["", "", "ad", ""])
    limits = Limits(topics=("llm",), since=NOW - 10 * DAY)
    assert [one.post_id for one in await search.newest(session, wanted(limits=limits))] == [posts[0], posts[3]]


async def test_the_index_finds_what_limits_leave(session: AsyncSession) -> None:
    """Where limits let one post of a hundred through, nearly all of the nearest twenty of these are found."""
    dice = np.random.default_rng(11)
    posts = await archive(
        session, [f"Запись {n}" for n in range(400)], topics=['{"llm": 1}' if n % 10 == 0 else "{}" for n in range(400)]
    )
    rows = dice.standard_normal((400, DIMENSION))
    await embed(session, {post: [row] for post, row in zip(posts, rows, strict=True)})
    asked = dice.standard_normal(DIMENSION)
    near = np.argsort(-(rows / np.linalg.norm(rows, axis=1, keepdims=True)) @ asked)
    expected = [posts[place] for place in near if place % 10 == 0][:20]
    got = await ids(session, vector=asked / np.linalg.norm(asked), limits=Limits(topics=("llm",)))
    assert len(set(got[:20]) & set(expected)) >= 19


# --- what must not be found ------------------------------------------------------------------------------------------


async def test_what_must_not_be_found(session: AsyncSession) -> None:
    """Deleted posts and advertisements, at once; and what an admin's filter drops, as long as it does."""
    one, two, _, four = await archive(session, ad=["", "ad", "", ""])
    assert set(await ids(session, "модель")) == {one, four}
    await session.execute(text("UPDATE posts SET deleted_at = :now WHERE id = :post"), {"now": NOW, "post": one})
    assert await ids(session, "модель") == [four]
    rule = Filter(
        id=0, action=FilterAction.DROP, kind=FilterKind.KEYWORD, pattern="ёж", expires_at=NOW + timedelta(hours=1)
    )
    kept = await filters.add(session, rule, now=NOW)
    await session.execute(text("INSERT INTO filter_hits VALUES (:filter, :post)"), {"filter": kept.id, "post": four})
    assert await ids(session, "модель") == []
    later = Wanted(now=NOW + 2 * timedelta(hours=1), fresh_since=NOW - DAY, words=("модель",))
    assert [post.post_id for post in await search.find(session, later)] == [four]
    assert two not in await ids(session, "кот")


@pytest.mark.parametrize("limits", [Limits(), Limits(since=NOW - 400 * DAY)])
async def test_what_is_hidden_takes_no_place_among_the_nearest(session: AsyncSession, limits: Limits) -> None:
    """Were the nearest posts deleted, more of them than a list holds, those behind them are found."""
    hidden = search.BY_MEANING + 10
    posts = await archive(session, [f"Запись {number}" for number in range(hidden + 5)])
    near, far = np.eye(DIMENSION)[0], np.eye(DIMENSION)[1]
    rows = [near] * hidden + [near + (place + 1) * far for place in range(5)]
    await embed(session, {post: [row] for post, row in zip(posts, rows, strict=True)})
    await session.execute(
        text("UPDATE posts SET deleted_at = :now WHERE id = ANY(:ids)"), {"now": NOW, "ids": posts[:hidden]}
    )
    assert await ids(session, vector=near, limits=limits) == posts[hidden:]
