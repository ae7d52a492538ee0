"""Drawn Chinese plates of one line, as the three networks of the ``haar`` pipeline see them."""

from functools import cached_property
from pathlib import Path
from typing import TypedDict

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from platewise.core.frame import Pixels
from platewise.core.plate import SIGNS
from platewise.regions.library import select
from platewise.synth import cache, light, sensor
from platewise.synth.backgrounds import drawn
from platewise.synth.degrade import photograph
from platewise.synth.paste import paste, pose
from platewise.synth.plates import DrawnPlate
from platewise.train.config import Count, Positive, Settings
from platewise.vision.detectors.bands import SIGN, Band, Line, straightened, strip_matrix
from platewise.vision.recognizers.segments import STRIDE, windows

PICTURE = (320, 160)
"""Width and height of the picture that a strip is cut from, px."""
SCENE = 640
PLACES = 160 // STRIDE
OTHERS = 2
"""Windows of a crop besides the province's."""
NEAR = 1.0
"""A place counts as a sign's middle when it is at most so many places away."""


class HaarData(Settings):
    """What is drawn: table ``[drawn]``."""

    path: Path = Path("runs/haar-plates")
    """Where the drawn plates are kept between runs."""
    plates: Positive = 20_000
    backgrounds: Positive = 150
    seed: Count = 0
    checks: Positive = 500
    strength: float = 1.0
    """How badly the plates are photographed."""


class HaarBatch(TypedDict):
    """N crops, the windows of some of their signs, and half as many strips."""

    strips: Tensor
    """(N/2, 48, 208, 3) uint8 RGB."""
    edges: Tensor
    """Left and right edge of the plate, strip px, (N/2, 2) float32."""
    crops: Tensor
    """(N, 48, 160, 3) uint8 RGB."""
    middles: Tensor
    """1 near the middle of a sign, 0 elsewhere, (N, 80) float32."""
    windows: Tensor
    """(M, 48, 24, 3) uint8 RGB."""
    signs: Tensor
    """Class of each window, (M,) int64."""


class Strokes:
    """Draws batches."""

    def __init__(self, config: HaarData, batch: int) -> None:
        """Prepare batches of so many strips and crops."""
        self.config, self.batch = config, batch

    def draw(self, rng: np.random.Generator) -> HaarBatch:
        """Return one batch."""
        strips = [self.strip(rng) for _ in range(self.batch // 2)]
        crops, middles, pieces, signs = [], [], [], []
        for _ in range(self.batch):
            plate = self.plate(rng)
            crop, centres = photograph(rng, plate, (160, 48), self.config.strength)
            xs = centres[:, 0] * crop.shape[1]
            crops.append(crop)
            middles.append(middles_of(xs))
            places, classes = samples(rng, xs, plate.text)
            pieces.append(windows(crop, places))
            signs += classes
        return HaarBatch(
            strips=torch.from_numpy(np.stack([strip for strip, _ in strips])),
            edges=torch.from_numpy(np.stack([edges for _, edges in strips])),
            crops=torch.from_numpy(np.stack(crops)),
            middles=torch.from_numpy(np.stack(middles)),
            windows=torch.from_numpy(np.concatenate(pieces)),
            signs=torch.tensor(signs),
        )

    def plate(self, rng: np.random.Generator) -> DrawnPlate:
        """Return a random plate of one line."""
        return self.plates[int(rng.choice(self.lines))]

    def strip(self, rng: np.random.Generator) -> tuple[Pixels, npt.NDArray[np.float32]]:
        """Return a strip ``(48, 208, 3) uint8 RGB`` and the plate's edges in it, ``(2,) float32`` px."""
        plate = self.plate(rng)
        scene = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        x, y = rng.integers(0, SCENE - PICTURE[0]), rng.integers(0, SCENE - PICTURE[1])
        picture = scene[y : y + PICTURE[1], x : x + PICTURE[0]].copy()
        posed = pose(rng, plate, 0.7)
        wide = float(np.exp(rng.uniform(np.log(60), np.log(210))))
        quad = (posed * (wide / np.ptp(posed[:, 0])) + np.array(PICTURE) / 2).astype(np.float32)
        paste(rng, picture, quad, plate, rng.uniform(0, 1.0), None if rng.random() < 0.5 else 0.95)
        lit = light.expose(rng, light.to_float(picture), 0.5)
        picture = sensor.expose_sensor(sensor.noise(rng, lit, 0.02))
        band = jittered(rng, quad)
        ends = np.array([[(quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2]], np.float32)
        edges = cv2.perspectiveTransform(ends, np.linalg.inv(strip_matrix(band)))[0, :, 0]
        return straightened(picture, band), edges.astype(np.float32)

    @cached_property
    def plates(self) -> cache.PlateCache:
        """The drawn plates, those of two lines too."""
        data = self.config
        if not data.path.with_suffix(".npz").exists():
            cache.build(data.path, data.plates, data.seed, select(["cn"]))
        return cache.PlateCache(data.path)

    @cached_property
    def lines(self) -> npt.NDArray[np.int64]:
        """The numbers of the plates of one line that have seven or eight signs."""
        fitting = [i for i, plate in enumerate(self.plates) if plate.lines == 1 and len(plate.text) in (7, 8)]
        return np.array(fitting, np.int64)

    @cached_property
    def backgrounds(self) -> list[Pixels]:
        """Drawn scenes without plates ``(640, 640, 3) uint8 RGB``."""
        seed = self.config.seed
        return [drawn(np.random.default_rng((seed, i)), SCENE, SCENE) for i in range(self.config.backgrounds)]


def jittered(rng: np.random.Generator, quad: npt.NDArray[np.float32]) -> Band:
    """Return the band of the signs of a plate's quad ``(4, 2) float32`` px, as badly fitted as by RANSAC."""
    left, right = quad[3] - quad[0], quad[2] - quad[1]
    high = float(np.linalg.norm(left + right)) / 2 * SIGN
    shares = (0.5 - SIGN / 2, 0.5 + SIGN / 2)
    upper, lower = (
        line_through(quad[0] + left * share, quad[1] + right * share, rng.normal(0, 0.06 * high, 2))
        for share in shares
    )
    middle, wide = float(quad[:, 0].mean()), float(np.ptp(quad[:, 0]))
    return Band(upper, lower, middle + float(rng.normal(0, 0.1)) * wide)


def line_through(
    a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], off: npt.NDArray[np.float64]
) -> Line:
    """Return the line through two points ``(2,) float32`` px, each moved down by ``off (2,)`` px."""
    slope = float((b[1] + off[1] - a[1] - off[0]) / (b[0] - a[0]))
    return slope, float(a[1] + off[0] - slope * a[0])


def middles_of(xs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return which places are near the middles of signs at ``xs (n,)`` px, ``(80,) float32``."""
    places = np.arange(PLACES) + 0.5
    return np.asarray(np.abs(places[:, None] - xs[None] / STRIDE).min(1) <= NEAR, np.float32)


def samples(
    rng: np.random.Generator, xs: npt.NDArray[np.float32], text: str
) -> tuple[list[float], list[int]]:
    """Return places px of windows and their classes: the province, the hardest, and some of the other signs
    at ``xs (n,)``, all a little off.
    """
    chosen = [0, *rng.choice(np.arange(1, len(text)), OTHERS, replace=False).tolist()]
    return [float(xs[i] + rng.normal(0, 1.2)) for i in chosen], [1 + SIGNS.index(text[i]) for i in chosen]
