import numpy as np
import pytest

pytest.importorskip("torch")

import cv2

from platewise.core.geometry import quad_of
from platewise.synth.plates import DrawnPlate
from platewise.train.detector_augment import photographed
from platewise.train.detector_data import MOST_PLATES, Mix, Sampler, target
from platewise.train.detector_loss import IGNORED, NONE, REAL
from platewise.train.detector_scenes import LONGEST, Mark, backgrounds, encoded, load
from platewise.train.detector_view import choose
from platewise.train.index import Labelled, LabelledPlate

pytestmark = pytest.mark.train
PLATE = np.float32([[100, 110], [180, 104], [182, 126], [102, 132]])
QUARTERS = {
    "left_top": (255, 0, 0),
    "right_top": (0, 255, 0),
    "right_low": (0, 0, 255),
    "left_low": (255, 255, 0),
}


def drawn_plate() -> DrawnPlate:
    """A plate whose quarters are red, green, blue and yellow, clockwise from its top-left."""
    pixels = np.zeros((60, 210, 3), np.uint8)
    pixels[5:30, 5:105], pixels[5:30, 105:205], pixels[30:55, 105:205], pixels[30:55, 5:105] = (
        QUARTERS.values()
    )
    quad = np.float32([[5, 5], [205, 5], [205, 55], [5, 55]])
    return DrawnPlate(pixels, quad, "AB12", "generic", "test", 1, np.zeros((4, 2), np.float32))


def scene(trust: float = 1.0, source: str = "street"):
    """A grey picture with the coloured plate at PLATE."""
    pixels = np.full((240, 320, 3), 110, np.uint8)
    plate = drawn_plate()
    matrix = cv2.getPerspectiveTransform(plate.quad, PLATE)
    cv2.warpPerspective(plate.pixels, matrix, (320, 240), pixels, borderMode=cv2.BORDER_TRANSPARENT)
    low, high = PLATE.min(0), PLATE.max(0)
    quad = PLATE if trust == 1 else quad_of((*low, *(high - low)))
    return encoded(pixels, [Mark(quad, trust)], source)


def sampler(**mix: float) -> Sampler:
    settings = {"size": 128, "negatives": 0, "mosaic": 0, "over": 0, "free_in_scenes": 0} | mix
    return Sampler([scene()], backgrounds(None, 2, 0), [drawn_plate()], Mix(**settings))


def colours_at_corners(picture) -> list[tuple[list[np.ndarray], float]]:
    """The colour a quarter of the way from each corner to the middle, for every real plate of some size."""
    seen = []
    for row in picture.rows[picture.rows[:, 13] == REAL]:
        quad = row[4:12].reshape(4, 2)
        spots = quad + (quad.mean(0) - quad) * 0.4
        if np.ptp(quad[:, 0]) > 40 and (spots > 1).all() and (spots < len(picture.pixels) - 2).all():
            seen.append([picture.pixels[int(y), int(x)].astype(int) for x, y in spots])
    return seen


@pytest.mark.parametrize("over", [0, 1])
def test_corners_stay_on_their_quarters_or_are_mirrored_with_the_scene(over: float) -> None:
    rng, makes = np.random.default_rng(3), sampler(over=over)
    plain = [[c > 0 for c in colour] for colour in QUARTERS.values()]
    mirrored = [plain[i] for i in (1, 0, 3, 2)]
    counts = {"plain": 0, "mirrored": 0}
    for _ in range(60):
        for found in colours_at_corners(makes.views(rng, 128, 1)[0]):
            # Light and hue change; which channels are above the mean does not.
            signs = [[bool(c > spot.mean()) for c in spot] for spot in found]
            assert signs in (plain, mirrored)
            counts["plain" if signs == plain else "mirrored"] += 1
    assert counts["plain"] > 5
    # A pasted plate is never mirrored: its text stays readable.
    assert counts["mirrored"] == 0 if over else counts["mirrored"] > 5


def test_the_same_generator_gives_the_same_batch() -> None:
    makes = sampler(negatives=0.3, mosaic=0.4, over=0.4)
    one, same = (makes.batch(np.random.default_rng(8), 6) for _ in range(2))
    assert one["pixels"].shape == (6, 128, 128, 3)
    assert one["rows"].shape == (6, MOST_PLATES, 14)
    assert (one["pixels"] == same["pixels"]).all()
    assert (one["rows"] == same["rows"]).all()


