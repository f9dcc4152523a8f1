"""The parts of the sender: what it has claimed, what it writes down, whether Telegram can be reached, its requests."""
