"""The fake Telegram, as the real client of Telethon meets it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telethon import TelegramClient, errors, events
from telethon.crypto import rsa
from telethon.errors import TypeNotFoundError
from telethon.sessions import MemorySession, StringSession
from telethon.tl import types
from telethon.tl.functions.account import GetPasswordRequest
from telethon.tl.functions.auth import ImportLoginTokenRequest, SendCodeRequest
from telethon.tl.functions.channels import (
    GetChannelsRequest,
    GetFullChannelRequest,
    GetMessagesRequest,
    JoinChannelRequest,
    LeaveChannelRequest,
)
from telethon.tl.functions.contacts import GetContactsRequest, ResolveUsernameRequest
from telethon.tl.functions.messages import (
    CheckChatInviteRequest,
    GetDialogFiltersRequest,
    GetHistoryRequest,
    GetMessagesViewsRequest,
    GetPeerDialogsRequest,
    GetRichMessageRequest,
    ImportChatInviteRequest,
)
from telethon.tl.functions.updates import GetChannelDifferenceRequest, GetDifferenceRequest
from telethon.tl.types.updates import ChannelDifference, ChannelDifferenceEmpty, ChannelDifferenceTooLong

from tests.fakes.telegram import Account, Channel, FakeTelegram
from tests.fakes.telegram.methods import window
from tests.fakes.telegram.wire import frame

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[FakeTelegram]:
    trusted = dict(rsa._server_keys)
    async with FakeTelegram.running() as running:
        rsa._server_keys.clear()
        rsa.add_key(running.public_key, old=False)
        yield running
    rsa._server_keys.clear()
    rsa._server_keys.update(trusted)


@pytest.fixture
def ada(server: FakeTelegram) -> Account:
    return server.add_account()


@pytest.fixture
def channel(server: FakeTelegram, ada: Account) -> Channel:
    """A public channel that Ada has joined."""
    channel = server.add_channel("Gradient", "fake_gradient")
    ada.join(channel)
    return channel


@asynccontextmanager
async def connected(
    server: FakeTelegram, account: Account | None = None, **options: Any
) -> AsyncIterator[TelegramClient]:
    """A real client; of an account that is logged in, or of nobody yet."""
    session = StringSession(server.logged_in(account)) if account else MemorySession()
    session.set_dc(2, server.host, server.port)
    client = TelegramClient(session, 1, "fake", **{"flood_sleep_threshold": 0, "retry_delay": 0, **options})
    await client.connect()
    try:
        yield client
    finally:
        await client.disconnect()


@pytest.fixture
async def client(server: FakeTelegram, ada: Account, channel: Channel) -> AsyncIterator[TelegramClient]:
    """A client of Ada's, who is a member of the channel already."""
    assert ada in channel.members
    async with connected(server, ada) as client:
        yield client


def heard(client: TelegramClient, event: Any = None) -> asyncio.Queue:
    """What a client is told from now on."""
    queue: asyncio.Queue = asyncio.Queue()
    client.add_event_handler(queue.put, event or events.Raw)
    return queue


def page(channel: Channel, **wanted: Any) -> GetHistoryRequest:
    ask = {"offset_id": 0, "offset_date": None, "add_offset": 0, "limit": 100, "max_id": 0, "min_id": 0, "hash": 0}
    return GetHistoryRequest(channel.input_peer, **{**ask, **wanted})