def test_rows_are_boxes_around_their_corners_and_the_rest_is_empty() -> None:
    rows = sampler(mosaic=0.5, over=0.5).batch(np.random.default_rng(1), 12)["rows"].numpy()
    real = rows[rows[..., 13] == REAL]
    assert len(real) >= 8
    quads = real[:, 4:12].reshape(-1, 4, 2)
    np.testing.assert_allclose(real[:, :4], np.concatenate([quads.min(1), quads.max(1)], 1), atol=1e-3)
    assert set(np.unique(rows[..., 13])) <= {REAL, IGNORED, NONE}
    assert (rows[rows[..., 13] == NONE] == NONE).all()


def test_backgrounds_have_no_plates_unless_one_is_pasted() -> None:
    rng = np.random.default_rng(0)
    bare = [sampler(negatives=1, free_in_backgrounds=0).views(rng, 128, 1)[0] for _ in range(5)]
    assert all(len(picture.rows) == 0 for picture in bare)
    pasted = [sampler(negatives=1, free_in_backgrounds=1).views(rng, 128, 1)[0] for _ in range(8)]
    assert sum(len(picture.rows) for picture in pasted) >= 6


@pytest.mark.parametrize(
    ("box", "state"),
    [
        ((10, 10, 60, 20), REAL),
        ((10, 10, 5, 4), IGNORED),
        ((110, 10, 60, 20), IGNORED),
        ((200, 10, 60, 20), None),
    ],
)
def test_small_and_cut_plates_are_ignored(
    box: tuple[float, float, float, float], state: float | None
) -> None:
    row = target(quad_of(box), 1.0, 128)
    assert (None if row is None else row[13]) == state


def test_an_upright_box_is_not_turned_and_its_view_stays_nearly_level() -> None:
    rng, boxed = np.random.default_rng(5), scene(trust=0.0)
    turns = [abs(choose(rng, boxed, 128, turning=False).turn) for _ in range(100)]
    assert max(turns) < 0.1
    assert max(abs(choose(rng, boxed, 128, turning=True).turn) for _ in range(100)) > 0.2


def test_views_show_plates_from_tiny_to_nearly_the_whole_view() -> None:
    rng, made = np.random.default_rng(6), scene()
    views = [choose(rng, made, 256, turning=False) for _ in range(300)]
    widths = [float(np.ptp(view.moved(PLATE)[:, 0])) for view in views]
    assert min(widths) < 45
    assert max(widths) > 200


def test_a_source_with_missing_labels_is_never_seen_whole() -> None:
    rng, made = np.random.default_rng(7), scene(source="ro-robertlucian")
    widths = [float(np.ptp(choose(rng, made, 256, turning=False).moved(PLATE)[:, 0])) for _ in range(200)]
    assert min(widths) > 35


def test_scenes_are_loaded_with_their_marks_and_made_smaller(tmp_path) -> None:
    path = tmp_path / "big.png"
    cv2.imwrite(str(path), np.full((1000, 1920, 3), (200, 90, 10), np.uint8))
    plates = (
        LabelledPlate((100, 100, 500, 100), None, "AB12"),
        LabelledPlate((100, 300, 200, 100), None, None),
        LabelledPlate(None, PLATE, None),
        LabelledPlate(None, None, "CD34"),
    )
    (made,) = load([Labelled(path, "eu", "scene", (1920, 1000), plates, None, "street")])
    assert made.size == (LONGEST, 500)
    assert [mark.trust for mark in made.marks] == [0.5, 0.0, 1.0]
    np.testing.assert_allclose(made.marks[0].quad[2], [300, 100])
    assert made.pixels()[5, 5].tolist() == pytest.approx([10, 90, 200], abs=6)
    assert made.pixels(4).shape == (125, 240, 3)
    assert made.pixels(4)[5, 5].tolist() == pytest.approx([10, 90, 200], abs=6)


def test_photographs_differ_but_nothing_moves() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[20:40, 10:50] = 220
    made = [photographed(np.random.default_rng(seed), picture) for seed in range(30)]
    assert all(m.shape == picture.shape and m.dtype == np.uint8 for m in made)
    assert sum((m != picture).any() for m in made) > 25
    for m in made:
        grey = m.astype(float).mean(2)
        assert grey[24:36, 14:46].mean() > grey[:12].mean()
