"""Decoding strangers' pictures in processes that may die: what breaks a decoder breaks no server.

A worker has a bound of memory and of CPU seconds, and is killed when it is silent for too long; the next
picture gets a fresh one. Pixels come back without being copied, in sealed memory that the worker can no
longer change. The answers are JSON: nothing that a broken worker sends is executed.
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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from platewise.core.frame import Frame
from platewise.errors import DecoderDied, DecoderMissing, ImageError
from platewise.settings import Settings
from platewise.vision.decode import decode
from platewise.vision.header import check_size

COMMAND = (sys.executable, "-m", "platewise.vision.sandboxed")
STARTING_S = 20.0
"""How long a worker may take to begin, in seconds."""
LONGEST = 4096
"""Bytes of the line that comes back."""
SEALS = (
    getattr(fcntl, "F_SEAL_SHRINK", 0) | getattr(fcntl, "F_SEAL_GROW", 0) | getattr(fcntl, "F_SEAL_WRITE", 0)
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one picture may take: MiB of memory, seconds of CPU, seconds by the clock on the wall."""

    memory: int = 1024
    cpu: int = 5
    wall: float = 15.0


class Sandbox:
    """Decodes in workers, as many as threads ask at once. DecoderDied where a picture kills its worker."""

    def __init__(
        self, settings: Settings, bounds: Bounds | None = None, command: Sequence[str] = ()
    ) -> None:
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
        self._give_back(worker)
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
    """One process and the parent's end of the line to it."""

    def __init__(self, command: Sequence[str], settings: Settings, bounds: Bounds) -> None:
        self._wall = bounds.wall
        self._line, there = socket.socketpair()
        order = {
            "line": there.fileno(),
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
                pass_fds=(there.fileno(),),
                start_new_session=True,  # Ctrl-C is for the parent
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        except OSError as error:
            self._line.close()
            raise DecoderMissing(f"no process for decoding can be started: {error}") from error
        finally:
            there.close()
        self._line.settimeout(STARTING_S)
        if self._hear()[0] != {"ready": True}:
            self.end()
            raise DecoderMissing("the process for decoding does not start; is memory short?")

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the process: it owns nothing that must be saved."""
        self._line.close()
        self._process.kill()
        self._process.wait()

    def decode(self, data: bytes, settings: Settings) -> Frame:
        """Let the worker decode; ImageError is its word, DecoderDied that it has none any more."""
        self._line.settimeout(self._wall)
        try:
            self._line.sendall(len(data).to_bytes(8, "big") + data)
        except OSError as error:
            raise DecoderDied(_died(self._process)) from error
        told, handle = self._hear()
        if told is None:
            raise DecoderDied(_died(self._process))
        if handle is None:
            raise (DecoderDied if told.get("died") else ImageError)(str(told.get("problem")))
        try:
            return Frame(_pixels(told, handle, settings))
        finally:
            os.close(handle)

    def _hear(self) -> tuple[dict[str, Any] | None, int | None]:
        """Return what the worker says, and the memory that came with it; None where it says nothing."""
        handles: list[int] = []
        try:
            said, handles, _, _ = socket.recv_fds(self._line, LONGEST, 1)
            told = json.loads(said) if said else None
        except (OSError, ValueError):
            told = None
        if not isinstance(told, dict):
            for handle in handles:
                os.close(handle)
            return None, None
        return told, handles[0] if handles else None


def _pixels(told: dict[str, Any], handle: int, settings: Settings) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Return the pixels ``(H, W, 3) uint8 RGB``, read-only, in memory that nobody can change or take away."""
    try:
        height, width = int(told["height"]), int(told["width"])
        check_size(width, height, "the picture", settings)
        size = height * width * 3
        if fcntl.fcntl(handle, fcntl.F_GET_SEALS) & SEALS != SEALS or os.fstat(handle).st_size != size:
            raise ValueError("memory that may change")
        shared = mmap.mmap(handle, size, access=mmap.ACCESS_READ)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise DecoderDied("the process that decoded this picture gave a false answer") from error
    return np.frombuffer(shared, np.uint8).reshape(height, width, 3)


def _died(process: "subprocess.Popen[bytes]") -> str:
    """Say why a worker is silent."""
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return "this picture takes too long to decode; send it in another format or smaller"
    return "this picture breaks its decoder, or takes too much memory; send it in another format or smaller"