class TestLogin:
    async def test_a_code_and_a_password_open_an_account(self, server: FakeTelegram) -> None:
        server.add_account(phone="+70000000002", code="54321", password="correct horse", name="Grace")
        async with connected(server) as client:
            assert await client.get_me() is None
            await client.send_code_request("+7 000 000 00 02")
            assert server.codes == [("+70000000002", "54321")]
            with pytest.raises(errors.SessionPasswordNeededError):
                await client.sign_in("+70000000002", "54321")
            with pytest.raises(errors.PasswordHashInvalidError):
                await client.sign_in(password="wrong horse")
            user = await client.sign_in(password="correct horse")
            assert (user.first_name, user.phone, user.is_self) == ("Grace", "70000000002", True)
            assert await client.is_user_authorized()

    async def test_a_wrong_or_old_code_does_not(self, server: FakeTelegram, ada: Account) -> None:
        async with connected(server) as client:
            await client.send_code_request(ada.phone)
            with pytest.raises(errors.PhoneCodeInvalidError):
                await client.sign_in(ada.phone, "00000")
            server.expire_codes()
            with pytest.raises(errors.PhoneCodeExpiredError):
                await client.sign_in(ada.phone, ada.code)

    async def test_numbers_that_are_none_or_nobodys(self, server: FakeTelegram) -> None:
        async with connected(server) as client:
            with pytest.raises(errors.PhoneNumberInvalidError):
                await client.send_code_request("12")
            await client.send_code_request("+70000000099")
            with pytest.raises(errors.PhoneNumberUnoccupiedError):
                await client.sign_in("+70000000099", "12345")

    async def test_the_application_must_be_the_right_one(self, server: FakeTelegram, ada: Account) -> None:
        server.api_hash = "right"
        async with connected(server) as client:
            with pytest.raises(errors.ApiIdInvalidError):
                await client(SendCodeRequest(ada.phone, 1, "wrong", types.CodeSettings()))

    @pytest.mark.parametrize("password", [None, "secret"])
    async def test_a_qr_code_opens_an_account_once_scanned(self, server: FakeTelegram, password: str | None) -> None:
        account = server.add_account(password=password)
        async with connected(server) as client:
            qr = await client.qr_login()
            waiting = asyncio.create_task(qr.wait())
            server.scan_qr(account)
            if password is None:
                assert (await waiting).id == account.id
            else:
                with pytest.raises(errors.SessionPasswordNeededError):
                    await waiting
                assert (await client.sign_in(password=password)).id == account.id

    async def test_no_qr_code_no_scan(self, server: FakeTelegram, ada: Account) -> None:
        with pytest.raises(LookupError):
            server.scan_qr(ada)
        async with connected(server) as client:
            with pytest.raises(errors.AuthTokenInvalidxError):
                await client(ImportLoginTokenRequest(b"nothing"))

    async def test_strangers_may_read_nothing(self, server: FakeTelegram, channel: Channel) -> None:
        async with connected(server) as client:
            with pytest.raises(errors.AuthKeyUnregisteredError):
                await client(page(channel))
            with pytest.raises(errors.AuthKeyUnregisteredError):
                await client(GetPasswordRequest())

    async def test_a_login_outlives_its_connection_and_ends_with_log_out(
        self, server: FakeTelegram, ada: Account
    ) -> None:
        async with connected(server) as client:
            await client.send_code_request(ada.phone)
            await client.sign_in(ada.phone, ada.code)
            kept = StringSession.save(client.session)
        again = TelegramClient(StringSession(kept), 1, "fake")
        await again.connect()
        assert await again.is_user_authorized()
        await again.log_out()
        last = TelegramClient(StringSession(kept), 1, "fake")
        await last.connect()
        assert not await last.is_user_authorized()
        await last.disconnect()

    @pytest.mark.parametrize(
        ("error", "raised"),
        [
            ("AUTH_KEY_UNREGISTERED", errors.AuthKeyUnregisteredError),
            ("SESSION_REVOKED", errors.SessionRevokedError),
            ("AUTH_KEY_DUPLICATED", errors.AuthKeyDuplicatedError),
        ],
    )
    async def test_a_revoked_session_is_told_why(
        self, server: FakeTelegram, ada: Account, channel: Channel, client: TelegramClient, error: str, raised: type
    ) -> None:
        server.revoke(ada, error)
        with pytest.raises(raised):
            await client(page(channel))

    async def test_a_key_that_the_server_has_never_seen_is_refused(self, server: FakeTelegram, ada: Account) -> None:
        session = server.logged_in(ada)
        server.forget_keys()
        client = TelegramClient(StringSession(session), 1, "fake")
        with pytest.raises(errors.AuthKeyNotFound):
            await client.connect()
        with pytest.raises(errors.AuthKeyNotFound):
            await client.disconnected  # a future nobody asks would be told of on standard error


