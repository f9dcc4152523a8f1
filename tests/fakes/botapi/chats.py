"""Chats: their members and what these may do, their messages and topics, and when the bot may read or write there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.botapi.errors import bad_request, forbidden
from tests.fakes.botapi.messages import Account, Message

Json = dict[str, Any]

#: The rights of an administrator, as the Bot API names them.
RIGHTS = (
    "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members can_change_info "
    "can_invite_users can_post_stories can_edit_stories can_delete_stories can_send_welcome_messages"
).split()
CHANNEL_RIGHTS = ["can_post_messages", "can_edit_messages", "can_manage_direct_messages"]
GROUP_RIGHTS = ["can_pin_messages", "can_manage_topics", "can_manage_tags"]
#: What a restricted member may be forbidden.
PERMISSIONS = (
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes "
    "can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_react_to_messages "
    "can_edit_tag can_change_info can_invite_users can_pin_messages can_manage_topics"
).split()
PRESENT = frozenset({"creator", "administrator", "member"})


@dataclass(eq=False)
class Member:
    """Somebody's standing in a chat. `rights` are an administrator's rights, or what a restricted member still may do."""

    account: Account
    status: str = "left"
    rights: frozenset[str] = frozenset()

    @property
    def is_present(self) -> bool:
        return self.status in PRESENT or self.status == "restricted"

    @property
    def is_admin(self) -> bool:
        return self.status in {"creator", "administrator"}

    def may(self, right: str) -> bool:
        """Whether an administrator has this right."""
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)

    def wire(self, kind: str) -> Json:
        shown: Json = {"status": self.status, "user": self.account.wire()}
        match self.status:
            case "creator":
                return shown | {"is_anonymous": False}
            case "administrator":
                names = [*RIGHTS, *(CHANNEL_RIGHTS if kind == "channel" else GROUP_RIGHTS)]
                flags = {name: name in self.rights for name in names}
                return shown | {"can_be_edited": False, "is_anonymous": False} | flags
            case "restricted":
                flags = {name: name in self.rights for name in PERMISSIONS}
                return shown | {"is_member": True, "until_date": 0} | flags
            case "kicked":
                return shown | {"until_date": 0}
            case _:
                return shown


@dataclass(eq=False)
class Topic:
    """A topic of a forum; its id is that of the message that opened it."""

    id: int
    name: str
    opening: Json
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft that the bot shows while it is still writing."""

    id: int
    text: str
    entities: tuple[Json, ...]
    thread: int | None


@dataclass(eq=False)
class Chat:
    """A chat as the server has it. `sent` is all that the bot has sent or edited here, in its order."""

    id: int
    kind: str
    title: str = ""
    username: str | None = None
    is_forum: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    deleted: list[Message] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    members_may_write: bool = True
    upgraded_to: int | None = None
    numbers: Callable[[], int] = field(default=lambda: 0, repr=False)
    """Gives the next message id: one row for private chats and groups together, one of its own for each supergroup."""

    @property
    def is_group(self) -> bool:
        return self.kind in {"group", "supergroup"}

    def wire(self) -> Json:
        shown: Json = {"id": self.id, "type": self.kind, "title": self.title}
        if self.username:
            shown["username"] = self.username
        return shown | ({"is_forum": True} if self.is_forum else {})

    def show(self, message: Message) -> Json:
        return message.wire(self.wire())

    def place(self, topic: Topic | None, original: Message | None) -> Json:
        """Where a new message stands: the thread it belongs to and what it answers, as the fields of a Message."""
        quoted = None
        if original is not None:
            quoted = self.show(original)
            quoted.pop("reply_to_message", None)
            if topic is None and original.is_topic:
                topic = self.topics.get(original.thread or 0)
        if topic is not None:
            # A message in a topic answers the message that opened it, if no other.
            return {"thread": topic.id, "is_topic": True, "reply": quoted or topic.opening}
        if original is None or self.kind != "supergroup":
            return {"reply": quoted}
        # Answers make threads, which look like topics and are none: nobody can write to them.
        return {"thread": original.thread or original.id, "reply": quoted}

    def member(self, account: Account) -> Member:
        """The standing of an account; of a stranger, as one who has left."""
        return self.members.setdefault(account.id, Member(account))

    # What the bot may do here.

    def check_readable(self, bot: Account, *, edits: bool = False) -> None:
        """Refuses the bot what it may not see (or, with `edits`, not change)."""
        me, word = self.member(bot), self.kind
        if self.kind == "group" and not edits:
            return  # a basic group can be looked at from outside
        if me.status == "kicked":
            raise forbidden(f"bot was kicked from the {word} chat")
        if not me.is_present and (edits or not self.username):
            raise forbidden(f"bot is not a member of the {word} chat")

    def check_writable(self, bot: Account) -> None:
        """Refuses the bot what it may not write to."""
        if self.upgraded_to is not None:
            reason = "group chat was upgraded to a supergroup chat"
            raise bad_request(reason, migrate_to_chat_id=self.upgraded_to)
        self.check_readable(bot, edits=True)
        me = self.member(bot)
        if self.kind == "channel":
            if not me.may("can_post_messages"):
                raise bad_request("need administrator rights in the channel chat")
            return
        muted = me.status == "restricted" and "can_send_messages" not in me.rights
        if muted or (me.status == "member" and not self.members_may_write):
            raise bad_request("not enough rights to send text messages to the chat")

    def check_deletable(self, message: Message, bot: Account) -> None:
        """Refuses to delete what the bot may not delete."""
        me = self.member(bot)
        if not message.by_bot and not me.may("can_delete_messages"):
            raise bad_request("message can't be deleted")

    def topic(self, thread: int | None, bot: Account) -> Topic | None:
        """The topic that a message goes to; None outside of topics. A thread that is none, or is closed, is refused."""
        if thread is None:
            return None
        topic = self.topics.get(thread)
        if topic is None:
            # So it is for the General topic as well, whose number is 1, and for threads that replies make.
            raise bad_request("message thread not found")
        if topic.closed and not self.member(bot).may("can_manage_topics"):
            raise bad_request("TOPIC_CLOSED")
        return topic

    def is_seen(self, message: Message, bot: Account, *, reads_all: bool) -> bool:
        """Whether the bot is told of a person's message: in a group its privacy mode hides what is not meant for it."""
        me = self.member(bot)
        if not me.is_present:
            return False
        if not self.is_group or me.is_admin or reads_all or message.content.keys() & SERVICE:
            return True
        to_me = (message.reply or {}).get("from", {}).get("id") == bot.id
        name = f"@{bot.username}".lower()
        return to_me or _is_command_for(message, name) or name in [one.lower() for one in message.covered("mention")]


def _is_command_for(message: Message, name: str) -> bool:
    first = message.words.split(maxsplit=1)[:1]
    if not first or not first[0].startswith("/"):
        return False
    _, at, addressee = first[0].partition("@")
    return not at or f"@{addressee}".lower() == name


#: What marks a message as one of the service.
SERVICE = frozenset(
    "new_chat_members left_chat_member migrate_to_chat_id migrate_from_chat_id forum_topic_created forum_topic_closed "
    "forum_topic_reopened group_chat_created supergroup_chat_created".split()
)
