"""The watcher goes on after what nobody foresaw."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

from platewise.bot import watching
from platewise.bot.case import Tools
from platewise.bot.server import Refused
from platewise.bot.state import State
from platewise.bot.stream import Happening, happenings
from platewise.bot.watching import Watcher


class Garbling:
    """A server behind something that spoils its first answer, and that later wants the bot no more."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []

    async def events(self, after: int | None) -> AsyncIterator[Happening]:
        self.asked.append(after)
        if len(self.asked) == 3:
            raise Refused(403, "go away")
        async for happening in happenings(self._bytes()):
            yield happening

    async def _bytes(self) -> AsyncIterator[bytes]:
        yield b"id: 7\nevent: Entered\ndata: " + (b"<html>" if len(self.asked) == 1 else b'{"payload": {}}')
        yield b"\n\n"
        if len(self.asked) == 2:
            raise RuntimeError("gone")


def test_a_stream_that_cannot_be_understood_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "FIRST", 0.01)
    server, state = Garbling(), State.load(tmp_path / "state.json")
    tools = Tools(*cast(Any, (None, server, None, None, state)))
    with caplog.at_level(logging.ERROR), ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, Watcher(tools).run()).result(20)
    assert server.asked == [None, None, 7]
    assert [line.partition(";")[0] for line in caplog.messages] == [
        "the server's events cannot be followed",
        "the server's events cannot be followed",
        "nothing is watched: the server refuses (403: go away)",
    ]