def by_the_book(ids: list[int], **ask: Any) -> list[int]:
    """The rule of pages told otherwise: by ranks on an endless line, instead of slices."""
    line = dict(enumerate(ids))
    dates = {one: START + timedelta(minutes=one) for one in ids}
    if ask["offset_id"]:
        older = [rank for rank, one in line.items() if one < ask["offset_id"]]
    elif ask["offset_date"]:
        older = [rank for rank, one in line.items() if dates[one] < ask["offset_date"]]
    else:
        older = list(line)
    first = (older[0] if older else len(ids)) + ask["add_offset"]
    seen = [line[rank] for rank in range(first, first + (ask["limit"] or 20)) if rank in line]
    return [one for one in seen if one > ask["min_id"] and one < (ask["max_id"] or 10**9)]


class TestHistory:
    @settings(deadline=None)
    @given(
        ids=st.sets(st.integers(1, 60)),
        offset_id=st.integers(0, 65),
        offset=st.none() | st.integers(0, 65),
        add_offset=st.integers(-70, 70),
        limit=st.integers(0, 100),
        max_id=st.integers(0, 65),
        min_id=st.integers(0, 65),
    )
    def test_pages_follow_the_rule(self, ids: set[int], offset: int | None, **ask: int) -> None:
        newest_first = sorted(ids, reverse=True)
        date = None if offset is None else START + timedelta(minutes=offset)
        history = [(one, START + timedelta(minutes=one)) for one in newest_first]
        assert window(history, offset_date=date, **ask) == by_the_book(newest_first, offset_date=date, **ask)

    @pytest.mark.parametrize(
        ("wanted", "ids"),
        [
            ({"limit": 3}, [150, 149, 148]),
            ({"limit": 500}, list(range(150, 50, -1))),
            ({"offset_id": 10, "limit": 3}, [9, 8, 7]),
            ({"offset_id": 10, "add_offset": -3, "limit": 3}, [12, 11, 10]),
            ({"offset_id": 10, "add_offset": -2, "limit": 4}, [11, 10, 9, 8]),
            ({"offset_id": 149, "add_offset": -10, "limit": 10}, [150, 149]),
            ({"offset_id": 3}, [2, 1]),
            ({"offset_date": START + timedelta(minutes=30 * 4), "limit": 2}, [4, 3]),
            ({"offset_date": START, "limit": 2}, []),
            ({"max_id": 5}, []),
            ({"min_id": 148}, [150, 149]),
        ],
    )
    async def test_a_client_gets_its_page(
        self, client: TelegramClient, channel: Channel, wanted: dict, ids: list[int]
    ) -> None:
        channel.backlog(150, first_date=START)
        answer = await client(page(channel, **wanted))
        assert [message.id for message in answer.messages] == ids
        assert (answer.count, answer.pts) == (150, channel.pts)
        assert [chat.title for chat in answer.chats] == ["Gradient"]

    async def test_telethon_walks_it_both_ways(self, client: TelegramClient, channel: Channel) -> None:
        channel.backlog(230, first_date=START, text="Item {}".format)
        channel.delete(7, 8, 120)
        living = [one for one in range(1, 231) if one not in {7, 8, 120}]
        down = [message.id async for message in client.iter_messages("fake_gradient", wait_time=0)]
        up = [
            message.id async for message in client.iter_messages("fake_gradient", reverse=True, min_id=5, wait_time=0)
        ]
        assert down == living[::-1]
        assert up == [one for one in living if one > 5]

    async def test_messages_come_back_as_they_were_posted(self, client: TelegramClient, channel: Channel) -> None:
        origin = client and channel
        first = channel.post("One", date=START, entities=[types.MessageEntityBold(0, 3)], views=10)
        page_link = types.MessageMediaWebPage(types.WebPageEmpty(5))
        channel.post("Two", reply_to=first.id, media=page_link, post_author="A. Author", noforwards=True)
        channel.service("pinned")
        channel.post("Three", fwd_from=types.MessageFwdHeader(date=START, from_id=origin.peer, channel_post=first.id))
        three, pinned, two, one = (await client(page(channel))).messages
        assert (one.message, one.date, one.views, one.entities) == ("One", START, 10, first.entities)
        assert (two.reply_to.reply_to_msg_id, two.post_author, two.noforwards) == (first.id, "A. Author", True)
        assert isinstance(two.media, types.MessageMediaWebPage)
        assert isinstance(pinned.action, types.MessageActionPinMessage)
        assert three.fwd_from.channel_post == first.id

    async def test_origins_of_forwards_come_along(
        self, server: FakeTelegram, client: TelegramClient, channel: Channel
    ) -> None:
        origin = server.add_channel("Origin", "fake_origin")
        channel.post("Seen there", fwd_from=types.MessageFwdHeader(date=START, from_id=origin.peer, channel_post=4))
        answer = await client(page(channel))
        assert {chat.title: chat.left for chat in answer.chats} == {"Gradient": False, "Origin": True}

    async def test_single_messages_views_and_dialogs(self, client: TelegramClient, channel: Channel) -> None:
        channel.backlog(3)
        channel.count(2, views=70, forwards=5)
        channel.delete(1)
        ids = [types.InputMessageID(1), types.InputMessageID(2)]
        gone, there = (await client(GetMessagesRequest(channel.input_channel, ids))).messages
        assert isinstance(gone, types.MessageEmpty)
        assert there.message == "Post 1"
        views = (await client(GetMessagesViewsRequest(channel.input_peer, [1, 2], increment=False))).views
        assert [(one.views, one.forwards) for one in views] == [(None, None), (70, 5)]
        peers = await client(GetPeerDialogsRequest([types.InputDialogPeer(channel.input_peer)]))
        assert (peers.dialogs[0].pts, peers.dialogs[0].top_message) == (channel.pts, 3)
        assert [dialog.name for dialog in await client.get_dialogs()] == ["Gradient"]

    async def test_a_rich_message_is_read_in_full(self, client: TelegramClient, channel: Channel) -> None:
        blocks = [types.PageBlockParagraph(types.TextPlain(text)) for text in ("First", "Second")]
        part = types.RichMessage(blocks[:1], photos=[], documents=[], part=True)
        whole = types.RichMessage(blocks, photos=[], documents=[])
        message = channel.post("First …", rich_message=part, full_rich_message=whole)
        seen = (await client(page(channel))).messages[0]
        full = (await client(GetRichMessageRequest(channel.input_peer, message.id))).messages[0]
        assert (seen.rich_message.part, len(seen.rich_message.blocks)) == (True, 1)
        assert [block.text.text for block in full.rich_message.blocks] == ["First", "Second"]

    async def test_requests_may_come_in_containers_and_packed(self, client: TelegramClient, channel: Channel) -> None:
        channel.backlog(200)
        long = GetMessagesRequest(channel.input_channel, [types.InputMessageID(one) for one in range(1, 201)])
        answers = await asyncio.gather(client(long), *(client(page(channel, limit=one)) for one in range(1, 31)))
        assert [len(answer.messages) for answer in answers] == [200, *range(1, 31)]

    async def test_an_unknown_constructor_spoils_the_answer(
        self, server: FakeTelegram, client: TelegramClient, channel: Channel
    ) -> None:
        channel.backlog(3)
        server.undecodable(channel, 2)
        with pytest.raises(TypeNotFoundError):
            await client(page(channel))
        assert [one.id for one in (await client(page(channel, offset_id=2))).messages] == [1]


