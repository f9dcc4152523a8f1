"""The one Telegram client: connects, asks at a measured pace, and hands on plain records instead of Telethon's objects.

Nothing here knows the archive. A client lives as long as its connection: whoever uses it opens the next one.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Callable, Container, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import StringSession
from telethon.tl import functions, types

from core.errors import FloodWait, SessionFileError, SettingsError
from core.settings import Settings
from ingest.failures import FLOODS, KNOWN, is_end_of_session, lost, not_logged_in, translated
from ingest.pace import Pace
from ingest.plan import Floods
from ingest.records import Record
from ingest.shown import Invited, Me, News, Page, Peer, Shown, add, name_of, page, shown

#: The most messages that Telegram gives in one answer.
PAGE = 100
#: An answer that takes longer will not come: the connection is dead.
ANSWER_SECONDS = 60.0
#: Packets of events that wait to be written; beyond that they are dropped, and histories read instead.
WAITING_EVENTS = 20_000
#: Packets of events that are taken at once.
BATCH = 1000
#: Short waits in a row after which a method is left be as if the wait were long.
PATIENCE = 5

# Telethon logs what it cannot decode, which may be anybody's text. What happened to a connection, our own lines say.
_silent = logging.getLogger("svodka.telethon")
_silent.setLevel(logging.CRITICAL + 1)
_silent.propagate = False


def utcnow() -> datetime:
    """The present moment; the clock of everything that is not given another."""
    return datetime.now(UTC)


class _PacedClient(TelegramClient):  # type: ignore[misc]  # Telethon has no types
    """Telethon's client, whose own requests also wait for their turn.

    Once somebody listens, updates are taken as they come, past Telethon's own bookkeeping: that drops updates while it looks
    for the ones before, drops what a difference that is too long leaves out, and edits and deletions of any other. Numbers
    of messages and histories tell what is missing (docs/adr/0008-histories-are-the-truth.md).
    """

    pace: Pace
    take: Callable[[Any], None] | None = None

    async def __call__(self, request: Any, ordered: bool = False, flood_sleep_threshold: int | None = None) -> Any:  # noqa: FBT001, FBT002  Telethon's signature
        await self.pace.turn()
        return await super().__call__(request, ordered=ordered, flood_sleep_threshold=flood_sleep_threshold)

    async def at_once(self, request: Any) -> Any:
        """Ask without waiting for a turn: it was waited for."""
        return await super().__call__(request)

    async def _update_loop(self) -> None:
        if self.take is None:
            await super()._update_loop()
            return
        while self.is_connected():
            self.take(await self._updates_queue.get())


class Telegram:
    """A connection of an account. Made by `connect`; every method may raise TelegramUnreachable, NotLoggedIn, FloodWait,
    Refused and Undecodable.
    """

    def __init__(
        self, client: _PacedClient, *, pace: Pace, floods: Floods, patience: int, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._patience = patience
        self._floods = floods
        self._clock = clock
        self._asker = 0
        self._updates: asyncio.Queue[Any] = asyncio.Queue(maxsize=WAITING_EVENTS)
        self.pace = pace
        #: Events were dropped because nobody took them: only histories tell what they said.
        self.overflowed = False

    # --- the account ------------------------------------------------------------------------------------------------

    async def me(self) -> Me | None:
        """Who is logged in; None if nobody is."""
        found = await self._ask(functions.users.GetUsersRequest([types.InputUserSelf()]))
        return Me(tg_id=found[0].id, name=name_of(found[0])) if found else None

    async def log_out(self) -> None:
        """End the session at Telegram, too."""
        await self._ask(functions.auth.LogOutRequest())

    async def ended(self) -> None:
        """Wait until the connection is lost, and say why.

        Raises:
            NotLoggedIn: the session was ended.
            TelegramUnreachable: anything else, whatever it is that Telethon gives as its reason.
        """
        ended = self._client.disconnected
        await asyncio.wait([ended])
        error = None if ended.cancelled() else ended.exception()
        raise not_logged_in(error) if is_end_of_session(error) else lost(error)

    # --- histories --------------------------------------------------------------------------------------------------

    async def latest(self, peer: Peer) -> Page:
        """The newest messages of a channel, at most PAGE."""
        return await self.window(peer, anchor=0, first=0, count=PAGE)

    async def after(self, peer: Peer, message_id: int) -> Page:
        """The first messages after a message, at most PAGE: the oldest of those that are newer."""
        return await self.window(peer, anchor=message_id + 1, first=-PAGE, count=PAGE, above=message_id)

    async def before(self, peer: Peer, message_id: int) -> Page:
        """The last messages before a message, at most PAGE."""
        return await self.window(peer, anchor=message_id, first=0, count=PAGE)

    async def window(self, peer: Peer, *, anchor: int, first: int, count: int, above: int = 0) -> Page:
        """`count` messages by their place: 0 is the first one older than message `anchor` (0: the newest of all), negative
        places are newer. See https://core.telegram.org/api/offsets.
        """
        asked_at = self._clock()
        found = await self._ask(
            functions.messages.GetHistoryRequest(
                peer=_input_peer(peer), offset_id=anchor, offset_date=None, add_offset=first, limit=count, max_id=0,
                min_id=above, hash=0,
            )
        )  # fmt: skip
        return page(found, asked_at)

    async def messages(self, peer: Peer, ids: Sequence[int]) -> Page:
        """Messages by number, at most PAGE; those that are not there are left out."""
        asked_at = self._clock()
        wanted = [types.InputMessageID(number) for number in ids]
        found = await self._ask(functions.channels.GetMessagesRequest(channel=_channel(peer), id=wanted))
        return page(found, asked_at)

    async def rich(self, peer: Peer, message_id: int) -> Record | None:
        """A rich message in full, where a page held only its beginning."""
        asked_at = self._clock()
        found = await self._ask(functions.messages.GetRichMessageRequest(peer=_input_peer(peer), id=message_id))
        return next(iter(page(found, asked_at).records), None)

    # --- finding and joining channels -------------------------------------------------------------------------------

    async def by_username(self, name: str) -> Shown | None:
        """Whom a username belongs to; None if to a person."""
        found = await self._ask(functions.contacts.ResolveUsernameRequest(name))
        if not isinstance(found.peer, types.PeerChannel):
            return None
        return next((shown(chat) for chat in found.chats if chat.id == found.peer.channel_id), None)

    async def channel(self, peer: Peer) -> Shown | None:
        """A channel as it is now."""
        found = await self._ask(functions.channels.GetChannelsRequest([_channel(peer)]))
        return next((shown(chat) for chat in found.chats), None)

    async def join(self, peer: Peer) -> None:
        """Become a member of a public channel."""
        await self._ask(functions.channels.JoinChannelRequest(_channel(peer)))

    async def invited_to(self, code: str) -> Invited:
        """What an invite link leads to, without following it."""
        found = await self._ask(functions.messages.CheckChatInviteRequest(code))
        chat = getattr(found, "chat", None)
        if isinstance(found, types.ChatInviteAlready):
            known = shown(chat)
            return Invited(shown=known, title=known.title, broadcast=known.broadcast)
        title = found.title if chat is None else chat.title
        return Invited(shown=None, title=title, broadcast=bool(getattr(chat or found, "broadcast", False)))

    async def accept(self, code: str) -> Shown | None:
        """Become a member by an invite link; None where Telegram wants the person in an app of its own first."""
        found = await self._ask(functions.messages.ImportChatInviteRequest(code))
        updates = getattr(found, "updates", found)
        return next((shown(chat) for chat in getattr(updates, "chats", ())), None)

    async def folder(self, name: str) -> list[Peer] | None:
        """The channels and groups that a folder names, pinned ones first; None if there is no such folder."""
        found = await self._ask(functions.messages.GetDialogFiltersRequest())
        for folder in found.filters:
            title = getattr(getattr(folder, "title", None), "text", None)
            if title is not None and title.strip().casefold() == name.strip().casefold():
                peers = [*folder.pinned_peers, *folder.include_peers]
                channels = {
                    peer.channel_id: peer.access_hash for peer in peers if isinstance(peer, types.InputPeerChannel)
                }
                return [Peer(tg_id=number, access_hash=key) for number, key in channels.items()]
        return None

    async def channels(self, peers: Sequence[Peer]) -> list[Shown]:
        """Channels as they are now, by PAGE a request."""
        found_all: list[Shown] = []
        for start in range(0, len(peers), PAGE):
            wanted = [_channel(peer) for peer in peers[start : start + PAGE]]
            found = await self._ask(functions.channels.GetChannelsRequest(wanted))
            found_all += [shown(chat) for chat in found.chats]
        return found_all

    # --- what happens -----------------------------------------------------------------------------------------------

    def take(self, updates: Any) -> None:
        """Take in what Telegram has sent by itself."""
        if isinstance(updates, types.UpdatesTooLong):
            self.overflowed = True
        try:
            self._updates.put_nowait(updates)
        except asyncio.QueueFull:
            self.overflowed = True

    async def news(self, wanted: Container[int]) -> dict[int, News]:
        """Wait until something happens in a channel of `wanted`, by its number; then all that has happened, in order."""
        while True:
            first = await self._updates.get()
            found = self.pending(wanted, first)
            if found or self.overflowed:
                return found

    def pending(self, wanted: Container[int], *before: Any) -> dict[int, News]:
        """What has happened and was not yet taken, at most BATCH packets of updates, without waiting."""
        packets = list(before)
        while len(packets) < BATCH and not self._updates.empty():
            packets.append(self._updates.get_nowait())
        found: dict[int, News] = {}
        for packet in packets:
            add(found, packet, wanted)
        return found

    @property
    def waiting(self) -> int:
        """Packets of events that have come and that nobody has taken yet."""
        return self._updates.qsize()

    # --- asking -----------------------------------------------------------------------------------------------------

    def asks_for(self, follow_id: int) -> None:
        """Note for which follow the next requests are: a wait is first of all the one's who got it."""
        self._asker = follow_id

    async def _ask(self, request: Any) -> Any:
        """Ask when it is our turn, waiting out what is short."""
        method = _method(request)
        if until := self._floods.until(method, self._asker, now=self._clock()):
            raise FloodWait(method, (until - self._clock()).total_seconds())
        for _ in range(PATIENCE):
            # Telethon leaves a method be for all channels when one has to wait; what waits is not for it to decide.
            self._client._flood_waited_requests.clear()  # noqa: SLF001
            await self.pace.turn()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = await self._client.at_once(request)
            except FLOODS as error:
                seconds = max(1, error.seconds)
                if seconds > self._patience:
                    break
                self.pace.stand_still(seconds)
            except KNOWN as error:
                raise translated(method, error) from None
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
                # Telethon cancels what waits for an answer when the connection goes.
                raise lost(None) from None
            else:
                self._floods.passed(method)
                return answer
        self._floods.hit(method, self._asker, self._clock() + timedelta(seconds=seconds))
        raise FloodWait(method, seconds)


