"""Which detections become reads: the gate of ``PlatePipeline``."""

import numpy as np
import pytest

from platewise.core.frame import Frame
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import MAX_SIGNS
from platewise.core.read import Detection
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.vision.pipeline import PipelineOptions, PlatePipeline
from platewise.vision.protocols import Recognition

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
