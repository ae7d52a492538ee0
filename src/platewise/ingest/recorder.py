"""Writes MP4: H.264 where the installed PyAV has it, MPEG-4 else."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from platewise.core.frame import Pixels
from platewise.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

CODECS = {"libx264": {"preset": "veryfast", "crf": "23"}, "mpeg4": {"qscale": "3"}}
"""The codecs in the order of preference, with their options."""
TICKS = 90_000
"""Parts of a second that a frame's time is given in."""


class Recorder:
    """A video being written; the first frame decides its size."""

    def __init__(self, path: Path, fps: float) -> None:
        """Create the file; MissingExtra without PyAV, InputError where it cannot be written."""
        try:
            import av
        except ImportError as error:
            raise MissingExtra("writing video", "camera") from error
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container: OutputContainer = av.open(str(path), "w", format="mp4")
        except (av.FFmpegError, OSError) as error:
            raise InputError(f"{path} cannot be written: {error}") from error
        self._rate = Fraction(fps).limit_denominator(1001)
        self._stream: VideoStream | None = None
        self._last = -1

    def write(self, pixels: Pixels, second: float) -> None:
        """Add a frame ``(H, W, 3) uint8 RGB`` at a second of the video; odd sides lose their last px."""
        import av

        even = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
        stream = self._stream = self._stream or self._begin(even)
        frame = av.VideoFrame.from_ndarray(even, format="rgb24")
        if (frame.width, frame.height) != (stream.width, stream.height):
            frame = frame.reformat(stream.width, stream.height)
        self._last = max(round(second * TICKS), self._last + 1)
        frame.pts, frame.time_base = self._last, Fraction(1, TICKS)
        self._container.mux(stream.encode(frame))

    def close(self) -> None:
        """Finish the file."""
        if self._stream:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def _begin(self, pixels: Pixels) -> "VideoStream":
        import av

        name = next(name for name in CODECS if name in av.codecs_available)
        stream = cast("VideoStream", self._container.add_stream(name, rate=self._rate, options=CODECS[name]))
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        return stream


@contextmanager
def recording(path: Path, fps: float) -> Iterator[Recorder]:
    """Open a recorder for a while; what was written is a whole file also when the run ends early."""
    recorder = Recorder(path, fps)
    try:
        yield recorder
    finally:
        recorder.close()
