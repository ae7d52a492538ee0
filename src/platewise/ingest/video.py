"""Video through PyAV: files, RTSP, and what comes over HTTP, dated by the stream's own timestamps."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from platewise.core.frame import Pixels
from platewise.errors import InputError
from platewise.ingest.addresses import Address, Kind
from platewise.ingest.shots import MOST_PIXELS, Shot, StreamClock

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

FILES = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,flv,mjpeg,mpegvideo,h264,hevc"
"""Demuxers of plain files: none that opens other addresses, as playlists do."""
OPEN = {
    Kind.VIDEO: {"protocol_whitelist": "file", "format_whitelist": FILES},
    Kind.HTTP: {
        "protocol_whitelist": "http,https,tcp,tls",
        "format_whitelist": f"mpjpeg,{FILES}",
        "use_wallclock_as_timestamps": "1",
        "fflags": "nobuffer",
    },
    Kind.RTSP: {
        "protocol_whitelist": "rtsp,rtsps,rtp,udp,tcp,tls,http",
        "format_whitelist": "rtsp,sdp,rtp",
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "fflags": "nobuffer",
    },
}
WAIT = 6.0
"""Seconds for opening, and for each next picture."""
BROKEN = 100
"""So many damaged packets in a row end a video."""


class AvSource:
    """A video that PyAV opens."""

    def __init__(self, address: Address) -> None:
        """Open it; InputError where that cannot be."""
        import av

        self._address = address
        given = dict(address.options)
        wait = float(given.pop("timeout", WAIT))
        target = os.path.abspath(address.target) if address.kind is Kind.VIDEO else address.target
        try:
            self._container: InputContainer = av.open(
                target, options={**OPEN[address.kind], **given}, timeout=(wait, wait)
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            raise InputError(f"{address} cannot be opened: {address.hide(_told(error))}") from None
        if not self._container.streams.video:
            raise InputError(f"{address} has no picture in it")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "SLICE" if address.live else "AUTO"
        self.total = self._stream.frames or self._estimated()

    def shots(self) -> Iterator[Shot]:
        """Yield every picture of the first video stream."""
        dated = StreamClock() if self._address.live else None
        base = 0.0 if dated else self._began()
        rate = float(self._stream.average_rate or 25)
        for number, frame in enumerate(self._frames()):
            second = float(frame.time) if frame.time is not None else None
            at = dated.at(second) if dated else base + (number / rate if second is None else second)
            yield Shot(at, lambda frame=frame: pixels(frame))  # type: ignore[misc]

    def close(self) -> None:
        """Close the file or the connection."""
        self._container.close()

    def _frames(self) -> "Iterator[VideoFrame]":
        """Yield the decoded pictures; damaged packets are passed over."""
        import av

        broken = 0
        try:
            for packet in self._container.demux(self._stream):
                try:
                    decoded = packet.decode()
                except av.InvalidDataError:
                    broken += 1
                    if broken > BROKEN:
                        raise
                    continue
                broken = 0 if decoded else broken
                yield from decoded
        except (av.FFmpegError, OSError) as error:
            raise InputError(f"{self._address} broke off: {self._address.hide(_told(error))}") from None

    def _began(self) -> float:
        """Return when a file's first picture was taken: as it says itself, else by the file's time."""
        try:
            said = datetime.fromisoformat(self._container.metadata["creation_time"])
            return (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
        except (KeyError, ValueError):
            return Path(self._address.target).stat().st_mtime - (self._container.duration or 0) / 1e6

    def _estimated(self) -> int | None:
        if self._address.live or not self._container.duration or not self._stream.average_rate:
            return None
        return round(self._container.duration / 1e6 * float(self._stream.average_rate))


def pixels(frame: "VideoFrame") -> Pixels:
    """Return a decoded picture as ``(H, W, 3) uint8 RGB``, upright."""
    if frame.width * frame.height > MOST_PIXELS:
        raise InputError(f"a picture of {frame.width} x {frame.height} px is too large")
    picture = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90) % 4), np.uint8)


def _told(error: Exception) -> str:
    if type(error).__name__ == "ExitError":  # how FFmpeg calls a time-out
        return "no answer in time"
    return str(getattr(error, "strerror", None) or error)
