"""Which detections become reads: the gate of ``PlatePipeline``."""

import numpy as np
import pytest
from PIL import Image

from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import MAX_SIGNS
from platewise.core.read import Detection
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.vision.pipeline import PipelineOptions, PlatePipeline
from platewise.vision.protocols import Recognition
from platewise.vision.reader import Reader
from platewise.vision.stages import save_stages

CASES = [  # score of the detection, confidence of each sign, stands, has a text
    (0.5, 0.99, True, True),
    (0.5, 0.40, False, False),
    (0.65, 0.75, True, True),
    (0.69, 0.30, False, False),
    (0.8, 0.30, True, False),
]


@pytest.mark.parametrize(("score", "sign", "stands", "readable"), CASES)
def test_the_less_sure_the_place_the_surer_the_text_must_be(score, sign, stands, readable):
    class One:
        """Finds one plate with the score, and reads it with the confidence."""

        name = "one"

        def detect(self, pixels):
            return [Detection(quad_of((10, 10, 100, 25)), score)]

        def recognize(self, crops):
            return [Recognition(Lattice.of("AB12CDE", MAX_SIGNS, sign), {"gb": 1.0}) for _ in crops]

    pipeline = PlatePipeline("one", One(), One(), PipelineOptions(Settings(), select(["gb"])))
    reads = pipeline(Frame(np.zeros((60, 160, 3), np.uint8)))
    assert [read.plate is not None for read in reads] == ([readable] if stands else [])
    assert all(read.candidates for read in reads)


@pytest.mark.parametrize(("sign", "looks"), [(0.99, 1), (0.6, 7)])
def test_a_doubtful_text_is_read_from_other_looks_too(sign, looks):
    seen: list[tuple[int, ...]] = []

    class Two:
        """Reads something else from the second look on."""

        name = "two"

        def detect(self, pixels):
            return [Detection(quad_of((40, 20, 100, 25)), 0.9)]

        def recognize(self, crops):
            first = not seen
            seen.extend(crop.shape for crop in crops)
            text, sure = ("AB12CDE", sign) if first else ("AB12CDF", 0.98)
            return [Recognition(Lattice.of(text, MAX_SIGNS, sure), {"gb": 1.0}) for _ in crops]

    pipeline = PlatePipeline("two", Two(), Two(), PipelineOptions(Settings(), select(["gb"])))
    (read,) = pipeline(Frame(np.zeros((80, 200, 3), np.uint8)))
    assert len(seen) == looks
    assert read.plate is not None
    assert read.plate.text == ("AB12CDE" if looks == 1 else "AB12CDF")
    if looks > 1:
        assert seen[1][1] < seen[0][1] < seen[2][1]


def test_a_picture_that_is_a_plate_gets_other_looks_too():
    widths: list[int] = []

    class Doubtful:
        """Reads, never surely."""

        name = "doubtful"

        def recognize(self, crops):
            widths.extend(crop.shape[1] for crop in crops)
            return [Recognition(Lattice.of("AB12CDE", MAX_SIGNS, 0.6), {"gb": 1.0}) for _ in crops]

    pipeline = PlatePipeline("one", None, Doubtful(), PipelineOptions(Settings(), select(["gb"]), crops=True))
    (read,) = pipeline(Frame(np.zeros((40, 200, 3), np.uint8)))
    assert read.plate is not None
    assert widths == [200, 184, 216, 200, 200, 200, 200]


@pytest.mark.parametrize(
    ("box", "text", "sure", "taken"),
    [
        ((60, 30, 80, 20), "XY34ZZZ", 0.99, True),
        ((60, 30, 80, 20), "XY34ZZZ", 0.6, False),  # doubtful there too
        ((10, 5, 185, 88), "XY34ZZZ", 0.99, False),  # the picture was cut well
        ((60, 30, 80, 20), "B12CDE", 0.99, False),  # a sign was cut off
    ],
)
def test_the_plate_inside_a_loosely_cut_picture_is_read_where_the_whole_is_doubtful(
    box, text, sure, taken, tmp_path
):
    class Loose:
        """Reads pictures of 200 px doubtfully, narrower ones as told; finds the plate inside."""

        name = "loose"

        def detect(self, pixels):
            return [Detection(quad_of((0, 0, 30, 10)), 0.5), Detection(quad_of(box), 0.9)]

        def recognize(self, crops):
            inside = len(crops) == 7
            said = Lattice.of(text, MAX_SIGNS, sure) if inside else Lattice.of("AB12CDE", MAX_SIGNS, 0.6)
            return [Recognition(said, {"gb": 1.0}) for _ in crops]

    options = PipelineOptions(Settings(), select(["gb"]), crops=True)
    pipeline = PlatePipeline("loose", None, Loose(), options, finder=Loose())
    reader = Reader(pipeline=pipeline)
    reads = reader.read(np.zeros((100, 200, 3), np.uint8))
    (read,) = reads
    assert read.plate is not None
    assert read.plate.text == (text if taken else "AB12CDE")
    save_stages(np.zeros((100, 200, 3), np.uint8), reads, reader, tmp_path)
    with Image.open(tmp_path / "3-crop-1.png") as crop:
        assert (crop.width < 200) is taken
    assert np.allclose(read.quad, quad_of(box if taken else (0, 0, 200, 100)))