@asynccontextmanager
async def connect(
    settings: Settings,
    session: str | None,
    *,
    pace: Pace,
    floods: Floods | None = None,
    clock: Callable[[], datetime] = utcnow,
    listening: bool = False,
) -> AsyncIterator[tuple[Telegram, Any]]:
    """A connection with a session, or without one, to log in with; and Telethon's client, for logging in.

    `listening`: what Telegram sends by itself is kept for `Telegram.news`; otherwise Telethon's handlers have it.

    Raises:
        SettingsError: api id or hash is missing, or the server's key cannot be read.
        SessionFileError: the session is none.
        TelegramUnreachable: no connection comes about.
        NotLoggedIn: Telegram does not accept the session any longer.
        LoginError: Telegram does not accept the api id and hash.
    """
    client = _client(settings, session)
    client.pace = pace
    telegram = Telegram(
        client, pace=pace, floods=floods or Floods(), patience=settings.telegram_flood_wait, clock=clock
    )
    if listening:
        client.take = telegram.take
    try:
        try:
            # Telethon asks for a handful of things of its own, each at its turn.
            async with asyncio.timeout(ANSWER_SECONDS + 10 * settings.telegram_pace):
                await client.connect()
        except KNOWN as error:
            raise translated("connect", error) from None
        yield telegram, client
    finally:
        await client.disconnect()
        # Why it ended was told, or does not matter; unless it is looked at, asyncio prints it.
        ended = client.disconnected
        await asyncio.wait([ended], timeout=1)
        if ended.done() and not ended.cancelled():
            ended.exception()


