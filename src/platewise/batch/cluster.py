"""The engine of many machines: Ray Data over a cluster, with actors that hold the networks.

Ray schedules, holds back what would flood the machines, and reads a part again whose actor or machine was
lost. What comes twice for that reason is told once.
"""

import os
import pickle
import warnings
from collections.abc import Generator, Sequence
from typing import Any

from platewise.batch.work import Job, Part, Worker
from platewise.errors import MissingExtra, PlatewiseError

_MOST_BLOCKS = 10_000
"""Ray keeps a note of each block; with more parts, several share one."""


class Cluster:
    """Reads parts in the actors of a Ray cluster. Every machine must see the same paths."""

    def __init__(self, job: Job, address: str | None, workers: int | None) -> None:
        """Prepare; without an ``address`` this machine alone is the cluster. A worker has one core."""
        self._job, self._address, self._workers = job, address, workers

    def parts(self, numbers: Sequence[int]) -> Generator[Part, None, None]:
        """Yield these parts as they are done."""
        ray = _ray()
        own = {} if self._address else {"include_dashboard": False}
        ray.init(address=self._address, log_to_driver=False, **own)
        try:
            left = set(numbers)
            for row in self._dataset(ray, list(numbers)).iter_rows():
                part: Part = pickle.loads(row["part"])  # noqa: S301  # made by our own workers
                if part.number in left:
                    left.discard(part.number)
                    yield part
        except ray.exceptions.RayError as error:
            told = f"the Ray cluster failed: {error}; run the same line again to go on"
            raise PlatewiseError(told) from error
        finally:
            ray.shutdown()

    def _dataset(self, ray: Any, numbers: list[int]) -> Any:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        rows = [{"number": number} for number in numbers]
        parts = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS))
        most = min(self._workers or self._cores(ray), len(rows))
        pool = ray.data.ActorPoolStrategy(size=most)
        return parts.map_batches(_actor(self._job), batch_size=1, compute=pool, num_cpus=1)

    @staticmethod
    def _cores(ray: Any) -> int:
        return max(int(ray.cluster_resources().get("CPU", 1)), 1)


def _actor(job: Job) -> type:
    """Return the class of the actors. It carries the job itself, so that Ray can start one again anywhere."""

    class Reading:
        """One actor: a worker with its networks."""

        def __init__(self) -> None:
            self._worker = Worker(job)

        def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
            """Return the parts with these numbers."""
            parts = [self._worker.part(int(number)) for number in batch["number"]]
            return {"number": list(batch["number"]), "part": [pickle.dumps(part) for part in parts]}

    return Reading


def _ray() -> Any:
    """Return Ray, which is not to tell its makers that it is used."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own, about itself
            import ray
            import ray.data
    except ModuleNotFoundError as error:
        raise MissingExtra("--engine ray", "ray") from error
    return ray
