import numpy as np

from platewise.core.frame import Frame
from platewise.ingest.glances import CLOSELY, Glances
from platewise.vision.pipeline import PlatePipeline
from platewise.vision.reader import Reader

FRAME = Frame(np.full((360, 1280, 3), 90, np.uint8))


def test_one_frame_of_four_is_looked_at_closely(looks: list[int]) -> None:
    read = Glances(Reader("gb"))
    widest = []
    for _ in range(2 * CLOSELY):
        looks.clear()
        read(FRAME)
        widest.append(max(looks))
    assert [width > 512 for width in widest] == [n % CLOSELY == 0 for n in range(2 * CLOSELY)]


def test_after_still_frames_the_next_is_looked_at_closely(looks: list[int]) -> None:
    read = Glances(Reader("gb"))
    read(FRAME)
    read.closely_next()
    looks.clear()
    read(FRAME)
    assert max(looks) > 512


def test_the_readers_own_pipeline_stays_as_it_is(looks: list[int]) -> None:
    reader = Reader("gb")
    Glances(reader)(FRAME)
    assert isinstance(reader.pipeline, PlatePipeline)
    looks.clear()
    reader.pipeline(FRAME)
    assert max(looks) > 512


def test_other_pipelines_read_every_frame(tiny_reader: Reader) -> None:
    read = Glances(tiny_reader)
    bright = FRAME.pixels.copy()
    bright[100:130, 100:200] = 255
    assert [len(read(Frame(bright))) for _ in range(5)] == [1] * 5
