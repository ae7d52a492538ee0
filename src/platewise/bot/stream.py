"""Server-sent events: the lines of a stream as happenings."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the server: its number, kind and what it tells; no kind where only the number is told."""

    id: int
    kind: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


async def happenings(stream: AsyncIterator[bytes]) -> AsyncIterator[Happening]:
    """Yield the events of a stream of bytes, as they are complete."""
    waiting = b""
    async for part in stream:
        *blocks, waiting = (waiting + part).split(b"\n\n")
        for block in blocks:
            happening = _happening(block)
            if happening:
                yield happening


def _happening(block: bytes) -> Happening | None:
    """Return the event of a block of lines ``name: value``; None for a sign of life."""
    lines = (line.partition(": ") for line in block.decode("utf-8", "replace").split("\n"))
    told = {name: value for name, _, value in lines}
    if not told.get("id", "").isdecimal():
        return None
    payload = json.loads(told["data"])["payload"] if "data" in told else {}
    return Happening(int(told["id"]), told.get("event", ""), payload)