def session_of(client: Any) -> str:
    """The session of Telethon's client, to be kept."""
    return str(client.session.save())


# --- Telethon's client ---------------------------------------------------------------------------------------------


def _client(settings: Settings, session: str | None) -> _PacedClient:
    if settings.telegram_api_id is None or settings.telegram_api_hash is None:
        raise SettingsError(
            "SVODKA_TELEGRAM_API_ID and SVODKA_TELEGRAM_API_HASH are not set: get them at https://my.telegram.org "
            "(docs/telegram-account.md tells how)"
        )
    try:
        kept = StringSession(session)
    except (ValueError, struct.error):
        raise SessionFileError("the session that is kept is damaged: log in again (svodka login)") from None
    if settings.telegram_server is not None:
        _use_server(kept, settings.telegram_server, settings.telegram_server_key)
    client = _PacedClient(
        kept,
        settings.telegram_api_id,
        settings.telegram_api_hash.get_secret_value(),
        device_model="Svodka",
        app_version="0.1",
        base_logger=_silent,
        # A lost connection is ours to restore: then histories have to be read, too.
        auto_reconnect=False,
        # One key exchange in 256 ends in a key with a leading zero, which Telethon takes for a fault.
        connection_retries=3,
        retry_delay=0,
        request_retries=3,
        flood_sleep_threshold=0,
        sequential_updates=True,
        raise_last_call_error=True,
    )
    client.parse_mode = None
    return client


