"""The bot as a process between a Bot API over HTTP and the server over HTTP."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")
pytest.importorskip("waitress", reason="needs the [serve] extra")

from fake_http import TOKEN
from fake_telegram import FakeTelegram
from running import Bot, Site

from platewise import clock
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.vision.reader import Reader


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    fake = FakeTelegram()
    yield fake
    fake.close()


@pytest.fixture(autouse=True)
def _quick_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server notice at once that nobody listens to a stream any more."""
    monkeypatch.setattr("platewise.web.v1.events.HEARTBEAT", 0.2)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/platewise.sqlite3", tmp_path / "images", 2**30)
    yield store
    store.close()


@pytest.fixture
def site(kept: Store, tiny_reader: Reader) -> Iterator[Site]:
    """Return the server, reading as ``tiny_reader`` does, as often as it is asked to."""
    server = Site(kept, Reader(settings=replace(tiny_reader.settings, reads_per_minute=0)))
    yield server
    server.close()


RunBot = Callable[..., Bot]
Times = Callable[[float], datetime]


@pytest.fixture
def run_bot(telegram: FakeTelegram, tmp_path: Path) -> Iterator[RunBot]:
    """Return what starts a bot of a server; settings are named as in the environment, without the prefix."""
    bots: list[Bot] = []

    def run(site: Site, *options: str, **settings: str) -> Bot:
        number = len(bots)
        own = {
            "TOKEN": TOKEN,
            "API": telegram.url,
            "SERVER": site.url,
            "SERVER_TOKEN": site.token,
            "CHATS": "everyone",
            "STATE": str(tmp_path / f"bot{number}.json"),
            **settings,
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATEWISE_")}
        environment |= {f"PLATEWISE_BOT_{name}": value for name, value in own.items()}
        command = [sys.executable, "-c", "from platewise.cli.main import main; main()", "bot", *options]
        bots.append(Bot(command, environment, tmp_path / f"bot{number}.log"))
        return bots[-1]

    yield run
    for bot in bots:
        with _ended(bot):
            bot.stop()


@contextmanager
def _ended(bot: Bot) -> Iterator[None]:
    """Never leave a process behind, and never let a secret pass."""
    try:
        yield
    finally:
        if bot.process.poll() is None:
            bot.kill()
    assert TOKEN.partition(":")[2] not in bot.log
    assert "Traceback" not in bot.log, bot.log
    assert "Warning" not in bot.log, bot.log


@pytest.fixture
def times() -> Times:
    """Return what gives a time so many minutes after a start some hours ago: no two are one passing."""
    start = clock.now().replace(microsecond=0) - timedelta(hours=5)
    return lambda minutes: start + timedelta(minutes=minutes)
