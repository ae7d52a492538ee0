"""Drawn plates kept in one memory-mapped file, so that training draws each only once.

``<path>.bin`` holds the pixels of all plates one after the other, ``<path>.npz`` the index. Plate ``i`` of a
seed is always the same, whatever the number of workers.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from platewise.core.plate import MAX_SIGNS
from platewise.errors import InputError
from platewise.regions.library import Region, load
from platewise.synth.plates import DrawnPlate, draw_plate

_CHUNK = 128


def plate_at(seed: int, index: int, regions: Sequence[Region]) -> DrawnPlate:
    """Return plate number ``index`` of a seed: at most as long as the recogniser reads."""
    rng = random.Random(f"{seed}:{index}")
    while True:
        plate = draw_plate(rng, regions)
        if 0 < len(plate.text) <= MAX_SIGNS:
            return plate


def build(
    path: Path,
    count: int,
    seed: int,
    regions: Sequence[Region] | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Draw ``count`` plates into ``<path>.bin`` and ``<path>.npz``; ``progress`` hears how many are done."""
    chosen = tuple(regions if regions is not None else load().values())
    path.parent.mkdir(parents=True, exist_ok=True)
    rows: list[DrawnPlate] = []
    with path.with_suffix(".bin").open("wb") as file:
        for chunk in _chunks(count, seed, chosen, workers):
            for plate in chunk:
                file.write(plate.pixels.tobytes())
                rows.append(_without_pixels(plate))
            if progress:
                progress(len(rows))
    np.savez(path.with_suffix(".npz"), allow_pickle=False, **_table(rows))


class PlateCache:
    """A built cache: a sequence of DrawnPlate, their pixels read from the disk when asked for."""

    def __init__(self, path: Path, without: Sequence[str] = ()) -> None:
        """Open ``<path>.bin`` and ``<path>.npz``; InputError where they are not.

        Plates of the regions ``without`` are passed over.
        """
        self._path, self._without = path, tuple(without)
        index, pixels = path.with_suffix(".npz"), path.with_suffix(".bin")
        if not index.is_file() or not pixels.is_file():
            raise InputError(f"no plate cache at {path}: build one first")
        with np.load(index) as table:
            self._table = {name: table[name] for name in table.files}
        self._rows = np.flatnonzero(~np.isin(self._table["regions"], self._without))
        self._offsets = np.concatenate([[0], np.cumsum(self._table["shapes"].prod(axis=1) * 3)])
        self._pixels = np.memmap(pixels, np.uint8, "r", shape=(int(self._offsets[-1]),))

    def __len__(self) -> int:
        """Return the number of plates."""
        return len(self._rows)

    def __getitem__(self, index: int) -> DrawnPlate:
        """Return a plate; its pixels are a read-only view into the file."""
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        number = int(self._rows[index])
        row = {name: column[number] for name, column in self._table.items()}
        height, width = row["shapes"]
        start, end = self._offsets[number : number + 2]
        return DrawnPlate(
            pixels=np.asarray(self._pixels[start:end]).reshape(height, width, 3),
            quad=row["quads"],
            text=str(row["texts"]),
            region=str(row["regions"]),
            series=str(row["series"]),
            lines=int(row["lines"]),
            centres=row["centres"][: len(str(row["texts"]))],
        )

    def __reduce__(self) -> tuple[type["PlateCache"], tuple[Path, tuple[str, ...]]]:
        """Travel to another process as the path: there the file is mapped again, not copied."""
        return PlateCache, (self._path, self._without)

    def __iter__(self) -> Iterator[DrawnPlate]:
        """Yield every plate in order."""
        return (self[i] for i in range(len(self)))


def _chunks(count: int, seed: int, regions: tuple[Region, ...], workers: int) -> Iterator[list[DrawnPlate]]:
    spans = [range(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    draw = partial(_draw_span, seed, regions)
    if workers <= 1:
        yield from map(draw, spans)
        return
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        yield from pool.map(draw, spans)


def _draw_span(seed: int, regions: tuple[Region, ...], span: Iterable[int]) -> list[DrawnPlate]:
    return [plate_at(seed, index, regions) for index in span]


def _without_pixels(plate: DrawnPlate) -> DrawnPlate:
    """Return the plate with an empty picture of its shape: only the index is kept in memory."""
    hollow = np.broadcast_to(np.uint8(0), plate.pixels.shape)
    return DrawnPlate(hollow, plate.quad, plate.text, plate.region, plate.series, plate.lines, plate.centres)


def _table(rows: Sequence[DrawnPlate]) -> dict[str, NDArray[np.generic]]:
    """Return the columns of the index, one entry a plate."""
    centres = np.zeros((len(rows), MAX_SIGNS, 2), np.float32)
    for i, plate in enumerate(rows):
        centres[i, : len(plate.centres)] = plate.centres
    return {
        "shapes": np.array([p.pixels.shape[:2] for p in rows], np.int64).reshape(-1, 2),
        "quads": np.array([p.quad for p in rows], np.float32).reshape(-1, 4, 2),
        "texts": np.array([p.text for p in rows], np.str_),
        "regions": np.array([p.region for p in rows], np.str_),
        "series": np.array([p.series for p in rows], np.str_),
        "lines": np.array([p.lines for p in rows], np.int64),
        "centres": centres,
    }
