"""The server: what a test holds in its hand, the way of a request to its method, and to whom updates are pushed."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from telethon.sessions import StringSession
from telethon.tl import TLObject, TLRequest
from telethon.tl.functions import (
    InitConnectionRequest,
    InvokeAfterMsgRequest,
    InvokeAfterMsgsRequest,
    InvokeWithLayerRequest,
    InvokeWithMessagesRangeRequest,
    InvokeWithoutUpdatesRequest,
    InvokeWithTakeoutRequest,
)
from telethon.tl.functions.channels import GetChannelsRequest
from telethon.tl.functions.help import GetConfigRequest, GetNearestDcRequest
from telethon.tl.types import (
    UpdateLoginToken,
    Updates,
    UpdateShort,
)

from tests.fakes.telegram import login, methods, wire
from tests.fakes.telegram.call import METHODS, OPEN, Call, Key, LoginToken, name_of
from tests.fakes.telegram.connection import Connection
from tests.fakes.telegram.faults import Faults, Refusal, Trouble
from tests.fakes.telegram.handshake import ServerKey, new_auth_key, process_key
from tests.fakes.telegram.srp import Lock
from tests.fakes.telegram.wire import Outgoing
from tests.fakes.telegram.world import Account, Channel, Person, World, now

HOST = "127.0.0.1"
WRAPPERS = (
    InvokeWithLayerRequest,
    InitConnectionRequest,
    InvokeWithoutUpdatesRequest,
    InvokeAfterMsgRequest,
    InvokeAfterMsgsRequest,
    InvokeWithMessagesRangeRequest,
    InvokeWithTakeoutRequest,
)
LOW_LEVEL = (GetConfigRequest, GetNearestDcRequest)
"""What a client may ask without being sent updates from then on."""


@dataclass(frozen=True)
class Request:
    """A request as it has arrived: its TL name, what it is about, who asked, and when by the loop's clock."""

    method: str
    channel: int | None
    account: int | None
    at: float


