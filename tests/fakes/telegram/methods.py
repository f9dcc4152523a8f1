"""
The methods of reading: state and differences, channels, invites, histories, folders. Each follows what Telegram documents or
is known to do, errors included.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from telethon.tl import TLObject
from telethon.tl.functions.account import UpdateStatusRequest
from telethon.tl.functions.channels import (
    GetChannelsRequest,
    GetFullChannelRequest,
    JoinChannelRequest,
    LeaveChannelRequest,
)
from telethon.tl.functions.channels import GetMessagesRequest as GetChannelMessagesRequest
from telethon.tl.functions.channels import ReadHistoryRequest as ReadChannelHistoryRequest
from telethon.tl.functions.contacts import ResolveUsernameRequest
from telethon.tl.functions.help import GetAppConfigRequest, GetConfigRequest, GetNearestDcRequest
from telethon.tl.functions.messages import (
    CheckChatInviteRequest,
    GetDialogFiltersRequest,
    GetDialogsRequest,
    GetHistoryRequest,
    GetMessagesViewsRequest,
    GetPeerDialogsRequest,
    GetRichMessageRequest,
    ImportChatInviteRequest,
)
from telethon.tl.functions.updates import GetChannelDifferenceRequest, GetDifferenceRequest, GetStateRequest
from telethon.tl.functions.users import GetFullUserRequest, GetUsersRequest
from telethon.tl.types import (
    ChannelFull,
    ChatInvite,
    ChatInviteAlready,
    Config,
    DcOption,
    Dialog,
    DialogFilterDefault,
    InputMessageID,
    InputUserSelf,
    JsonObject,
    MessageEmpty,
    MessageViews,
    NearestDc,
    PeerNotifySettings,
    PeerSettings,
    PeerUser,
    PhotoEmpty,
    UpdateChannel,
    UpdateChannelTooLong,
    UpdateDeleteChannelMessages,
    UpdateEditChannelMessage,
    Updates,
    UserEmpty,
    UserFull,
)
from telethon.tl.types.contacts import ResolvedPeer
from telethon.tl.types.help import AppConfig
from telethon.tl.types.messages import (
    ChannelMessages,
    ChatFull,
    ChatInviteJoinResultOk,
    Chats,
    DialogFilters,
    Dialogs,
    PeerDialogs,
)
from telethon.tl.types.messages import MessageViews as ListOfViews
from telethon.tl.types.updates import (
    ChannelDifference,
    ChannelDifferenceEmpty,
    ChannelDifferenceTooLong,
    Difference,
    DifferenceEmpty,
    State,
)
from telethon.tl.types.users import UserFull as FullUserResult

from tests.fakes.telegram.call import Call, answers
from tests.fakes.telegram.faults import Refusal
from tests.fakes.telegram.world import Account, Channel, Event, Person, now

DC = 2
MOST_MESSAGES = 100
SOME_MESSAGES = 20
ACCOUNT_PTS = 1
"""Nothing ever happens outside channels."""

USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
INVITE = re.compile(r"\+?[A-Za-z0-9_-]{3,64}")


# The server and the account.


@answers(GetConfigRequest, before_login=True)
def get_config(call: Call) -> TLObject:
    here = DcOption(DC, call.server.host, call.server.port, static=True)
    return Config(
        date=now(),
        expires=now() + timedelta(hours=1),
        test_mode=False,
        this_dc=DC,
        dc_options=[here],
        dc_txt_domain_name="localhost",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1024,
        message_length_max=4096,
        webfile_dc_id=DC,
    )


@answers(GetNearestDcRequest, before_login=True)
def get_nearest_dc(_call: Call) -> TLObject:
    return NearestDc(country="ZZ", this_dc=DC, nearest_dc=DC)


@answers(GetAppConfigRequest, before_login=True)
def get_app_config(_call: Call) -> TLObject:
    return AppConfig(hash=1, config=JsonObject([]))


@answers(UpdateStatusRequest)
def update_status(_call: Call) -> bool:
    return True


@answers(GetUsersRequest)
def get_users(call: Call) -> Sequence[TLObject]:
    return [_user(call, one) for one in call.request.id]


def _user(call: Call, wanted: TLObject) -> TLObject:
    if isinstance(wanted, InputUserSelf):
        return call.account.view(call.account)
    someone = call.server.world.someone(getattr(wanted, "user_id", 0))
    return someone.view(call.account) if someone else UserEmpty(getattr(wanted, "user_id", 0))


@answers(GetFullUserRequest)
def get_full_user(call: Call) -> TLObject:
    user = _user(call, call.request.id)
    if isinstance(user, UserEmpty):
        raise Refusal(400, "USER_ID_INVALID")
    return FullUserResult(UserFull(user.id, PeerSettings(), PeerNotifySettings(), 0), chats=[], users=[user])


# Updates and what was missed of them.


@answers(GetStateRequest)
def get_state(_call: Call) -> TLObject:
    return _state()


def _state() -> State:
    return State(pts=ACCOUNT_PTS, qts=0, date=now(), seq=1, unread_count=0)


@answers(GetDifferenceRequest)
def get_difference(call: Call) -> TLObject:
    """Of channels it tells only which have gone on since the client's date; their own differences hold the rest."""
    since = call.request.date
    changed = [channel for channel in call.server.world.joined(call.account) if since and channel.changed >= since]
    if not changed:
        return DifferenceEmpty(now(), seq=1)
    return Difference(
        new_messages=[],
        new_encrypted_messages=[],
        other_updates=[UpdateChannelTooLong(channel.id, channel.pts) for channel in changed],
        chats=[channel.view(call.account) for channel in changed],
        users=[],
        state=_state(),
    )


