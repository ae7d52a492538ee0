"""An RTSP camera for the tests: H.264 in RTP, interleaved on the TCP connection."""

import re
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

import av
from listening import Listening

from platewise.core.frame import Pixels

PAYLOAD, MOST, CLOCK = 96, 1300, 90_000
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    f"m=video 0 RTP/AVP {PAYLOAD}\r\na=rtpmap:{PAYLOAD} H264/{CLOCK}\r\n"
    f"a=fmtp:{PAYLOAD} packetization-mode=1\r\na=control:track1\r\n"
)


class RtspCamera(Listening):
    """Plays pictures over and over to whoever connects."""

    def __init__(self, pictures: Sequence[Pixels], fps: float = 25.0) -> None:
        self._units, self._fps = encoded(pictures, fps), fps
        super().__init__()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def serve(self, connection: socket.socket, number: int) -> None:
        while self._reply(connection, connection.recv(4096).decode("latin-1")):
            pass

    def _reply(self, connection: socket.socket, request: str) -> bool:
        if not request:
            return False
        verb = request.split(" ", 1)[0]
        number = re.search(r"CSeq: *(\d+)", request, re.I)
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number[1] if number else 0}\r\nSession: 1\r\n"
        if verb == "DESCRIBE":
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}"
        elif verb == "SETUP":
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
        elif verb == "OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"
        else:
            head += "\r\n"
        connection.sendall(head.encode())
        if verb == "PLAY":
            self._play(connection)
        return verb not in ("PLAY", "TEARDOWN")

    def _play(self, connection: socket.socket) -> None:
        sequence, start, number = 0, time.monotonic(), 0
        while not self.closed.is_set():
            for payload, last in packets(self._units[number % len(self._units)]):
                stamp = int(number * CLOCK / self._fps) & 0xFFFFFFFF
                head = struct.pack(">BBHII", 0x80, PAYLOAD | (0x80 if last else 0), sequence, stamp, 1)
                data = head + payload
                connection.sendall(b"$\0" + struct.pack(">H", len(data)) + data)
                sequence = (sequence + 1) & 0xFFFF
            number += 1
            time.sleep(max(start + number / self._fps - time.monotonic(), 0))


def encoded(pictures: Sequence[Pixels], fps: float) -> list[list[bytes]]:
    """Return each picture as H.264 units, the first of them a key frame."""
    codec = av.CodecContext.create("libx264", "w")
    codec.height, codec.width = pictures[0].shape[:2]
    codec.pix_fmt, codec.time_base, codec.framerate = "yuv420p", Fraction(1, CLOCK), Fraction(fps)
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=10"}
    found = []
    for number, picture in enumerate([*pictures, None]):
        frame = None
        if picture is not None:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = int(number * CLOCK / fps), Fraction(1, CLOCK)
        for packet in codec.encode(frame):
            found.append([unit for unit in re.split(b"\0\0\0?\1", bytes(packet)) if unit])
    return found


def packets(units: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield the payloads of RTP packets, and whether each ends its picture (RFC 6184)."""
    for unit in units:
        last_unit = unit is units[-1]
        if len(unit) <= MOST:
            yield unit, last_unit
            continue
        body, kind = unit[1:], unit[0] & 0x1F
        parts = [body[i : i + MOST] for i in range(0, len(body), MOST)]
        for i, part in enumerate(parts):
            ends = i == len(parts) - 1
            mark = (0x80 if i == 0 else 0) | (0x40 if ends else 0) | kind
            yield bytes([(unit[0] & 0xE0) | 28, mark]) + part, last_unit and ends


@contextmanager
def rtsp_camera(pictures: Sequence[Pixels], fps: float = 25.0) -> Iterator[RtspCamera]:
    camera = RtspCamera(pictures, fps)
    try:
        yield camera
    finally:
        camera.close()