class TestAccess:
    async def test_names_lead_to_channels_and_people(
        self, server: FakeTelegram, client: TelegramClient, channel: Channel
    ) -> None:
        server.add_user("somebody_else")
        assert (await client.get_entity("FAKE_gradient")).id == channel.id
        assert (await client.get_entity("somebody_else")).first_name == "Somebody"
        with pytest.raises(ValueError, match="No user"):
            await client.get_entity("nobody_here")
        with pytest.raises(errors.UsernameInvalidError):
            await client(ResolveUsernameRequest("a!"))

    async def test_a_stranger_reads_what_is_public_and_nothing_else(
        self, server: FakeTelegram, client: TelegramClient
    ) -> None:
        public, private = server.add_channel("Public", "fake_public"), server.add_channel("Private")
        for channel in (public, private):
            channel.post("Hello")
        assert len((await client(page(public))).messages) == 1
        for request in (page(private), GetChannelsRequest([private.input_channel])):
            with pytest.raises(errors.ChannelPrivateError):
                await client(request)
        public.make_private()
        with pytest.raises(errors.ChannelPrivateError):
            await client(page(public))
        with pytest.raises(errors.ChannelInvalidError):
            await client(GetFullChannelRequest(types.InputChannel(public.id, 1)))

    async def test_a_ban_shuts_every_door(
        self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel
    ) -> None:
        await server.until_listening(ada)
        told = heard(client)
        ada.ban(channel)
        assert isinstance(await told.get(), types.UpdateChannel)
        with pytest.raises(errors.ChannelPrivateError):
            await client(page(channel))
        with pytest.raises(errors.UserBannedInChannelError):
            await client(JoinChannelRequest(channel.input_channel))
        (chat,) = (await client(GetChannelsRequest([channel.input_channel]))).chats
        assert isinstance(chat, types.ChannelForbidden)

    async def test_joining_and_leaving(self, server: FakeTelegram, ada: Account, client: TelegramClient) -> None:
        channel = server.add_channel("Public", "fake_public")
        await client(JoinChannelRequest(channel.input_channel))
        assert ada in channel.members
        await client(LeaveChannelRequest(channel.input_channel))
        assert ada not in channel.members
        server.channel_limit = 0
        with pytest.raises(errors.ChannelsTooMuchError):
            await client(JoinChannelRequest(channel.input_channel))

    async def test_invites(self, server: FakeTelegram, ada: Account, client: TelegramClient) -> None:
        open_to_all = server.add_channel("Closed", invite="AbCdEf123")
        asking = server.add_channel("Asking", invite="GhIjKl456", request_needed=True)
        assert (await client(CheckChatInviteRequest("AbCdEf123"))).title == "Closed"
        joined = await client(ImportChatInviteRequest("AbCdEf123"))
        assert joined.updates.chats[0].id == open_to_all.id
        assert (await client(CheckChatInviteRequest("AbCdEf123"))).chat.title == "Closed"
        with pytest.raises(errors.UserAlreadyParticipantError):
            await client(ImportChatInviteRequest("AbCdEf123"))
        with pytest.raises(errors.InviteRequestSentError):
            await client(ImportChatInviteRequest("GhIjKl456"))
        assert ada in asking.requests
        with pytest.raises(errors.InviteHashExpiredError):
            await client(CheckChatInviteRequest("NeverGiven"))
        with pytest.raises(errors.InviteHashInvalidError):
            await client(CheckChatInviteRequest("not a hash"))

    async def test_folders_hold_channels(self, ada: Account, client: TelegramClient, channel: Channel) -> None:
        ada.add_folder("ML", [channel])
        default, folder = (await client(GetDialogFiltersRequest())).filters
        assert isinstance(default, types.DialogFilterDefault)
        assert (folder.title.text, folder.include_peers) == ("ML", [channel.input_peer])

    async def test_what_it_cannot_do_it_says(self, client: TelegramClient) -> None:
        with pytest.raises(errors.MethodInvalidError):
            await client(GetContactsRequest(hash=0))