@answers(GetChannelDifferenceRequest)
def get_channel_difference(call: Call) -> TLObject:
    channel = call.channel(call.request.channel)
    pts, limit = call.request.pts, max(call.request.limit, 1)
    if pts <= 0:
        raise Refusal(400, "PERSISTENT_TIMESTAMP_EMPTY")
    if pts > channel.pts:
        raise Refusal(400, "PERSISTENT_TIMESTAMP_INVALID")
    if pts == channel.pts:
        return ChannelDifferenceEmpty(channel.pts, final=True)
    if channel.pts - pts > call.server.channel_difference_limit:
        return _too_long(call, channel)
    events = channel.since(pts)
    return _slice(call, channel, events[:limit], final=len(events) <= limit)


def _slice(call: Call, channel: Channel, events: Sequence[Event], *, final: bool) -> TLObject:
    """New messages as they are now, unless they are gone again; edits of older ones; deletions."""
    new = {event.ids[0] for event in events if event.kind == "new"}
    messages = [channel.messages[one] for one in sorted(new) if one in channel.messages]
    others: list[TLObject] = []
    mentioned = list(messages)
    for event in events:
        if event.kind == "delete":
            others.append(UpdateDeleteChannelMessages(channel.id, list(event.ids), event.pts, event.count))
        elif event.kind == "edit" and event.ids[0] not in new and event.ids[0] in channel.messages:
            message = channel.messages[event.ids[0]]
            mentioned.append(message)
            others.append(UpdateEditChannelMessage(channel.on_wire(message), event.pts, event.count))
    chats, users = _mentioned(call, channel, mentioned)
    return ChannelDifference(
        pts=events[-1].pts,
        new_messages=[channel.on_wire(message) for message in messages],
        other_updates=others,
        chats=chats,
        users=users,
        final=final,
        timeout=30,
    )


def _too_long(call: Call, channel: Channel) -> TLObject:
    """Only the newest messages: the client is to read the history."""
    messages = [channel.messages[one] for one in channel.newest_first()[:SOME_MESSAGES]]
    chats, users = _mentioned(call, channel, messages)
    return ChannelDifferenceTooLong(
        dialog=_dialog(channel),
        messages=[channel.on_wire(message) for message in messages],
        chats=chats,
        users=users,
        final=True,
        timeout=30,
    )


# Histories.


@answers(GetHistoryRequest)
def get_history(call: Call) -> TLObject:
    request = call.request
    channel = call.channel(request.peer)
    ids = window(
        [(one, channel.messages[one].date) for one in channel.newest_first()],
        offset_id=request.offset_id,
        offset_date=_given(request.offset_date),
        add_offset=request.add_offset,
        limit=request.limit,
        max_id=request.max_id,
        min_id=request.min_id,
    )
    return _messages(call, channel, [channel.messages[one] for one in ids])


def _given(date: datetime | None) -> datetime | None:
    """A date of a request; none is sent as zero, which Telethon reads as the epoch."""
    return date if date and date.timestamp() > 0 else None


