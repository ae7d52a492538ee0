"""The plate cache gives back what was drawn, the same for any number of workers."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from platewise.errors import InputError
from platewise.regions.library import select
from platewise.synth.cache import PlateCache, build, plate_at


def test_round_trip(tmp_path: Path) -> None:
    regions, heard = select(["gb", "cn"]), list[int]()
    build(tmp_path / "plates", 20, seed=3, regions=regions, progress=heard.append)
    cache = PlateCache(tmp_path / "plates")
    assert len(cache) == heard[-1] == 20
    for i, plate in enumerate(cache):
        drawn = plate_at(3, i, regions)
        assert np.array_equal(plate.pixels, drawn.pixels)
        assert np.array_equal(plate.quad, drawn.quad)
        assert np.array_equal(plate.centres, drawn.centres)
        assert (plate.text, plate.region, plate.series, plate.lines) == (
            drawn.text, drawn.region, drawn.series, drawn.lines,
        )  # fmt: skip
    assert cache[-1].text == cache[19].text
    travelled = pickle.dumps(cache)
    assert len(travelled) < 1000
    assert np.array_equal(pickle.loads(travelled)[7].pixels, cache[7].pixels)
    with pytest.raises(IndexError):
        cache[20]


def test_regions_can_be_passed_over(tmp_path: Path) -> None:
    build(tmp_path / "plates", 60, seed=3, regions=select(["gb", "cn", "de"]))
    everything, some = PlateCache(tmp_path / "plates"), PlateCache(tmp_path / "plates", ["cn", "xx"])
    kept = [plate for plate in everything if plate.region != "cn"]
    assert 0 < len(kept) < len(everything)
    assert [plate.text for plate in some] == [plate.text for plate in kept]
    assert np.array_equal(some[-1].pixels, kept[-1].pixels)
    assert len(pickle.loads(pickle.dumps(some))) == len(kept)


def test_workers_do_not_change_the_bytes(tmp_path: Path) -> None:
    regions = select(["gb"])
    for name, workers in (("one", 1), ("two", 2)):
        build(tmp_path / name, 140, seed=1, regions=regions, workers=workers)
    assert (tmp_path / "one.bin").read_bytes() == (tmp_path / "two.bin").read_bytes()
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_no_cache_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no plate cache"):
        PlateCache(tmp_path / "none")