def _use_server(session: Any, address: str, key: Path | None) -> None:
    """Have a session lead to another server than Telegram's, whose key is then the only one that counts."""
    if key is None:
        raise SettingsError(
            "SVODKA_TELEGRAM_SERVER is set, but not SVODKA_TELEGRAM_SERVER_KEY: a file with its public key"
        )
    host, _, port = address.rpartition(":")
    try:
        pem = key.read_text("ascii")
        rsa._server_keys.clear()  # noqa: SLF001  there is no other way
        rsa.add_key(pem, old=False)
    except (OSError, ValueError) as error:
        raise SettingsError(f"SVODKA_TELEGRAM_SERVER_KEY: {key} holds no RSA public key ({error})") from None
    session.set_dc(2, host.strip("[]"), int(port))


def _method(request: Any) -> str:
    """The name of a request's method as Telegram's pages spell it: messages.getHistory."""
    kind = type(request)
    room = kind.__module__.rpartition(".")[2]
    name = kind.__name__.removesuffix("Request")
    return f"{room}.{name[0].lower()}{name[1:]}"


# --- channels as requests name them ---------------------------------------------------------------------------------


def _channel(peer: Peer) -> Any:
    return types.InputChannel(peer.tg_id, peer.access_hash)


def _input_peer(peer: Peer) -> Any:
    return types.InputPeerChannel(peer.tg_id, peer.access_hash)
