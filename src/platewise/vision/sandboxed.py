"""The process that decodes for ``vision.sandbox``: length and bytes of a file come in, pixels go out."""

import json
import os
import resource
import socket
import sys
from typing import Any

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.errors import ImageError
from platewise.settings import Settings
from platewise.vision.decode import decode

SPARE_BYTES = 64 * 2**20
"""What a file may grow to, beyond the pixels."""


def main(order: dict[str, Any]) -> None:
    """Decode what comes over the line until it is closed."""
    line = socket.socket(fileno=order["line"])
    settings = Settings(**{name: order[name] for name in ("max_pixels", "max_side", "max_bytes")})
    cv2.setNumThreads(1)
    _confine(order["memory"] * 2**20, settings.max_pixels * 3)
    line.sendall(b'{"ready": true}')
    while head := _read(line, 8):
        _allow(order["cpu"])
        _answer(line, _read(line, int.from_bytes(head, "big")), settings)


def _confine(memory: int, pixels: int) -> None:
    """Bound the memory beyond what is in use now; forbid core dumps, large files and more files."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, used + memory + pixels)
    _limit(resource.RLIMIT_FSIZE, pixels + SPARE_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _allow(seconds: int) -> None:
    """Grant so many more seconds of CPU; then the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def _answer(line: socket.socket, data: bytes, settings: Settings) -> None:
    try:
        pixels = decode(data, settings).pixels
    except ImageError as error:
        _say(line, {"problem": str(error)[:2000]})
    except Exception as error:  # noqa: BLE001  whatever a decoder raises, the parent must hear of it
        problem = f"this picture breaks its decoder ({type(error).__name__})"
        _say(line, {"problem": f"{problem}; send it in another format or smaller", "died": True})
        sys.exit(1)  # what is left of it is not to be trusted
    else:
        _send(line, pixels)


def _send(line: socket.socket, pixels: Pixels) -> None:
    """Hand out the pixels ``(H, W, 3) uint8 RGB`` in memory that is sealed against every change."""
    import fcntl

    handle = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        left = memoryview(np.ascontiguousarray(pixels).reshape(-1).data)
        while left:
            left = left[os.write(handle, left) :]
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
        height, width = pixels.shape[:2]
        _say(line, {"height": height, "width": width}, handle)
    finally:
        os.close(handle)


def _say(line: socket.socket, told: dict[str, Any], *handles: int) -> None:
    socket.send_fds(line, [json.dumps(told).encode()], handles)


def _read(line: socket.socket, count: int) -> bytes:
    """Return so many bytes; none where the parent has gone."""
    parts = bytearray()
    while len(parts) < count:
        part = line.recv(min(count - len(parts), 2**20))
        if not part:
            return b""
        parts += part
    return bytes(parts)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
