"""The video of what was read: every frame with its plates, and the vehicles told so far."""

from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

from platewise.core.frame import Frame
from platewise.core.read import Read
from platewise.core.sighting import Sighting
from platewise.ingest.recorder import Recorder
from platewise.vision.annotate import annotate, label

LINES = 4
"""So many of the last sightings are shown in the corner."""
RATE = 25.0


class AnnotatedVideo:
    """Takes frames with their reads as they are read, and sightings as they are told."""

    def __init__(self, path: Path) -> None:
        """Write to an MP4."""
        self._recorder = Recorder(path, RATE)
        self._start: datetime | None = None
        self._lines: deque[str] = deque(maxlen=LINES)

    def show(self, frame: Frame, reads: list[Read]) -> None:
        """Write a frame."""
        pixels = annotate(frame.pixels, reads)
        top = 0
        for line in list(self._lines):
            tag = label(line, max(14, frame.height // 36))[: frame.height - top, : frame.width]
            pixels[top : top + tag.shape[0], : tag.shape[1]] = tag
            top += tag.shape[0]
        at = frame.captured_at or datetime.min
        self._start = self._start or at
        self._recorder.write(pixels, (at - self._start) / timedelta(seconds=1))

    def tell(self, sighting: Sighting) -> None:
        """Show a sighting from the next frame on."""
        self._lines.append(str(sighting))

    def close(self) -> None:
        """Finish the file."""
        self._recorder.close()
