"""The Telegram bot: a process of its own that talks to the server over HTTP, as any other client."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "true")  # python-telegram-bot tells spans of time as timedelta
