from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.lattice import Lattice
from platewise.regions import library
from platewise.train import pseudo
from platewise.train.index import Labelled, LabelledPlate, read_index
from platewise.train.pseudo import PseudoConfig, Reading, View
from platewise.train.recognizer_crops import RealCrops

CONFIG = PseudoConfig(use=True)
REGIONS = library.load()
SAMPLE = read_index(Path(__file__).parents[3] / "samples")[2]
TEXT = SAMPLE.plates[0].text or ""


def street(folder: Path, scale: float = 1.0, region: str = SAMPLE.region) -> Labelled:
    """A sample without its text."""
    pixels = cv2.resize(cv2.imread(str(SAMPLE.image)), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    path = folder / f"{scale}.png"
    cv2.imwrite(str(path), pixels)
    quad = SAMPLE.plates[0].quad
    assert quad is not None
    unread = LabelledPlate(None, quad * np.float32(scale), None)
    size = (pixels.shape[1], pixels.shape[0])
    return Labelled(path, region, "scene", size, (unread,), None, "street")


def labelled(*pictures: Labelled, unwanted: tuple[str, ...] = ()) -> list[Labelled]:
    return pseudo.pseudo_labelled(pictures, CONFIG, pseudo.shipped_teacher(), REGIONS, unwanted)


def test_a_clear_plate_gets_its_text_and_a_source_of_its_own(tmp_path: Path) -> None:
    real = street(tmp_path)
    (found,) = labelled(real)
    assert found.plates[0].text == TEXT
    assert found.plates[0].quad is real.plates[0].quad
    assert (found.source, found.image, real.plates[0].text) == ("street-pseudo", real.image, None)
    crops = RealCrops([real, found])
    assert crops.counts() == {"street-pseudo": 1}
    assert crops.get("street-pseudo", 0).text == TEXT


def test_a_picture_that_is_the_plate_is_read_as_a_whole(tmp_path: Path) -> None:
    assert SAMPLE.plates[0].box is not None
    x, y, w, h = map(int, SAMPLE.plates[0].box)
    cv2.imwrite(str(tmp_path / "0.png"), cv2.imread(str(SAMPLE.image))[y : y + h, x : x + w])
    unread = (LabelledPlate(None, None, None),)
    (found,) = labelled(Labelled(tmp_path / "0.png", SAMPLE.region, "crop", (w, h), unread, None, "crops"))
    assert (found.plates[0].text, found.plates[0].quad) == (TEXT, None)


def test_real_labels_are_left_to_their_own_source(tmp_path: Path) -> None:
    picture = street(tmp_path)
    known = LabelledPlate((5, 5, 80, 30), None, "AB123")
    (found,) = labelled(replace(picture, plates=(known, *picture.plates)))
    assert [plate.text for plate in found.plates] == [TEXT]
    assert not labelled(replace(picture, plates=(known,)))


def test_no_text_where_there_is_no_plate(tmp_path: Path) -> None:
    picture = street(tmp_path)
    wall = replace(picture.plates[0], quad=None, box=(10.0, 20.0, 200.0, 50.0))
    assert not labelled(replace(picture, plates=(wall,)))


def test_small_foreign_and_held_out_plates_are_left_out(tmp_path: Path) -> None:
    assert not labelled(street(tmp_path, scale=0.15))
    assert not labelled(street(tmp_path, region="bd"))
    assert not labelled(street(tmp_path), unwanted=(TEXT.replace("1", "I"),))
    assert labelled(street(tmp_path), unwanted=(TEXT + "7",))


def test_nothing_is_labelled_unless_wanted(tmp_path: Path) -> None:
    train = [street(tmp_path)]
    held = [replace(train[0], plates=(replace(train[0].plates[0], text=TEXT),))]
    assert pseudo.from_shipped(train, [], PseudoConfig()) == train
    assert [picture.source for picture in pseudo.from_shipped(train, [], CONFIG)] == [
        "street",
        "street-pseudo",
    ]
    assert [picture.source for picture in pseudo.from_shipped(train, held, CONFIG)] == ["street"]


@pytest.mark.parametrize(
    ("label", "taught"),
    [
        (TEXT, {"street": 1}),
        ("ZZ99XYZ", {"street-pseudo": 1}),  # an error: what is read takes its place
        (TEXT.replace("1", "I"), {"street": 1}),  # look-alikes are not for the reader to judge
        ("", {}),
    ],
)
def test_a_text_that_is_surely_contradicted_is_not_learnt(
    tmp_path: Path, label: str, taught: dict[str, int]
) -> None:
    real = street(tmp_path)
    real = replace(real, plates=(replace(real.plates[0], text=label),))
    crops = RealCrops(pseudo.from_shipped([real], [], CONFIG))
    assert crops.counts() == taught


def test_a_doubtful_reading_contradicts_nothing(tmp_path: Path) -> None:
    real = street(tmp_path)
    real = replace(real, plates=(replace(real.plates[0], text="ZZ99XYZ"),))
    strict = CONFIG.model_copy(update={"sure": 1.0})
    assert RealCrops(pseudo.from_shipped([real], [], strict)).counts() == {"street": 1}


@pytest.mark.parametrize(
    ("reading", "believed"),
    [
        (Reading(TEXT, 1.0, 0.93, 0.9), True),
        (Reading(TEXT, 0.75, 0.93, 0.9), False),
        (Reading(TEXT, 1.0, 0.88, 0.8), False),
        (Reading(TEXT, 1.0, 0.93, 0.6), False),
    ],
)
def test_each_threshold_counts(reading: Reading, believed: bool) -> None:
    assert pseudo.believed(reading, CONFIG) is believed


def test_views_speak_together() -> None:
    views = [Lattice.of(text, 10, 0.9).probabilities for text in ("AB12", "AB12", "AB12", "A812")]
    told = pseudo.together(np.stack(views))
    assert (told.text, told.agree) == ("AB12", 0.75)
    assert told.least == pytest.approx(0.675, abs=0.01)
    assert told.sure == pytest.approx((3 * 0.9 + 0.675) / 4, abs=0.01)
    assert pseudo.together(np.stack([Lattice.of("", 10).probabilities] * 2)).sure == 0


@pytest.mark.parametrize(
    ("text", "region", "is_plausible"),
    [
        ("B911BLG", "eu", True),
        ("PB10HU5313", "in", True),
        ("PB1OHU5313", "in", False),
        ("QQ", "us", False),
        ("4827KLM", "mixed", True),
    ],
)
def test_texts_fit_the_formats(text: str, region: str, is_plausible: bool) -> None:
    assert pseudo.plausible(text, region, REGIONS) is is_plausible


def test_views_differ_always_in_the_same_way_and_mirror_nothing() -> None:
    ways = pseudo.views(8, 0)
    assert ways == pseudo.views(8, 0)
    assert ways[0] == View()
    ramp = np.repeat(np.linspace(20, 235, 240).astype(np.uint8)[None, :, None], 120, 0).repeat(3, 2)
    quad = np.array([[20, 30], [220, 30], [220, 90], [20, 90]], np.float32)
    crops = [cv2.resize(pseudo.look(ramp, quad, way, pseudo.BOXED), (32, 16)) for way in ways]
    assert len({crop.tobytes() for crop in crops}) == 8
    assert all(crop[:, 20:].min() > crop[:, :12].max() for crop in crops)
