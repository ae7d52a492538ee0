"""What every shipped pipeline promises: it reads its kind, bears any picture, and is shared by threads."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from platewise.core.frame import Frame, Pixels
from platewise.core.geometry import box_of, corners_box, iou
from platewise.core.read import Read
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.synth.scenes import DrawnScene, vehicle_scenes
from platewise.vision.protocols import Pipeline
from platewise.vision.reader import Reader
from platewise.vision.stages import save_stages

pytest.importorskip("skimage", reason="needs the [classic] extra")


class Kind(NamedTuple):
    """A pipeline, the region that it reads, and how many of the drawn cars it must find and read."""

    name: str
    region: str
    found: int
    read: int


CARS = 6
KINDS = (
    Kind("yolo-attention", "gb", 6, 5),
    Kind("contour", "gb", 3, 1),
    Kind("haar", "cn", 2, 1),
    Kind("window", "gb", 3, 2),
)
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs the program tesseract (apt install tesseract-ocr)"
)
every_pipeline = pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, id=kind.name, marks=[needs_tesseract] * (kind.name == "contour")) for kind in KINDS],
)


@lru_cache
def reader(name: str, crops: bool = False) -> Reader:
    return Reader(pipeline=name, crops=crops, settings=Settings(threads=1))


@lru_cache
def cars(region: str) -> tuple[DrawnScene, ...]:
    return tuple(vehicle_scenes(CARS, 40, select([region])))


def overlap(read: Read, scene: DrawnScene) -> float:
    boxes = [np.array([corners_box(box_of(q))], np.float32) for q in (read.quad, scene.plates[0].quad)]
    return float(iou(*boxes)[0, 0])


@every_pipeline
def test_it_finds_and_reads_its_kind(kind: Kind) -> None:
    pipeline = reader(kind.name).pipeline
    assert isinstance(pipeline, Pipeline)
    assert pipeline.name == kind.name
    found = right = 0
    for scene in cars(kind.region):
        reads = pipeline(Frame(scene.pixels))
        found += any(overlap(read, scene) >= 0.5 for read in reads)
        right += any(
            read.plate is not None and read.plate.text == scene.plates[0].plate.text for read in reads
        )
    assert found >= kind.found
    assert right >= kind.read


@every_pipeline
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (37, 53), (240, 320)])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_picture_has_no_plate(kind: Kind, size: tuple[int, int], grey: int) -> None:
    pixels = np.full((*size, 3), grey, np.uint8)
    assert not reader(kind.name).read(pixels).reads
    for read in reader(kind.name, crops=True).read(pixels):
        assert 0 <= read.confidence <= 1


@every_pipeline
def test_noise_is_borne(kind: Kind) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    for read in reader(kind.name).read(noise):
        assert 0 <= read.confidence <= 1
        assert 0 <= read.detection_confidence <= 1
        assert read.quad.shape == (4, 2)
        assert np.isfinite(read.quad).all()


@every_pipeline
def test_a_picture_that_is_a_plate_is_read_without_detector(kind: Kind) -> None:
    scene = cars(kind.region)[0]
    x, y, w, h = (round(v) for v in box_of(scene.plates[0].quad))
    (read,) = reader(kind.name, crops=True).read(np.ascontiguousarray(scene.pixels[y : y + h, x : x + w]))
    assert read.candidates
    assert sum(c.confidence for c in read.candidates) <= 1 + 1e-6


@every_pipeline
def test_threads_share_it(kind: Kind) -> None:
    pixels: list[Pixels] = [scene.pixels for scene in cars(kind.region)[:2]]
    alone = [[str(read) for read in reader(kind.name).read(p)] for p in pixels]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda p: [str(r) for r in reader(kind.name).read(p)], pixels * 2))
    assert together == alone * 2


STEPS = {
    "yolo-attention": ["1-letterbox.png"],
    "contour": ["1-01-grey.png", "1-03-edges.png", "1-06-mask.png", "3-crop-1-01-line.png"],
    "haar": ["1-01-cascade.png", "1-02-binary-1.png", "3-crop-1-01-split.png", "3-crop-1-02-signs.png"],
    "window": ["1-01-presence-1.png", "3-crop-1-01-looks.png"],
}


@every_pipeline
def test_each_step_has_its_picture(kind: Kind, tmp_path: Path) -> None:
    pixels = cars(kind.region)[0].pixels
    reads = reader(kind.name).read(pixels)
    save_stages(pixels, reads, reader(kind.name), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {*STEPS[kind.name], "2-detections.png"} <= names
    assert {f"4-lattice-{n}.png" for n in range(1, len(reads) + 1)} <= names
