"""A street with a drawn car, seen from behind or from the front, that carries a plate: for docs, samples
and checks.

Nobody's car and nobody's plate. A car's own frame: x from -1 (left) to 1, y from 0 (roof) to 1 (ground).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, as_quad, sides
from platewise.synth.paste import paste
from platewise.synth.plates import DrawnPlate

Colour: TypeAlias = npt.NDArray[np.float64]
Points: TypeAlias = list[tuple[float, float]]

FINE = 2
"""The street is drawn so many times larger and then reduced: smooth edges."""
PAINTS = (
    (168, 28, 32),
    (28, 62, 120),
    (222, 224, 226),
    (40, 44, 50),
    (142, 148, 154),
    (30, 88, 74),
    (196, 118, 36),
)
GLASS, RUBBER = (30, 38, 46), (24, 24, 26)


@dataclass
class Car:
    """A canvas ``(H, W, 3) float32 RGB`` with the place of a car on it: middle of its roof line, half
    width, height.
    """

    canvas: npt.NDArray[np.float32]
    x: float
    y: float
    half: float
    tall: float

    def at(self, points: Points) -> npt.NDArray[np.float64]:
        """Return points of the car's frame in px, ``(n, 2) float64``."""
        return np.array(points) * (self.half, self.tall) + (self.x, self.y)

    def fill(self, points: Points, top: Any, bottom: Any = None, round_: int = 3, share: float = 1.0) -> None:
        """Fill a rounded polygon with a colour, or with a gradient from top to bottom."""
        outline = rounded(self.at(points), round_)
        mask = np.zeros(self.canvas.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        (x0, y0), (x1, y1) = (
            np.clip(p, 0, mask.shape[::-1]).astype(int) for p in (outline.min(0), outline.max(0) + 1)
        )
        slope = np.linspace(0, 1, y1 - y0)[:, None, None]
        paint = np.array(top) * (1 - slope) + np.array(top if bottom is None else bottom) * slope
        cover = mask[y0:y1, x0:x1, None].astype(np.float32) / 255 * share
        self.canvas[y0:y1, x0:x1] += (paint - self.canvas[y0:y1, x0:x1]) * cover

    def both(self, points: Points, top: Any, bottom: Any = None, round_: int = 3) -> None:
        """Fill a polygon on the right and its mirror image on the left."""
        self.fill(points, top, bottom, round_)
        self.fill([(-x, y) for x, y in points], top, bottom, round_)


def vehicle_scene(
    rng: np.random.Generator, plate: DrawnPlate, width: int = 1280, height: int = 720
) -> tuple[Pixels, Quad]:
    """Return a picture ``(height, width, 3) uint8 RGB`` of a car with the plate, and the plate's Quad in
    it, px.
    """
    canvas = street(rng, width * FINE, height * FINE)
    half = height * FINE * rng.uniform(0.42, 0.5)
    tall = half * rng.uniform(1.42, 1.55)
    ground = height * FINE * rng.uniform(0.88, 0.93)
    car = Car(canvas, width * FINE * rng.uniform(0.42, 0.58), ground - tall, half, tall)
    rear = bool(rng.random() < 0.6)
    middle, room = draw_car(rng, car, rear)
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    pixels = _exposed(rng, small.astype(np.float32))
    quad = _fitted(plate, middle / FINE, (room[0] / FINE, room[1] / FINE), float(rng.normal(0, 0.012)))
    paste(rng, pixels, quad, plate, light=0.96)
    return pixels, quad


def street(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    """Return a street ``(height, width, 3) float32 RGB``: sky, houses and trees out of focus, asphalt
    with a line.
    """
    horizon = int(height * rng.uniform(0.4, 0.48))
    slope = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([126, 170, 214]) * (1 - slope * 1.6) + np.array([226, 232, 236]) * slope * 1.6
    canvas = np.clip(np.broadcast_to(sky, (height, width, 3)), 0, 255).astype(np.float32)
    _houses(rng, canvas, horizon)
    for _ in range(int(rng.integers(3, 8))):
        _tree(rng, canvas, int(rng.integers(0, width)), horizon)
    canvas = cv2.GaussianBlur(canvas, (0, 0), width / 260).astype(np.float32)
    depth = np.linspace(0, 1, height - horizon)[:, None, None]
    grain = rng.normal(0, 1, (height - horizon, width, 1)) * (2 + 8 * depth)
    canvas[horizon:] = np.array([122, 122, 124]) * (1 - depth) + np.array([74, 75, 79]) * depth + grain
    kerb = [(0, horizon), (width, horizon), (width, horizon + height // 60), (0, horizon + height // 60)]
    cv2.fillPoly(canvas, [np.array(kerb, np.int32)], (168, 166, 160), cv2.LINE_AA)
    for side in (-1, 1):
        near, far = width * (0.5 + side * 0.62), width * (0.5 + side * 0.2)
        line = [
            (far, horizon + height // 40),
            (far + side * 8, horizon + height // 40),
            (near + side * 70, height),
            (near, height),
        ]
        cv2.fillPoly(canvas, [np.array(line, np.int32)], (214, 212, 204), cv2.LINE_AA)
    return canvas


def draw_car(
    rng: np.random.Generator, car: Car, rear: bool
) -> tuple[npt.NDArray[np.float64], tuple[float, float]]:
    """Draw a car onto its canvas; return where the plate's middle belongs, px, and the room for it, px."""
    paint: Colour = np.array(PAINTS[int(rng.integers(len(PAINTS)))], np.float64)
    light, dark = np.clip(paint * 1.15 + 26, 0, 255), paint * 0.55
    _shadow(car)
    car.both([(0.62, 0.8), (0.93, 0.8), (0.93, 1.0), (0.62, 1.0)], RUBBER, (12, 12, 13), 2)
    car.both([(0.84, 0.3), (1.1, 0.3), (1.12, 0.4), (0.86, 0.42)], light, dark)
    car.fill([(-0.66, 0.0), (0.66, 0.0), (0.9, 0.42), (-0.9, 0.42)], light, paint * 0.85)
    car.fill([(-0.58, 0.055), (0.58, 0.055), (0.76, 0.37), (-0.76, 0.37)], (96, 116, 130), GLASS, 2)
    car.fill([(-0.2, 0.06), (0.06, 0.06), (-0.16, 0.36), (-0.5, 0.36)], (190, 206, 214), None, 1, 0.16)
    car.fill(
        [(-0.92, 0.36), (0.92, 0.36), (1.0, 0.55), (1.0, 0.88), (-1.0, 0.88), (-1.0, 0.55)], light, dark, 3
    )
    car.fill(
        [(-0.9, 0.39), (0.9, 0.39), (0.95, 0.47), (-0.95, 0.47)], np.minimum(light + 30, 255), paint, 2, 0.55
    )
    car.fill([(-0.98, 0.76), (0.98, 0.76), (0.93, 0.94), (-0.93, 0.94)], (54, 55, 58), (20, 20, 22), 2)
    return (_rear if rear else _front)(car, paint)


def rounded(points: npt.NDArray[np.float64], times: int) -> npt.NDArray[np.float64]:
    """Return a closed polygon ``(n, 2) float64`` with its corners cut off some times (Chaikin)."""
    for k in range(times):
        cut = 0.12 if k == 0 else 0.25
        ahead = np.roll(points, -1, axis=0)
        points = np.stack([points * (1 - cut) + ahead * cut, points * cut + ahead * (1 - cut)], 1).reshape(
            -1, 2
        )
    return points


def _rear(car: Car, paint: Colour) -> tuple[npt.NDArray[np.float64], tuple[float, float]]:
    """Add tail lamps, boot, plate recess, reflectors and exhausts."""
    car.both(
        [(0.6, 0.45), (0.96, 0.43), (0.99, 0.58), (0.9, 0.62), (0.64, 0.56)], (206, 30, 34), (120, 8, 14)
    )
    car.both([(0.66, 0.475), (0.92, 0.46), (0.93, 0.5), (0.68, 0.51)], (255, 120, 104), (226, 52, 48), 2)
    car.both([(0.64, 0.52), (0.74, 0.52), (0.74, 0.55), (0.66, 0.55)], (236, 236, 230), None, 1)
    car.fill([(-0.62, 0.745), (0.62, 0.745), (0.62, 0.752), (-0.62, 0.752)], paint * 0.35, None, 0)
    car.fill([(-0.46, 0.545), (0.46, 0.545), (0.42, 0.735), (-0.42, 0.735)], paint * 0.42, paint * 0.62, 2)
    car.fill(
        [(-0.36, 0.53), (0.36, 0.53), (0.35, 0.555), (-0.35, 0.555)], (206, 208, 210), (120, 122, 126), 1
    )
    car.fill(_ring(0.0, 0.49, 0.05, 0.035), (226, 228, 230), (130, 134, 138))
    car.both([(0.7, 0.82), (0.86, 0.82), (0.86, 0.845), (0.7, 0.845)], (178, 24, 26), None, 1)
    car.both(_ring(0.52, 0.92, 0.07, 0.028), (190, 192, 194), (90, 92, 96))
    car.both(_ring(0.52, 0.92, 0.05, 0.019), (18, 18, 20))
    return car.at([(0, 0.64)])[0], (car.half * 0.8, car.tall * 0.165)


def _front(car: Car, paint: Colour) -> tuple[npt.NDArray[np.float64], tuple[float, float]]:
    """Add bonnet edge, headlamps, grille, badge, intake and fog lamps."""
    car.fill([(-0.86, 0.4), (0.86, 0.4), (0.9, 0.42), (-0.9, 0.42)], paint * 0.5, None, 1, 0.7)
    car.both([(0.5, 0.5), (0.95, 0.46), (0.97, 0.56), (0.86, 0.61), (0.54, 0.58)], (44, 48, 54), (20, 22, 26))
    car.both(_ring(0.68, 0.54, 0.075, 0.042), (250, 250, 244), (176, 186, 196))
    car.both(_ring(0.85, 0.53, 0.055, 0.034), (238, 240, 240), (160, 170, 180))
    car.fill([(-0.46, 0.5), (0.46, 0.5), (0.4, 0.62), (-0.4, 0.62)], (46, 47, 50), (16, 16, 18), 2)
    for k in range(4):
        y = 0.517 + k * 0.027
        car.fill([(-0.43, y), (0.43, y), (0.43, y + 0.008), (-0.43, y + 0.008)], (150, 152, 156), None, 0)
    car.fill(_ring(0.0, 0.555, 0.075, 0.05), (228, 230, 232), (128, 132, 136))
    car.fill([(-0.62, 0.78), (0.62, 0.78), (0.54, 0.89), (-0.54, 0.89)], (22, 22, 24), (10, 10, 11), 2)
    car.both(_ring(0.8, 0.82, 0.06, 0.032), (230, 228, 214), (150, 150, 146))
    return car.at([(0, 0.705)])[0], (car.half * 0.74, car.tall * 0.15)


def _ring(x: float, y: float, wide: float, high: float) -> Points:
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return [(x + wide * float(np.cos(a)), y + high * float(np.sin(a))) for a in angles]


def _fitted(
    plate: DrawnPlate, middle: npt.NDArray[np.float64], room: tuple[float, float], roll: float
) -> Quad:
    """Return the plate's Quad, as large as the room allows, a little turned."""
    width, height = sides(plate.quad)
    scale = min(room[0] / width, room[1] / height)
    w, h = width * scale / 2, height * scale / 2
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return as_quad(np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) @ turn + middle)


def _shadow(car: Car) -> None:
    """Darken the ground under the car."""
    height, width = car.canvas.shape[:2]
    small = np.zeros((height // 8, width // 8), np.float32)
    centre = int(car.x / 8), int((car.y + car.tall * 0.97) / 8)
    cv2.ellipse(small, centre, (int(car.half * 1.08 / 8), int(car.tall * 0.07 / 8)), 0, 0, 360, 1.0, -1)
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), car.half / 90), (width, height))
    car.canvas *= (1 - 0.78 * soft[..., None]).astype(np.float32)


def _houses(rng: np.random.Generator, canvas: npt.NDArray[np.float32], horizon: int) -> None:
    """Draw a row of houses with windows."""
    x, width = -int(rng.integers(0, 200)), canvas.shape[1]
    while x < width:
        wide, tall = int(width * rng.uniform(0.1, 0.22)), int(horizon * rng.uniform(0.35, 0.95))
        wall = rng.uniform(120, 215) + rng.normal(0, 14, 3) + (10, 0, -12)
        cv2.rectangle(canvas, (x, horizon - tall), (x + wide, horizon), np.clip(wall, 0, 255).tolist(), -1)
        step = max(24, wide // int(rng.integers(4, 7)))
        for left in range(x + step // 3, x + wide - step // 2, step):
            for top in range(horizon - tall + step // 2, horizon - step, int(step * 1.2)):
                cv2.rectangle(
                    canvas, (left, top), (left + step // 2, top + int(step * 0.7)), (82, 94, 106), -1
                )
        x += wide + int(rng.integers(0, 60))


def _tree(rng: np.random.Generator, canvas: npt.NDArray[np.float32], x: int, horizon: int) -> None:
    """Draw a tree: a trunk and many leafy discs."""
    tall = horizon * rng.uniform(0.4, 0.9)
    cv2.line(canvas, (x, horizon), (x, int(horizon - tall / 2)), (78, 62, 48), max(3, int(tall / 26)))
    for dx, dy in rng.normal(0, (tall * 0.16, tall * 0.14), (46, 2)):
        green = rng.uniform(0.7, 1.2)
        centre, radius = (int(x + dx), int(horizon - tall * 0.66 + dy)), int(tall * rng.uniform(0.04, 0.1))
        cv2.circle(canvas, centre, radius, (66 * green, 104 * green, 58 * green), -1)


def _exposed(rng: np.random.Generator, canvas: npt.NDArray[np.float32]) -> Pixels:
    """Return the canvas as a camera saves it: light towards the corners less, a little noise."""
    height, width = canvas.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corners = 1 - 0.16 * (x**2 + y**2)
    noise = rng.normal(0, 2.2, (height, width, 1))
    lit: Pixels = np.clip(canvas * corners[..., None] + noise, 0, 255).astype(np.uint8)
    return lit