def window(
    history: Sequence[tuple[int, datetime]],
    *,
    offset_id: int,
    offset_date: datetime | None,
    add_offset: int,
    limit: int,
    max_id: int,
    min_id: int,
) -> list[int]:
    """
    Which ids a page of history holds, of ids and dates that are newest first. The offset is the place below `offset_id`, or
    without one below `offset_date`; `add_offset` moves it, up if negative; then come at most `limit`. Only what is left of
    these is filtered by `max_id` and `min_id`, both exclusive: filters make a page shorter, they never reach further.
    """
    if offset_id:
        start = sum(one >= offset_id for one, _ in history)
    elif offset_date:
        start = sum(date >= offset_date for _, date in history)
    else:
        start = 0
    start += add_offset
    end = start + (min(limit, MOST_MESSAGES) or SOME_MESSAGES)
    page = [one for one, _ in history[max(start, 0) : max(end, 0)]]
    return [one for one in page if (not max_id or one < max_id) and one > min_id]


@answers(GetChannelMessagesRequest)
def get_messages(call: Call) -> TLObject:
    channel = call.channel(call.request.channel)
    wanted = [one.id for one in call.request.id if isinstance(one, InputMessageID)]
    return _messages(call, channel, [channel.messages.get(one) or MessageEmpty(one, None) for one in wanted])


@answers(GetRichMessageRequest)
def get_rich_message(call: Call) -> TLObject:
    """The message with the whole of its rich text, where histories hold a part."""
    channel = call.channel(call.request.peer)
    message = channel.messages.get(call.request.id)
    if message is None:
        raise Refusal(400, "MESSAGE_ID_INVALID")
    return _messages(call, channel, [channel.in_full(message)])


@answers(GetMessagesViewsRequest)
def get_messages_views(call: Call) -> TLObject:
    channel = call.channel(call.request.peer)
    found = [channel.messages.get(one) for one in call.request.id]
    views = [MessageViews(one.views, one.forwards) if one else MessageViews() for one in found]
    return ListOfViews(views=views, chats=[channel.view(call.account)], users=[])


@answers(ReadChannelHistoryRequest)
def read_history(call: Call) -> bool:
    call.channel(call.request.channel)
    return True


def _messages(call: Call, channel: Channel, messages: Sequence[TLObject]) -> ChannelMessages:
    chats, users = _mentioned(call, channel, messages)
    return ChannelMessages(
        pts=channel.pts,
        count=len(channel.messages),
        messages=[channel.on_wire(message) for message in messages],
        topics=[],
        chats=chats,
        users=users,
    )


def _mentioned(call: Call, channel: Channel, messages: Iterable[TLObject]) -> tuple[list[TLObject], list[TLObject]]:
    """Chats and users that go with messages: the channel itself, the origins of forwards, the authors."""
    origins, users = call.server.world.mentioned(messages, call.account)
    return [one.encoded_view(call.account) for one in dict.fromkeys([channel, *origins])], list(users)


# Channels and invites.


@answers(ResolveUsernameRequest)
def resolve_username(call: Call) -> TLObject:
    username = call.request.username
    if not USERNAME.fullmatch(username):
        raise Refusal(400, "USERNAME_INVALID")
    found = call.server.world.named(username)
    if found is None:
        raise Refusal(400, "USERNAME_NOT_OCCUPIED")
    if isinstance(found, Person):
        return ResolvedPeer(PeerUser(found.id), chats=[], users=[found.view()])
    return ResolvedPeer(found.peer, chats=[found.view(call.account)], users=[])


@answers(GetChannelsRequest)
def get_channels(call: Call) -> TLObject:
    """A channel that the account was banned from is forbidden; one that it never might read is an error."""
    channels = [call.channel(one, to_read=False) for one in call.request.id]
    views = [channel.view(call.account) for channel in channels]
    for channel in channels:
        if not channel.username and call.account not in channel.members | channel.banned:
            raise Refusal(406, "CHANNEL_PRIVATE")
    return Chats(views)


@answers(GetFullChannelRequest)
def get_full_channel(call: Call) -> TLObject:
    channel = call.channel(call.request.channel)
    full = ChannelFull(
        id=channel.id,
        about=f"About {channel.title}",
        read_inbox_max_id=channel.top,
        read_outbox_max_id=0,
        unread_count=0,
        chat_photo=PhotoEmpty(0),
        notify_settings=PeerNotifySettings(),
        bot_info=[],
        pts=channel.pts,
        participants_count=len(channel.members),
    )
    return ChatFull(full, chats=[channel.view(call.account)], users=[])


