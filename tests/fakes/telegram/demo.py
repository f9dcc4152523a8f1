"""A Telegram to play with: invented channels in which something happens every few seconds."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import timedelta

from telethon.tl.types import MessageFwdHeader

from tests.fakes.telegram import posts
from tests.fakes.telegram.server import FakeTelegram
from tests.fakes.telegram.world import Account, Channel, now

BACKLOG = 40
SCAN_AFTER = 3.0


class Demo:
    """The channels of one server, and the hand that writes in them."""

    def __init__(self, server: FakeTelegram, account: Account, channels: int, say: Callable[[str], None]) -> None:
        self._say = say
        self._dice = random.Random(229)
        self._languages: dict[Channel, str] = {}
        for number in range(channels):
            title, username, language = posts.CHANNELS[number % len(posts.CHANNELS)]
            turn = number // len(posts.CHANNELS) + 1
            channel = server.add_channel(title, username if turn == 1 else f"{username}_{turn}")
            self._languages[channel] = language
            self._write_backlog(channel, language)
        account.add_folder("ML", list(self._languages))

    @property
    def channels(self) -> list[Channel]:
        return list(self._languages)

    async def go_on(self, every: float) -> None:
        """Until it is cancelled: mostly posts."""
        happenings = [self._post, self._album, self._forward, self._edit, self._delete, self._count]
        while True:
            await asyncio.sleep(every)
            (happening,) = self._dice.choices(happenings, weights=[12, 1, 2, 2, 1, 2])
            channel = self._dice.choice(self.channels)
            self._say(f"{channel.username}: {happening(channel)}")

    def _write_backlog(self, channel: Channel, language: str) -> None:
        hours = timedelta(hours=self._dice.choice([1, 2, 3]))
        for message in channel.backlog(BACKLOG, every=hours):
            text = posts.write(self._dice, language)
            message.message, message.entities = text.text, text.entities
            message.views = self._dice.randint(200, 9000)

    def _post(self, channel: Channel) -> str:
        text = posts.write(self._dice, self._languages[channel])
        message = channel.post(text.text, entities=text.entities)
        return f"post {message.id}, {_beginning(text.text)}"

    def _album(self, channel: Channel) -> str:
        text = posts.write(self._dice, self._languages[channel])
        messages = channel.post_album([text.text, "", ""])
        return f"album {messages[0].id}–{messages[-1].id}, {_beginning(text.text)}"

    def _forward(self, channel: Channel) -> str:
        origin = self._dice.choice([one for one in self.channels if one is not channel] or [channel])
        original = origin.messages[self._recent(origin)]
        header = MessageFwdHeader(date=original.date, from_id=origin.peer, channel_post=original.id)
        message = channel.post(original.message, entities=original.entities, fwd_from=header)
        return f"post {message.id}, forwarded from {origin.username}/{original.id}"

    def _edit(self, channel: Channel) -> str:
        message = channel.messages[self._recent(channel)]
        channel.edit(message.id, message.message + posts.UPDATE[self._languages[channel]], entities=message.entities)
        return f"edit of {message.id}"

    def _delete(self, channel: Channel) -> str:
        if len(channel.messages) < BACKLOG // 2:
            return self._post(channel)
        message_id = self._recent(channel)
        channel.delete(message_id)
        return f"{message_id} is deleted"

    def _count(self, channel: Channel) -> str:
        message_id = self._recent(channel)
        views = (channel.messages[message_id].views or 0) + self._dice.randint(10, 500)
        channel.count(message_id, views=views, reactions={"🔥": views // 90 + 1})
        return f"{message_id} has {views} views"

    def _recent(self, channel: Channel) -> int:
        return self._dice.choice(channel.newest_first()[:10])


def scan_soon(server: FakeTelegram, account: Account, say: Callable[[str], None]) -> Callable[[], None]:
    """What to do when a QR code is shown: the account scans it after three seconds."""
    loop = asyncio.get_running_loop()

    def scan() -> None:
        # Another way in may have been quicker.
        with contextlib.suppress(LookupError):
            server.scan_qr(account)
            say(f"{now():%H:%M:%S} the QR code is scanned")

    def shown() -> None:
        loop.call_later(SCAN_AFTER, scan)

    return shown


def _beginning(text: str) -> str:
    return f"“{text.splitlines()[0][:60]}”"