class FakeTelegram:
    """
    A Telegram of one's own on loopback, in the event loop of the caller. Clients log in to it with `public_key` at
    `host`:`port` as data centre 2. Whatever is changed through it, its accounts and its channels is pushed to clients.
    """

    def __init__(self, key: ServerKey) -> None:
        self._key = key
        self._server: asyncio.Server | None = None
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._crashes: list[Exception] = []
        self.keys: dict[int, Key] = {}
        self.world = World(self)
        self.faults = Faults()
        self.host = HOST
        self.port = 0
        self.api_id: int | None = None
        self.api_hash: str | None = None
        self.channel_limit: int | None = None
        self.channel_difference_limit = 1000
        self.strict_salt = True
        self.gzip_answers = True
        self.codes: list[tuple[str, str]] = []
        """What "Telegram sent": phone and code."""
        self.code_hashes: dict[str, str] = {}
        self.tokens: dict[bytes, LoginToken] = {}
        self.locks: dict[Account, tuple[str | None, Lock]] = {}
        self.requests: list[Request] = []
        self.on_request: Callable[[Request], None] | None = None
        self.on_token: Callable[[], None] | None = None

    # Its life.

    @classmethod
    async def start(cls, port: int = 0, key: ServerKey | str | None = None) -> Self:
        """Listens on loopback. The key is a ServerKey or a private key as PEM; by default one is shared by the process."""
        server = cls(ServerKey(key) if isinstance(key, str) else key or process_key())
        server._server = await asyncio.start_server(server._accept, HOST, port)
        server.port = server._server.sockets[0].getsockname()[1]
        return server

    @classmethod
    @asynccontextmanager
    async def running(cls, port: int = 0, key: ServerKey | str | None = None) -> AsyncIterator[Self]:
        server = await cls.start(port, key)
        try:
            yield server
        finally:
            await server.stop()

    async def stop(self) -> None:
        """Closes the port and all connections. Raises the first error of the fake itself, if there was one."""
        if self._server:
            self._server.close()
        self.faults.refuse = True
        tasks = list(self._connections.values())
        self.drop_connections()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server:
            await self._server.wait_closed()
        if self._crashes:
            raise self._crashes[0]

    @property
    def public_key(self) -> str:
        """PEM, as `telethon.crypto.rsa.add_key` takes it."""
        return self._key.public_pem

    # The world.

    def add_account(
        self, phone: str = "+70000000001", code: str = "12345", password: str | None = None, name: str = "Ada"
    ) -> Account:
        return self.world.add_account(phone, code, password, name)

    def add_channel(
        self,
        title: str,
        username: str | None = None,
        *,
        noforwards: bool = False,
        invite: str | None = None,
        request_needed: bool = False,
        megagroup: bool = False,
    ) -> Channel:
        """A channel; without a name it is private. `invite` is the hash of its link."""
        return self.world.add_channel(
            title,
            username=username,
            noforwards=noforwards,
            invite=invite,
            request_needed=request_needed,
            megagroup=megagroup,
        )

    def add_user(self, username: str | None, name: str = "Somebody") -> Person:
        """A user whose name can be resolved."""
        return self.world.add_person(username, name)

    # Logins.

    def logged_in(self, account: Account) -> str:
        """A StringSession of a new key with which the account is logged in already."""
        session = StringSession()
        session.set_dc(methods.DC, self.host, self.port)
        session.auth_key = new_auth_key()
        self.new_key(session.auth_key).log_in(account)
        return session.save()

    def new_key(self, auth: Any) -> Key:
        """Takes an authorisation key into the server's memory."""
        key = Key(auth, salt=secrets.randbits(62))
        self.keys[auth.key_id] = key
        return key

    def scan_qr(self, account: Account) -> None:
        """The account scans the QR code shown last, which its client is told. Raises LookupError if none is pending."""
        pending = [one for one in self.tokens.values() if one.expires >= now() and not one.key.account]
        if not pending:
            raise LookupError("no QR code is waiting to be scanned")
        key = pending[-1].key
        key.scanned_by = account
        self._push(UpdateShort(UpdateLoginToken(), now()), (one for one in self._connections if one.key is key))

    def token_shown(self) -> None:
        """A client has got a QR code."""
        if self.on_token:
            self.on_token()

    def expire_codes(self) -> None:
        """The codes that were sent are too old."""
        self.code_hashes.clear()

    def revoke(self, account: Account, error: str = "AUTH_KEY_UNREGISTERED") -> None:
        """Ends the account's sessions: all its requests fail with 401, or 406 for AUTH_KEY_DUPLICATED."""
        for key in self.keys.values():
            if key.account is account:
                key.account = None
                key.error = (406 if error == "AUTH_KEY_DUPLICATED" else 401, error)

    def forget_keys(self) -> None:
        """Knows no authorisation key any more: every connection is answered -404."""
        self.keys.clear()
        self.drop_connections()

    # What goes wrong.

    @property
    def refuse(self) -> bool:
        """Whether new connections are closed at once."""
        return self.faults.refuse

    @refuse.setter
    def refuse(self, refuse: bool) -> None:
        self.faults.refuse = refuse

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            connection.cut()

    def flood(self, method: str, seconds: int, *, channel: Channel | None = None, times: int = 1) -> None:
        """The next calls of a method (of a channel) have to wait."""
        self.fail(method, 420, f"FLOOD_WAIT_{seconds}", times=times, channel=channel)

    def fail(self, method: str, code: int, message: str, *, times: int = 1, channel: Channel | None = None) -> None:
        """The next calls of a method (of a channel) get this error."""
        self.faults.add(Trouble(method, code, message, times, channel.id if channel else None))

    def lose_updates(self, share: float, seed: int = 0) -> None:
        """This share of what is pushed is not sent; pts goes on."""
        self.faults.lose_updates(share, seed)

    def cut_after(self, messages: int) -> None:
        """Cuts the connection that is sent the n-th answer or update from now on. Once more for each call."""
        self.faults.cut_after(messages)

    def drop_answers(self, method: str, times: int = 1) -> None:
        """The next calls are executed and not answered; the connection is cut."""
        self.faults.drop_answers(method, times)

    def undecodable(self, channel: Channel, message_id: int) -> None:
        """No client can decode the message, nor the answer or packet that it is in. It need not exist yet."""
        channel.broken.add(message_id)

    # What tests look at, and wait for.

    def count(self, method: str, channel: Channel | None = None) -> int:
        """How often a method was called (of a channel), refused calls included."""
        return sum(one.method == method and (channel is None or one.channel == channel.id) for one in self.requests)

    def listening(self, account: Account) -> int:
        """How many connections of the account are sent updates."""
        return sum(one.listens and one.key is not None and one.key.account is account for one in self._connections)

    async def until(self, holds: Callable[[], bool]) -> None:
        """
        Waits until this is so; looked at after each packet that comes and each connection that ends. TimeoutError after
        a minute: whoever was to make it so may be gone.
        """
        if not holds():
            told = asyncio.get_running_loop().create_future()
            self._waiting.append((holds, told))
            async with asyncio.timeout(60):
                await told

    async def until_listening(self, account: Account) -> None:
        await self.until(lambda: self.listening(account) > 0)

    async def flushed(self) -> None:
        """Waits until everything pushed so far is written to the sockets."""
        await asyncio.gather(*(one.flushed() for one in list(self._connections)))

    @property
    def queued(self) -> int:
        """How many messages wait to be written."""
        return sum(one.queued for one in self._connections)

    # Updates.

    def publish(self, channel: Channel, updates: Sequence[TLObject], *, to: Iterable[Account] | None = None) -> None:
        """
        Pushes updates of a channel in one Updates to the listening connections of its members, or of these accounts. Accounts
        that are told together see the channel alike, so it is encoded once.
        """
        accounts = channel.members if to is None else set(to)
        listeners = [one for one in self._connections if one.listens and one.key and one.key.account in accounts]
        if not updates or not listeners:
            return
        account = listeners[0].key.account if listeners[0].key else None
        messages = [update.message for update in updates if hasattr(getattr(update, "message", None), "fwd_from")]
        origins, users = self.world.mentioned(messages, account)
        chats = [one.encoded_view(account) for one in dict.fromkeys([channel, *origins])]
        kept = [one for one in listeners if not self.faults.loses_update()]
        self._push(Updates(list(updates), users=users, chats=chats, date=now(), seq=0), kept)

    def _push(self, updates: TLObject, connections: Iterable[Connection]) -> None:
        body = updates._bytes()
        for connection in connections:
            connection.send(Outgoing(body))

    # Requests.

    def handle(self, request: TLRequest, key: Key, connection: Connection) -> bytes | None:
        """The encoded result of a request; None if it is never to be answered. Raises Refusal."""
        request, quiet = self._unwrap(request, key)
        method, channels = name_of(request), self._channels(request)
        self._record(method, channels, key)
        self.faults.check(method, channels)
        self._admit(request, key)
        function = METHODS.get(type(request))
        if function is None:
            raise Refusal(400, "METHOD_INVALID")
        result = function(Call(request, key, self))
        if not quiet and not isinstance(request, LOW_LEVEL):
            connection.listens = not key.quiet
        return None if self.faults.swallows(method) else wire.encode(result)

    def _unwrap(self, request: TLRequest, key: Key) -> tuple[TLRequest, bool]:
        """The request inside its wrappers, and whether it came without a wish for updates."""
        quiet = False
        while isinstance(request, WRAPPERS):
            quiet = quiet or isinstance(request, InvokeWithoutUpdatesRequest)
            if isinstance(request, InitConnectionRequest):
                login.check_application(Call(request, key, self), request)
                key.initialised, key.quiet = True, quiet
            request = request.query
        return request, quiet

    def _channels(self, request: TLRequest) -> tuple[int, ...]:
        """The channels that a request is about."""
        if isinstance(request, GetChannelsRequest):
            return tuple(one.channel_id for one in request.id)
        named = getattr(request, "username", None)
        invite = getattr(request, "hash", None)
        found: Channel | Person | None = None
        if named:
            found = self.world.named(named)
        elif isinstance(invite, str):
            found = self.world.invited(invite)
        if isinstance(found, Channel):
            return (found.id,)
        peers = [getattr(request, "channel", None), getattr(request, "peer", None)]
        peers += [one.peer for one in getattr(request, "peers", None) or ()]
        return tuple(one.channel_id for one in peers if hasattr(one, "channel_id"))

    def _record(self, method: str, channels: tuple[int, ...], key: Key) -> None:
        account = key.account.id if key.account else None
        at = asyncio.get_running_loop().time()
        self.requests.append(Request(method, channels[0] if channels else None, account, at))
        if self.on_request:
            self.on_request(self.requests[-1])

    def _admit(self, request: TLRequest, key: Key) -> None:
        if not key.initialised:
            raise Refusal(400, "CONNECTION_NOT_INITED")
        is_open = type(request) in OPEN
        if key.error and (key.error[0] == 406 or not is_open):
            raise Refusal(*key.error)
        if key.account is None and not is_open and type(request) in METHODS:
            raise Refusal(401, "AUTH_KEY_UNREGISTERED")

    # Connections.

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.refuse:
            writer.transport.abort()
            return
        connection = Connection(self, self._key, reader, writer)
        task = asyncio.current_task()
        assert task
        self._connections[connection] = task
        try:
            await connection.serve()
        finally:
            del self._connections[connection]
            self.something_happened()

    def something_happened(self) -> None:
        """Lets those who wait look again."""
        for holds, told in self._waiting:
            if not told.done() and holds():
                told.set_result(None)
        self._waiting = [waiting for waiting in self._waiting if not waiting[1].done()]

    def crashed(self, error: Exception) -> None:
        """Keeps an error of the fake itself, for `stop` to raise."""
        self._crashes.append(error)
