import cv2
import numpy as np
import pytest

from platewise.core.geometry import Quad, quad_of
from platewise.core.read import Character
from platewise.vision.decode_lattice import Decoded
from platewise.vision.explain import explain

SIZE = (640, 480)
FINE = quad_of((200, 200, 160, 40))


def decoded(
    text: str = "AB1", region: str | None = "gb", spelled: str = "AB1", weakest: float = 0.99
) -> Decoded:
    characters = tuple(Character(sign, weakest if i == 1 else 0.99) for i, sign in enumerate(text))
    return Decoded(text, 0.9, region, text, characters, (), spelled)


def crop(low: int = 20, high: int = 220) -> np.ndarray:
    """A plate (48, 192, 3) uint8 RGB with six dark strokes on a bright ground."""
    pixels = np.full((48, 192, 3), high, np.uint8)
    for i in range(6):
        pixels[8:40, 12 + i * 30 : 22 + i * 30] = low
    return pixels


def test_a_good_plate_has_no_reasons() -> None:
    assert explain(crop(), FINE, SIZE, decoded()) == ()


@pytest.mark.parametrize(
    ("quad", "code"),
    [
        (quad_of((200, 200, 40, 9)), "too_small: 9 px high"),
        (quad_of((0, 200, 160, 40)), "cut"),
        (quad_of((500, 445, 100, 40)), "cut"),
        (np.array([[200, 200], [320, 270], [300, 300], [180, 230]], np.float32), "angle: 30 degrees"),
        (np.array([[200, 200], [300, 190], [300, 250], [200, 225]], np.float32), "angle: seen from the side"),
    ],
)
def test_place(quad: Quad, code: str) -> None:
    assert explain(crop(), quad, SIZE, decoded()) == (code,)


def test_place_says_nothing_of_a_picture_that_is_a_plate() -> None:
    assert explain(crop(), quad_of((0, 0, 30, 8)), None, decoded()) == ()


@pytest.mark.parametrize(
    ("pixels", "code"),
    [
        (cv2.GaussianBlur(crop(), (0, 0), 6), "blurred"),
        (crop(high=255), "glare"),
        (crop(5, 40), "dark"),
    ],
)
def test_light_and_sharpness(pixels: np.ndarray, code: str) -> None:
    assert [reason.split(":")[0] for reason in explain(pixels, FINE, SIZE, decoded())] == [code]


def test_sharpness_does_not_depend_on_size() -> None:
    for factor in (0.5, 2, 4):
        pixels = cv2.resize(crop(), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        assert "blurred" not in explain(pixels, FINE, SIZE, decoded())


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (decoded(region=None), ("format_unknown",)),
        (decoded(weakest=0.41), ("low_character: sign 2 (B) 41%",)),
        (decoded(spelled="A81"), ("disagreement: the signs alone say A81",)),
        (decoded(spelled=""), ("disagreement: the signs alone say nothing",)),
        (decoded(text="", region=None), ()),
    ],
)
def test_text(text: Decoded, reasons: tuple[str, ...]) -> None:
    assert explain(crop(), FINE, SIZE, text) == reasons
