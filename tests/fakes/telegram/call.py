"""What a method of the API sees when it is called, and the table that methods enter themselves into."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from telethon.crypto import AuthKey
from telethon.tl import TLObject, TLRequest

from tests.fakes.telegram.faults import Refusal
from tests.fakes.telegram.world import Account, Channel

if TYPE_CHECKING:
    from tests.fakes.telegram.server import FakeTelegram

Result = TLObject | bool | Sequence[TLObject]
"""An object, a Bool or a Vector."""


@dataclass(eq=False)
class Key:
    """An authorisation key that the server knows, and who is logged in with it."""

    auth: AuthKey
    salt: int
    account: Account | None = None
    half_in: Account | None = None
    """Whose code or QR token was right, while the password is not yet given."""
    scanned_by: Account | None = None
    error: tuple[int, str] | None = None
    """Why it is good for nothing any more."""
    initialised: bool = False
    quiet: bool = False
    """Its client wants no updates (invokeWithoutUpdates)."""
    sessions: set[int] = field(default_factory=set)

    def log_in(self, account: Account) -> None:
        self.account, self.half_in, self.scanned_by, self.error = account, None, None, None


@dataclass
class LoginToken:
    """What a QR code shows."""

    key: Key
    expires: datetime


@dataclass
class Call:
    """One request: of which client, to which server."""

    request: TLRequest
    key: Key
    server: "FakeTelegram"

    @property
    def account(self) -> Account:
        """Whose request it is. Only methods that are open before a login may be called without."""
        if self.key.account is None:
            raise Refusal(401, "AUTH_KEY_UNREGISTERED")
        return self.key.account

    def channel(self, peer: TLObject, *, to_read: bool = True) -> Channel:
        """The channel that an InputChannel or InputPeerChannel means. Raises the Refusal of who may not read it."""
        channel_id = getattr(peer, "channel_id", None)
        if channel_id is None:
            raise Refusal(400, "PEER_ID_INVALID")
        channel = self.server.world.channels.get(channel_id)
        if channel is None or channel.access_hash != peer.access_hash:
            raise Refusal(400, "CHANNEL_INVALID")
        if to_read and not may_read(self.account, channel):
            raise Refusal(406, "CHANNEL_PRIVATE")
        return channel


Method = Callable[[Call], Result]
METHODS: dict[type[TLRequest], Method] = {}
OPEN: set[type[TLRequest]] = set()
"""What may be called before a login."""


def answers(request: type[TLRequest], *, before_login: bool = False) -> Callable[[Method], Method]:
    """Enters a function into the table as the method for this request."""

    def enter(method: Method) -> Method:
        METHODS[request] = method
        if before_login:
            OPEN.add(request)
        return method

    return enter


def may_read(account: Account, channel: Channel) -> bool:
    return account not in channel.banned and (account in channel.members or channel.username is not None)


def name_of(request: type[TLRequest] | TLRequest) -> str:
    """A request's name in TL: messages.getHistory."""
    kind = request if isinstance(request, type) else type(request)
    name = kind.__name__.removesuffix("Request")
    module = kind.__module__.removeprefix("telethon.tl.functions").lstrip(".")
    return f"{module}.{name[0].lower()}{name[1:]}".lstrip(".")
