"""Draws traffic frame by frame: perspective, motion blur, night and rain, and the truth of every plate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, box_of
from platewise.regions.library import Region
from platewise.synth.paste import homography, project
from platewise.synth.road import LANE, NEAR, Road
from platewise.synth.sprites import Sprite, sprite
from platewise.synth.traffic import Traffic, Vehicle, frames, plate_of, timetable, truth
from platewise.synth.weather import Weather

FINE = 1.5
"""A vehicle is drawn so many times larger than it is ever seen."""
DAY, NIGHT = 1 / 1000, 1 / 500
"""Seconds of exposure: what cameras for plates are set to."""
PAINT = (205, 204, 198)
INSIDE = 1.0
"""A plate counts as seen while it is so many px inside the picture."""


@dataclass(frozen=True, slots=True)
class Sky:
    """Night, rain, or both."""

    night: bool = False
    rain: bool = False


class Shot(NamedTuple):
    """One frame ``(H, W, 3) uint8 RGB`` and the plates wholly in it: vehicle number and Quad, px."""

    pixels: Pixels
    plates: tuple[tuple[int, Quad], ...]


@dataclass
class Film:
    """A video that is drawn while it is gone through, once; ``truths`` is complete afterwards."""

    traffic: Traffic
    regions: Sequence[Region]
    sky: Sky = Sky()
    vehicles: tuple[Vehicle, ...] = field(init=False)
    _seen: dict[int, list[tuple[int, list[float]]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Make the timetable."""
        self.vehicles = timetable(self.traffic)

    def __len__(self) -> int:
        """Return how many frames there are."""
        return frames(self.vehicles, self.traffic)

    def __iter__(self) -> Iterator[Shot]:
        """Draw the frames one after the other."""
        road, fps, seed = self.traffic.road, self.traffic.fps, self.traffic.seed
        weather = Weather(np.random.default_rng((seed, 1)), (road.width, road.height), self.sky.rain)
        ground = asphalt(np.random.default_rng((seed, 2)), road, self.sky.night)
        sprites: dict[int, Sprite] = {}
        for number in range(len(self)):
            second = number / fps
            here = [v for v in self.vehicles if v.start <= second < v.leaves(road)]
            sprites = {v.number: sprites.get(v.number) or self._sprite(v) for v in here}
            here.sort(key=lambda v: -v.z(second, road))
            pixels, plates = ground.copy(), []
            for vehicle in here:
                quad = self._draw(pixels, vehicle, sprites[vehicle.number], second)
                if _inside(quad, road):
                    plates.append((vehicle.number, quad))
                    self._seen.setdefault(vehicle.number, []).append((number, _rounded(quad)))
            yield Shot(weather.over(pixels, 6.0 if self.sky.night else 2.0), tuple(plates))

    def truths(self, boxes: bool = False) -> Iterator[dict[str, Any]]:
        """Yield what the video showed, a line a vehicle; with ``boxes``, also its plate's box by frame."""
        for vehicle in self.vehicles:
            seen = self._seen.get(vehicle.number, [])
            told = truth(vehicle, plate_of(vehicle, self.traffic, self.regions), seen)
            yield {**told, "boxes": {str(frame): box for frame, box in seen}} if boxes else told

    def _sprite(self, vehicle: Vehicle) -> Sprite:
        rng = np.random.default_rng((self.traffic.seed, 3, vehicle.number))
        plate = plate_of(vehicle, self.traffic, self.regions)
        scale = self.traffic.road.scale(NEAR) * FINE
        return sprite(rng, plate, scale, vehicle.direction == "receding", self.sky.night)

    def _draw(self, pixels: Pixels, vehicle: Vehicle, drawn: Sprite, second: float) -> Quad:
        """Draw a vehicle into the frame in place; return its plate's Quad, px."""
        road = self.traffic.road
        place, moved = (
            _placed(drawn, vehicle, road, moment)
            for moment in (second, second + (NIGHT if self.sky.night else DAY))
        )
        _blend(pixels, drawn, place, (moved - place).mean(0))
        height, width = drawn.levels[0].shape[:2]
        return project(homography(_frame(width, height), place), drawn.plate)


