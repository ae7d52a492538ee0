"""Endless batches from worker processes. Batch number k depends only on the seed and on k.

So a run is the same with any number of workers, and a resumed run sees the very batches it would have seen.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

LAST = 2**40
B = TypeVar("B")


class _Numbered(Dataset[B]):
    """The batches as a sequence: item k is drawn with the generator of (seed, k)."""

    def __init__(self, draw: Callable[[np.random.Generator], B], seed: int) -> None:
        self.draw, self.seed = draw, seed

    def __len__(self) -> int:
        return LAST

    def __getitem__(self, number: int) -> B:
        return self.draw(np.random.default_rng((self.seed, number)))


def numbered(draw: Callable[[np.random.Generator], B], seed: int, start: int, workers: int) -> Iterator[B]:
    """Yield draw(rng) for batch ``start``, ``start + 1``, ... drawn ahead by the workers.

    Workers are forked: what ``draw`` holds (decoded pictures, memory maps) is loaded once and shared.
    """
    cv2.setNumThreads(1)  # ends OpenCV's own threads: a fork would wait for them for ever
    forking = "fork" in multiprocessing.get_all_start_methods()
    loader: DataLoader[B] = DataLoader(
        _Numbered(draw, seed),
        batch_size=None,
        sampler=range(start, LAST),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        multiprocessing_context="fork" if workers and forking else None,
        worker_init_fn=_single_threaded,
    )
    return iter(loader)


def _single_threaded(_worker: int) -> None:
    torch.set_num_threads(1)
