"""Cameras for the tests: a real HTTP-MJPEG server on this machine that can be told to misbehave."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np
from listening import Listening

from platewise.core.frame import Pixels

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


def scene(number: int, size: tuple[int, int] = (320, 240)) -> Pixels:
    """Return a dark picture with a bright plate that moves, as the reader ``tiny`` reads it."""
    picture = np.full((size[1], size[0], 3), 20, np.uint8)
    x = 20 + 12 * (number % 20)
    picture[100:130, x : x + 60] = 255
    return picture


@dataclass
class FakeCamera(Listening):
    """Serves MJPEG. ``fault`` says what the first ``bad`` connections do, most after ``good`` frames."""

    fps: float = 25.0
    good: int = 5
    bad: int = 1
    location: str = "file:///etc/hostname"
    fault: str | None = None
    size: tuple[int, int] = (320, 240)
    sent: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://user:canary-s3cret@127.0.0.1:{self.port}/video?token=canary-t0ken"

    def serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(30)
        connection.recv(4096)
        self._answer(connection, self.fault if number <= self.bad else None)

    def _answer(self, connection: socket.socket, fault: str | None) -> None:
        if fault in ("401", "404"):
            connection.sendall(f"HTTP/1.1 {fault} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        if fault == "redirect":
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {self.location}\r\n\r\n".encode())
            return
        if fault == "deaf":
            self.closed.wait(60)
            return
        connection.sendall(HEAD.encode())
        for number in count():
            if self.closed.is_set():
                return
            if fault and number == self.good and self._misbehave(connection, fault):
                return
            size = (160, 120) if fault == "size" and number >= self.good else self.size
            self._send(connection, scene(number, size))
            time.sleep(0.002 if fault == "fast" and number >= self.good else 1 / self.fps)

    def _send(self, connection: socket.socket, picture: Pixels) -> None:
        data = cv2.imencode(".jpg", picture)[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data + b"\r\n")
        self.sent += 1

    def _misbehave(self, connection: socket.socket, fault: str) -> bool:
        """Do what the fault says; tell whether this connection is over."""
        if fault == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == "stall":
            self.closed.wait(60)
        elif fault == "garbage":
            connection.sendall(np.random.default_rng(0).bytes(200_000))
        return fault not in ("size", "fast")


@contextmanager
def fake_camera(**how: object) -> Iterator[FakeCamera]:
    camera = FakeCamera(**how)  # type: ignore[arg-type]
    try:
        yield camera
    finally:
        camera.close()