class TestUpdates:
    @pytest.fixture
    async def told(self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel) -> asyncio.Queue:
        assert channel
        await server.until_listening(ada)
        return heard(client)

    async def test_members_are_told_of_posts_edits_and_deletions(self, told: asyncio.Queue, channel: Channel) -> None:
        post = channel.post("Before")
        channel.edit(post.id, "After")
        channel.delete(post.id)
        new, edited, deleted = [await told.get() for _ in range(3)]
        assert (new.message.message, new.pts, new.pts_count) == ("Before", 2, 1)
        assert (edited.message.message, bool(edited.message.edit_date), edited.pts) == ("After", True, 3)
        assert (deleted.messages, deleted.pts) == ([post.id], 4)
        assert post.message == "Before"

    async def test_an_album_comes_in_one_piece(
        self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel
    ) -> None:
        await server.until_listening(ada)
        told = heard(client, events.Album)
        posted = channel.post_album(["caption", "", ""])
        album = await told.get()
        assert [message.id for message in album.messages] == [message.id for message in posted] == [1, 2, 3]
        assert len({message.grouped_id for message in posted}) == 1

    async def test_counters_come_without_pts(self, told: asyncio.Queue, channel: Channel) -> None:
        channel.post("Hello")
        await told.get()
        channel.count(1, views=500, forwards=20, reactions={"🔥": 7})
        views, forwards, reactions = [await told.get() for _ in range(3)]
        assert (views.views, forwards.forwards) == (500, 20)
        assert reactions.reactions.results[0].count == 7
        assert channel.pts == 2

    async def test_the_channel_itself_changes(self, told: asyncio.Queue, channel: Channel) -> None:
        channel.protect()
        assert isinstance(await told.get(), types.UpdateChannel)
        channel.rename("Descent", "fake_descent")
        renamed = await told.get()
        assert renamed.message.action.title == "Descent"

    async def test_nobody_else_is_told(self, server: FakeTelegram, ada: Account, told: asyncio.Queue) -> None:
        other = server.add_channel("Other", "fake_other")
        other.post("Not for you")
        ada.join(other)
        assert isinstance(await told.get(), types.UpdateChannel)

    async def test_a_client_that_wants_no_updates_gets_none(
        self, server: FakeTelegram, ada: Account, channel: Channel
    ) -> None:
        async with connected(server, ada, receive_updates=False) as quiet:
            await quiet(page(channel))
            assert server.listening(ada) == 0

    async def test_many_posts_arrive_in_order(
        self, told: asyncio.Queue, channel: Channel, server: FakeTelegram
    ) -> None:
        for number in range(700):
            channel.post(f"Post {number}")
        await server.flushed()
        assert [(await told.get()).message.message for _ in range(700)] == [f"Post {number}" for number in range(700)]

    async def test_lost_updates_are_found_by_the_client_in_the_difference(
        self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel
    ) -> None:
        await server.until_listening(ada)
        told = heard(client, events.NewMessage)
        channel.post("First")
        server.lose_updates(1.0)
        channel.post("Lost")
        server.lose_updates(0.0)
        channel.post("Last")
        assert [(await told.get()).message.message for _ in range(3)] == ["First", "Lost", "Last"]
        assert server.count("updates.getChannelDifference", channel) == 1

    async def test_the_difference_is_what_was_missed(self, client: TelegramClient, channel: Channel) -> None:
        channel.backlog(4)
        since = channel.pts
        channel.post("Fifth")
        channel.edit(2, "Two, again")
        channel.delete(1, 3)
        missed = await client(difference(channel, since))
        edit, deletion = missed.other_updates
        assert [message.message for message in missed.new_messages] == ["Fifth"]
        assert (edit.message.message, deletion.messages) == ("Two, again", [1, 3])
        assert (missed.pts, missed.final) == (channel.pts, True)
        assert isinstance(await client(difference(channel, channel.pts)), ChannelDifferenceEmpty)

    async def test_a_long_difference_comes_in_slices(self, client: TelegramClient, channel: Channel) -> None:
        channel.backlog(25)
        pts, seen = 1, []
        while isinstance(missed := await client(difference(channel, pts, limit=10)), ChannelDifference):
            seen += [message.id for message in missed.new_messages]
            pts = missed.pts
        assert seen == list(range(1, 26))

    async def test_one_too_long_is_not_told(
        self, server: FakeTelegram, client: TelegramClient, channel: Channel
    ) -> None:
        server.channel_difference_limit = 10
        channel.backlog(11)
        missed = await client(difference(channel, 1))
        assert isinstance(missed, ChannelDifferenceTooLong)
        assert missed.dialog.pts == channel.pts

    async def test_the_account_is_told_which_channels_went_on(self, client: TelegramClient, channel: Channel) -> None:
        before = channel.changed
        channel.post("Missed")
        missed = await client(GetDifferenceRequest(pts=1, date=before, qts=0))
        assert [(one.channel_id, one.pts) for one in missed.other_updates] == [(channel.id, channel.pts)]


