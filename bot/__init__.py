"""What readers and admins see and say, on Telegram, in a terminal and in files; and how digests reach them."""

from bot.deferred import defer

defer()  # before anything here imports aiogram
