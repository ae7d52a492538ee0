"""Decoding strangers' pictures in processes that may die: what breaks a decoder breaks no server.

A worker has a bound of memory and of CPU seconds, and is killed when it is silent for too long; the next
picture gets a fresh one. Pixels come back in memory that both share, of a size that the worker cannot change;
it is at work again when nobody looks at them any more. The answers are JSON: nothing that a broken worker
sends is executed.
"""

import contextlib
import fcntl
import json
import mmap
import os
import queue
import socket
import subprocess
import sys
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from platewise.core.frame import Frame, Pixels
from platewise.errors import DecoderDied, DecoderMissing, ImageError
from platewise.settings import Settings
from platewise.vision.decode import decode
from platewise.vision.header import check_size

COMMAND = (sys.executable, "-m", "platewise.vision.sandboxed")
STARTING_S = 20.0
"""How long a worker may take to begin, in seconds."""
LONGEST = 4096
"""Bytes of the line that comes back."""
WORKING = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20),
}
"""A worker's environment: one thread; memory is kept for the next picture, as asking for it costs a fifth."""
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one picture may take: MiB of memory, seconds of CPU, seconds by the clock on the wall."""

    memory: int = 1024
    cpu: int = 5
    wall: float = 15.0


class Sandbox:
    """Decodes in workers, as many as threads ask at once. DecoderDied where a picture kills its worker."""

    def __init__(self, settings: Settings, bounds: Bounds | None = None, command: Sequence[str] = ()) -> None:
        """Begin without a worker: the first picture starts one."""
        self._settings, self._bounds, self._command = settings, bounds or Bounds(), command or COMMAND
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._closed = False

    def __call__(self, data: bytes) -> Frame:
        """Return the Frame of a picture."""
        if len(data) > self._settings.max_bytes:
            return decode(data, self._settings)  # it refuses this by its length alone
        worker = self._take()
        try:
            frame = worker.decode(data, self._settings)
        except ImageError:
            self._give_back(worker)
            raise
        except BaseException:
            worker.end()
            raise
        # Its memory is the picture: it waits until no array looks into it.
        weakref.finalize(_base(frame.pixels), self._give_back, worker)
        return frame

    def close(self) -> None:
        """End the workers that wait; one at work ends with its picture."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()

    def _take(self) -> "_Worker":
        with contextlib.suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.is_alive:
                    return worker
                worker.end()
        return _Worker(self._command, self._settings, self._bounds)

    def _give_back(self, worker: "_Worker") -> None:
        if self._closed:
            worker.end()
        else:
            self._idle.put(worker)


class _Worker:
    """One process, the parent's end of the line to it, and the memory that both see."""

    def __init__(self, command: Sequence[str], settings: Settings, bounds: Bounds) -> None:
        self._wall = bounds.wall
        self._line, there = socket.socketpair()
        self._memory = _shared(settings.max_pixels * 3)
        order = {
            "line": there.fileno(),
            "pixels": self._memory.fileno(),
            "memory": bounds.memory,
            "cpu": bounds.cpu,
            "max_pixels": settings.max_pixels,
            "max_side": settings.max_side,
            "max_bytes": settings.max_bytes,
        }
        try:
            self._process = subprocess.Popen(
                [*command, json.dumps(order)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(there.fileno(), self._memory.fileno()),
                start_new_session=True,  # Ctrl-C is for the parent
                env={**os.environ, **WORKING},
            )
        except OSError as error:
            self._line.close()
            self._memory.close()
            raise DecoderMissing(f"no process for decoding can be started: {error}") from error
        finally:
            there.close()
        self._seen = mmap.mmap(self._memory.fileno(), 0, access=mmap.ACCESS_READ)
        self._line.settimeout(STARTING_S)
        if self._hear() != {"ready": True}:
            self.end()
            raise DecoderMissing("the process for decoding does not start; is memory short?")

    @property
    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the process: it owns nothing that must be saved."""
        self._process.kill()
        self._process.wait()
        self._line.close()
        self._memory.close()
        with contextlib.suppress(BufferError):  # pictures outlive their decoder
            self._seen.close()

    def decode(self, data: bytes, settings: Settings) -> Frame:
        """Let the worker decode; ImageError is its word, DecoderDied that it has none any more."""
        self._line.settimeout(self._wall)
        try:
            self._line.sendall(len(data).to_bytes(8, "big"))
            self._line.sendall(data)
        except OSError as error:
            raise DecoderDied(_died(self._process)) from error
        told = self._hear()
        if told is None:
            raise DecoderDied(_died(self._process))
        if "problem" in told:
            raise (DecoderDied if told.get("died") else ImageError)(str(told["problem"]))
        return Frame(self._pixels(told, settings))

    def _hear(self) -> dict[str, Any] | None:
        """Return what the worker says; None where it says nothing."""
        try:
            told = json.loads(self._line.recv(LONGEST) or b"null")
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def _pixels(self, told: dict[str, Any], settings: Settings) -> Pixels:
        """Return the pixels ``(H, W, 3) uint8 RGB``, read-only, where the worker has put them."""
        try:
            height, width = int(told["height"]), int(told["width"])
        except (KeyError, TypeError, ValueError) as error:
            raise DecoderDied("the process that decoded this picture gave a false answer") from error
        check_size(width, height, "the picture", settings)
        return np.frombuffer(self._seen, np.uint8, height * width * 3).reshape(height, width, 3)


def _base(pixels: Pixels) -> Pixels:
    """Return the array ``(bytes,) uint8`` that all views of pixels ``(H, W, 3) uint8 RGB`` keep alive."""
    return pixels if pixels.base is None or not isinstance(pixels.base, np.ndarray) else _base(pixels.base)


def _shared(size: int) -> IO[bytes]:
    """Return memory of a size that nobody can change: pages are taken only where something is written."""
    memory = os.fdopen(os.memfd_create("pixels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "r+b", 0)
    os.ftruncate(memory.fileno(), size)
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, SEALS)
    return memory


def _died(process: "subprocess.Popen[bytes]") -> str:
    """Say why a worker is silent."""
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return "this picture takes too long to decode; send it in another format or smaller"
    return "this picture breaks its decoder, or takes too much memory; send it in another format or smaller"