@answers(JoinChannelRequest)
def join_channel(call: Call) -> TLObject:
    channel = call.channel(call.request.channel, to_read=False)
    if call.account not in channel.members and not channel.username:
        raise Refusal(406, "CHANNEL_PRIVATE")
    if call.account in channel.banned:
        raise Refusal(400, "USER_BANNED_IN_CHANNEL")
    return _join(call, channel)


@answers(LeaveChannelRequest)
def leave_channel(call: Call) -> TLObject:
    channel = call.channel(call.request.channel)
    if call.account not in channel.members:
        raise Refusal(400, "USER_NOT_PARTICIPANT")
    call.account.leave(channel)
    return _about(call.account, channel)


@answers(CheckChatInviteRequest)
def check_chat_invite(call: Call) -> TLObject:
    channel = _invited(call)
    if call.account in channel.members:
        return ChatInviteAlready(channel.view(call.account))
    return ChatInvite(
        title=channel.title,
        photo=PhotoEmpty(0),
        participants_count=len(channel.members),
        color=0,
        channel=True,
        broadcast=not channel.megagroup,
        megagroup=channel.megagroup,
        public=channel.username is not None,
        request_needed=channel.request_needed,
    )


@answers(ImportChatInviteRequest)
def import_chat_invite(call: Call) -> TLObject:
    channel = _invited(call)
    if call.account in channel.members:
        raise Refusal(400, "USER_ALREADY_PARTICIPANT")
    return _join(call, channel)


def _invited(call: Call) -> Channel:
    """The channel of an invite link. A link that was never given is told as one that has expired, as Telegram does."""
    invite = call.request.hash
    if not invite:
        raise Refusal(400, "INVITE_HASH_EMPTY")
    if not INVITE.fullmatch(invite):
        raise Refusal(400, "INVITE_HASH_INVALID")
    channel = call.server.world.invited(invite.removeprefix("+"))
    if channel is None:
        raise Refusal(406, "INVITE_HASH_EXPIRED")
    if call.account in channel.banned:
        raise Refusal(406, "CHANNEL_PRIVATE")
    return channel


def _join(call: Call, channel: Channel) -> TLObject:
    account, server = call.account, call.server
    if account not in channel.members:
        if server.channel_limit is not None and len(server.world.joined(account)) >= server.channel_limit:
            raise Refusal(400, "CHANNELS_TOO_MUCH")
        if channel.request_needed:
            channel.requests.add(account)
            raise Refusal(400, "INVITE_REQUEST_SENT")
        account.join(channel)
    return ChatInviteJoinResultOk(_about(account, channel))


def _about(account: Account, channel: Channel) -> Updates:
    """What the one who has changed something gets to know of it in the answer."""
    return Updates([UpdateChannel(channel.id)], users=[], chats=[channel.view(account)], date=now(), seq=0)


# The chat list.


@answers(GetDialogFiltersRequest)
def get_dialog_filters(call: Call) -> TLObject:
    return DialogFilters([DialogFilterDefault(), *call.account.folders])


@answers(GetDialogsRequest)
def get_dialogs(call: Call) -> TLObject:
    """All at once, whatever the offset: a fake account has no thousand chats."""
    return Dialogs(**_dialogs(call, call.server.world.joined(call.account)))


@answers(GetPeerDialogsRequest)
def get_peer_dialogs(call: Call) -> TLObject:
    channels = [call.channel(one.peer) for one in call.request.peers]
    return PeerDialogs(**_dialogs(call, channels), state=_state())


def _dialogs(call: Call, channels: Sequence[Channel]) -> dict[str, list[TLObject]]:
    tops = [(channel, channel.messages[max(channel.messages)]) for channel in channels if channel.messages]
    origins, users = call.server.world.mentioned([message for _, message in tops], call.account)
    chats = dict.fromkeys([*channels, *origins])
    return {
        "dialogs": [_dialog(channel) for channel in channels],
        "messages": [channel.on_wire(message) for channel, message in tops],
        "chats": [channel.view(call.account) for channel in chats],
        "users": list(users),
    }


def _dialog(channel: Channel) -> Dialog:
    return Dialog(
        peer=channel.peer,
        top_message=max(channel.messages, default=0),
        read_inbox_max_id=channel.top,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=PeerNotifySettings(),
        pts=channel.pts,
    )
