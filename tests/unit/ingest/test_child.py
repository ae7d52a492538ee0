import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from platewise.ingest import child
from platewise.ingest.addresses import Address, Kind, parse
from platewise.ingest.pace import Pace, Waiting


def spoken(address: Address, pace: Pace = Pace()) -> list[tuple[dict[str, Any], int]]:  # noqa: B008
    """Return the lines that the process sends for a source, each with the bytes of pixels after it."""
    waiting, out = Waiting(pace, newest=False), io.BytesIO()
    thread = threading.Thread(target=child._capture, args=(address, pace, waiting))
    thread.start()
    while child._answer(out, waiting):
        pass
    thread.join()
    out.seek(0)
    said = []
    while line := out.readline():
        head = json.loads(line)
        said.append((head, len(out.read(head.get("height", 0) * head.get("width", 0) * 3))))
    return said


def test_every_frame_is_sent_and_counted_and_the_end_is_told(road_video: Path) -> None:
    *frames, (last, _) = spoken(parse(str(road_video)))
    assert [head["number"] for head, _ in frames] == list(range(45))
    assert {size for _, size in frames} == {320 * 240 * 3}
    assert (last["end"], last["problem"], last["total"]) == (True, None, 45)
    assert sum(head["captured"] for head, _ in [*frames, (last, 0)]) == 45


def test_a_bad_picture_is_told_and_counted_as_dropped(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (bad, _), (last, _) = spoken(parse(str(tmp_path)), Pace(once=True))
    assert (bad["captured"], bad["dropped"], bad["end"]) == (1, 1, False)
    assert "a.jpg" in bad["problem"]
    assert last["end"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (Address(Kind.VIDEO, "nowhere.mp4"), "cannot be opened"),
        (Address(Kind.FOLDER, "nowhere"), "failed: FileNotFoundError"),
        (Address(Kind.RTSP, "rtsp://u:canary@127.0.0.1:1/x", (("timeout", "2"),)), "Connection refused"),
    ],
)
def test_why_a_source_ended_is_told_without_secrets(address: Address, said: str) -> None:
    ((last, _),) = spoken(address)
    assert last["end"]
    assert said in last["problem"]
    assert "canary" not in last["problem"]