def difference(channel: Channel, pts: int, limit: int = 100) -> GetChannelDifferenceRequest:
    return GetChannelDifferenceRequest(channel.input_channel, types.ChannelMessagesFilterEmpty(), pts, limit)


class TestFaults:
    async def test_a_flood_wait_is_for_a_method_and_a_channel(
        self, server: FakeTelegram, client: TelegramClient, channel: Channel
    ) -> None:
        other = server.add_channel("Other", "fake_other")
        server.flood("messages.getHistory", 30, channel=other)
        await client(page(channel))
        with pytest.raises(errors.FloodWaitError) as flood:
            await client(page(other))
        assert flood.value.seconds == 30
        assert (server.count("messages.getHistory"), server.count("messages.getHistory", other)) == (2, 1)
        assert server.requests[-1].channel == other.id

    async def test_any_error_can_be_had(self, server: FakeTelegram, client: TelegramClient, channel: Channel) -> None:
        server.fail("messages.getHistory", 400, "CHANNEL_MONOFORUM_UNSUPPORTED", times=2)
        for _ in range(2):
            with pytest.raises(errors.BadRequestError):
                await client(page(channel))
        await client(page(channel))

    async def test_a_cut_connection_comes_back_and_hears_on(
        self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel
    ) -> None:
        await server.until_listening(ada)
        told = heard(client)
        server.drop_connections()
        await server.until_listening(ada)
        channel.post("Back again")
        assert (await told.get()).message.message == "Back again"

    async def test_a_cut_comes_after_so_many_messages(
        self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel
    ) -> None:
        await server.until_listening(ada)
        told = heard(client)
        server.cut_after(3)
        for number in range(5):
            channel.post(str(number))
        await server.until(lambda: server.listening(ada) == 0)
        assert [(await told.get()).message.message for _ in range(3)] == ["0", "1", "2"]

    async def test_an_answer_that_is_dropped_is_asked_for_again(
        self, server: FakeTelegram, ada: Account, client: TelegramClient
    ) -> None:
        channel = server.add_channel("Public", "fake_public")
        server.drop_answers("channels.joinChannel")
        await client(JoinChannelRequest(channel.input_channel))
        assert server.count("channels.joinChannel") == 2
        assert ada in channel.members

    async def test_a_server_that_refuses_closes_at_once(self, server: FakeTelegram, ada: Account) -> None:
        server.refuse = True
        reader, writer = await asyncio.open_connection(server.host, server.port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        server.refuse = False
        async with connected(server, ada) as client:
            assert await client.is_user_authorized()

    @pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", bytes(8), frame(0, bytes(40)), frame(0, b"short")])
    async def test_noise_ends_a_connection(self, server: FakeTelegram, noise: bytes) -> None:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(noise)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    async def test_a_pushed_message_may_be_beyond_the_client(
        self, server: FakeTelegram, ada: Account, client: TelegramClient, channel: Channel
    ) -> None:
        await server.until_listening(ada)
        told = heard(client)
        server.undecodable(channel, 1)
        channel.post("In no layer")
        await server.flushed()
        channel.count(1, views=5)
        assert isinstance(await told.get(), types.UpdateChannelMessageViews)

    async def test_an_error_of_the_fake_comes_out_at_its_stop(self, ada: Account) -> None:
        fake = await FakeTelegram.start()
        fake.crashed(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await fake.stop()
        assert ada


class TestByHand:
    async def test_a_benchmark_is_told_what_to_do(self, tmp_path: Path) -> None:
        process = await by_hand("--bench", "10", "--channels", "2", "--dir", tmp_path)
        about = json.loads(await process.stdout.readline())
        assert Path(about["key"]).read_text().startswith("-----BEGIN RSA PUBLIC KEY-----")
        assert len(about["channels"]) == 2
        answer, _ = await process.communicate(b"burst 20\nsteady 2 1000\n")
        assert [json.loads(line)["done"] for line in answer.splitlines()] == [20, 2]
        assert process.returncode == 0

    async def test_a_demo_says_how_to_reach_it_and_ends_cleanly(self, tmp_path: Path) -> None:
        process = await by_hand("--quiet", "--dir", tmp_path)
        lines = [(await process.stdout.readline()).decode() for _ in range(8)]
        assert f"SVODKA_TELEGRAM_SERVER_KEY={tmp_path.resolve() / 'server-key.pem'}\n" in lines
        process.terminate()
        await process.communicate()
        assert process.returncode == 0


async def by_hand(*options: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.telegram",
        *map(str, options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