def asphalt(rng: np.random.Generator, road: Road, night: bool) -> Pixels:
    """Return the empty road ``(H, W, 3) uint8 RGB``: asphalt, lane marks, verges."""
    canvas = np.full((road.height, road.width, 3), (92, 108, 72), np.float32)
    edge = road.lanes * LANE / 2
    cv2.fillPoly(canvas, [_strip(road, -edge, edge, 10.0, 200.0)], (98, 98, 101), cv2.LINE_AA)
    for side in (-edge, edge):
        cv2.fillPoly(canvas, [_strip(road, side - 0.1, side + 0.1, 10.0, 200.0)], PAINT, cv2.LINE_AA)
    for lane in range(1, road.lanes):
        x = lane * LANE - edge
        for z in np.arange(12.0, 200.0, 9.0):
            cv2.fillPoly(canvas, [_strip(road, x - 0.07, x + 0.07, z, z + 3.0)], PAINT, cv2.LINE_AA)
    blotches = cv2.resize(rng.normal(0, 5, (24, 42)).astype(np.float32), (road.width, road.height))
    canvas += blotches[..., None] + rng.normal(0, 3, (road.height, road.width, 1)).astype(np.float32)
    if night:
        canvas *= np.array([0.2, 0.17, 0.13], np.float32)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _placed(drawn: Sprite, vehicle: Vehicle, road: Road, second: float) -> Quad:
    ground = np.array([road.middle(vehicle.lane), 0.0, vehicle.z(second, road)])
    return road.project(drawn.corners + ground)


def _blend(pixels: Pixels, drawn: Sprite, place: Quad, smear: npt.NDArray[np.float32]) -> None:
    """Draw the vehicle's picture onto the Quad ``place`` px, smeared along the vector ``smear`` px."""
    level = drawn.levels[_level(drawn, place)]
    (x0, y0), (x1, y1) = np.floor(place.min(0)).astype(int) - 4, np.ceil(place.max(0)).astype(int) + 4
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, pixels.shape[1]), min(y1, pixels.shape[0])
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    matrix = homography(_frame(level.shape[1], level.shape[0]) - 0.5, place - (x0 + 0.5, y0 + 0.5))
    patch = cv2.warpPerspective(level, matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
    if float(np.hypot(*smear)) > 0.7:
        patch = cv2.filter2D(patch, -1, _line(smear))
    clear = cv2.merge([255 - patch[:, :, 3]] * 3)
    under = pixels[y0:y1, x0:x1]
    under[:] = cv2.add(cv2.multiply(under, clear, scale=1 / 255), patch[:, :, :3])


def _level(drawn: Sprite, place: Quad) -> int:
    """Return the smallest level that is not enlarged."""
    ratio = drawn.levels[0].shape[1] / max(float(np.ptp(place[:, 0])), 1.0)
    return int(np.clip(np.floor(np.log2(max(ratio, 1.0))), 0, len(drawn.levels) - 1))


def _line(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the kernel ``(n, n) float32`` that smears along a vector, px."""
    half = int(np.ceil(np.abs(vector).max() / 2)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    ends = [tuple(np.round((half + sign * vector / 2) * 16).astype(int).tolist()) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _strip(road: Road, left: float, right: float, near: float, far: float) -> npt.NDArray[np.int32]:
    corners = [(left, 0, far), (right, 0, far), (right, 0, near), (left, 0, near)]
    return np.clip(road.project(corners), -20000, 20000).round().astype(np.int32)


def _frame(width: int, height: int) -> Quad:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _inside(quad: Quad, road: Road) -> bool:
    return bool((quad >= INSIDE).all() and (quad <= (road.width - INSIDE, road.height - INSIDE)).all())


def _rounded(quad: Quad) -> list[float]:
    return [round(value, 1) for value in box_of(quad)]
