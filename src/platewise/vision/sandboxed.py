"""The process that decodes for ``vision.sandbox``: length and bytes of a file come in, pixels go out."""

import json
import mmap
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


def main(order: dict[str, Any]) -> None:
    """Decode what comes over the line until it is closed."""
    line = socket.socket(fileno=order["line"])
    settings = Settings(**{name: order[name] for name in ("max_pixels", "max_side", "max_bytes")})
    shared = np.frombuffer(mmap.mmap(order["pixels"], 0), np.uint8)
    cv2.setNumThreads(1)
    _confine(order["memory"] * 2**20, shared.size)
    line.sendall(b'{"ready": true}')
    while head := _read(line, 8):
        _allow(order["cpu"])
        _answer(line, _read(line, int.from_bytes(head, "big")), settings, shared)


def _confine(memory: int, pixels: int) -> None:
    """Bound the memory beyond what is in use now; forbid core dumps, files that grow, and many files."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, used + memory + pixels)
    _limit(resource.RLIMIT_FSIZE, 0)
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


def _answer(line: socket.socket, data: bytes, settings: Settings, shared: Pixels) -> None:
    """Decode one file into the shared memory ``(bytes,) uint8``, and say what came of it."""
    try:
        pixels = decode(data, settings).pixels
    except ImageError as error:
        _say(line, {"problem": str(error)[:2000]})
    except Exception as error:  # noqa: BLE001  whatever a decoder raises, the parent must hear of it
        problem = f"this picture breaks its decoder ({type(error).__name__})"
        _say(line, {"problem": f"{problem}; send it in another format or smaller", "died": True})
        sys.exit(1)  # what is left of it is not to be trusted
    else:
        shared[: pixels.size].reshape(pixels.shape)[:] = pixels
        _say(line, {"height": pixels.shape[0], "width": pixels.shape[1]})


def _say(line: socket.socket, told: dict[str, Any]) -> None:
    line.sendall(json.dumps(told).encode())


def _read(line: socket.socket, count: int) -> bytes:
    """Return so many bytes; none where the parent has gone."""
    data = bytearray(count)
    left = memoryview(data)
    while left:
        got = line.recv_into(left)
        if not got:
            return b""
        left = left[got:]
    return bytes(data)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
