"""The process that captures one source, ``python -m platewise.ingest.child``; its parent may kill it.

Standard input brings a line of JSON that says what to open, then one byte for each frame that is wanted.
Standard output takes a line of JSON for each, followed by the pixels of the frame if there is one.
"""

import json
import os
import sys
import threading
from typing import BinaryIO

import numpy as np

from platewise.errors import PlatewiseError
from platewise.ingest.addresses import Address, Kind
from platewise.ingest.pace import Pace, Waiting
from platewise.ingest.shots import Source

COMMAND = (sys.executable, "-m", "platewise.ingest.child")
ASK = b"?"


def main() -> None:
    """Capture until the source ends or the parent is gone."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints does not get between the frames
    told = sys.stdin.buffer
    address, pace = order(told.readline())
    waiting = Waiting(pace, newest=address.live)
    threading.Thread(target=_capture, args=(address, pace, waiting), daemon=True).start()
    try:
        while told.read(1) == ASK and _answer(out, waiting):
            pass
    except BrokenPipeError:
        return  # the parent is gone


def ordered(address: Address, pace: Pace) -> bytes:
    """Return the line that tells the process what to do: not its arguments, which every user may read."""
    told = {"kind": address.kind.value, "target": address.target, "options": address.options}
    return json.dumps({**told, "every": pace.every, "fps": pace.fps, "once": pace.once}).encode() + b"\n"


def order(line: bytes) -> tuple[Address, Pace]:
    """Return what that line says."""
    told = json.loads(line)
    options = tuple((str(name), str(value)) for name, value in told["options"])
    address = Address(Kind(told["kind"]), told["target"], options)
    return address, Pace(told["every"], told["fps"], told["once"])


def open_source(address: Address, pace: Pace) -> Source:
    """Return the opened source; PyAV reads video where it is installed, OpenCV else and webcams."""
    if address.stills:
        from platewise.ingest.pictures import open_pictures

        return open_pictures(address, pace.once)
    if address.kind is not Kind.WEBCAM:
        try:
            from platewise.ingest.video import AvSource

            return AvSource(address)
        except ModuleNotFoundError as error:
            if error.name != "av":
                raise
    from platewise.ingest.fallback import CvSource

    return CvSource(address)


def _capture(address: Address, pace: Pace, waiting: Waiting) -> None:
    """Fill ``waiting`` until the source ends."""
    try:
        source = open_source(address, pace)
        waiting.total = source.total
        try:
            for shot in source.shots():
                waiting.put(shot)
        finally:
            source.close()
    except PlatewiseError as error:
        waiting.end(str(error))
    except Exception as error:  # noqa: BLE001  whatever a decoder does, the parent must hear of it
        waiting.end(address.hide(f"{address} failed: {error!r}"))
    else:
        waiting.end()


def _answer(out: BinaryIO, waiting: Waiting) -> bool:
    """Send the next frame; tell whether there may be more."""
    taken = waiting.take()
    head = {"captured": taken.captured, "dropped": taken.dropped, "total": waiting.total}
    if taken.shot is None:
        _send(out, {**head, "end": True, "problem": waiting.problem})
        return False
    try:
        pixels = np.ascontiguousarray(taken.shot.picture())
    except PlatewiseError as error:
        _send(out, {**head, "dropped": taken.dropped + 1, "end": False, "problem": str(error)})
        return True
    height, width = pixels.shape[:2]
    frame = {"at": taken.shot.at, "number": taken.number, "height": height, "width": width}
    _send(out, {**head, **frame}, pixels.reshape(-1).data)
    return True


def _send(out: BinaryIO, head: dict[str, object], pixels: memoryview | bytes = b"") -> None:
    out.write(json.dumps(head).encode() + b"\n")
    out.write(pixels)
    out.flush()


if __name__ == "__main__":
    main()
