"""Reads a line of signs piece by piece: a sliding window splits it, a small network names each sign."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.settings import Settings
from platewise.vision.protocols import Recognition
from platewise.vision.recognizers.onnx_slots import stretch
from platewise.vision.session import OnnxModel, open_model

Floats = npt.NDArray[np.float32]

STRIDE = 2
"""Px from one answer of the splitting network to the next."""
WINDOW = 24
"""Width of the window around a sign, px; its height is the crop's, 48."""
NEAREST, FARTHEST = 11, 32
"""Px between the middles of neighbouring signs in a crop 160 px wide."""
LENGTHS = (7, 8)
"""Signs of a Chinese plate of one line."""
PAPER, INK, CUT = 245, (60, 90, 150), (230, 50, 40)
"""Colours of the picture that shows how a line is split."""


class SegmentRecognizer:
    """Chinese plates of one line: crops stretched to 160 x 48, split, and read sign by sign."""

    name = "segments"

    def __init__(self, split: OnnxModel, signs: OnnxModel) -> None:
        """Take the loaded models; ModelError when one is of another contract."""
        self._split = split.expect(["crops"], ["centres"])
        self._signs = signs.expect(["windows"], ["signs"])
        self.version = str(signs.entry.get("sha256", ""))[:12]

    @classmethod
    def from_settings(cls, settings: Settings) -> "SegmentRecognizer":
        """Return the recogniser with the weights named ``haar-split`` and ``haar-signs``."""
        return cls(open_model("haar-split", settings), open_model("haar-signs", settings))

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        """Return one recognition a crop ``(h, w, 3) uint8 RGB`` of any size, in order."""
        if not crops:
            return []
        stretched = np.stack([stretch(crop) for crop in crops])
        (logits,) = self._split.run(stretched, ["centres"])
        places = [split_line(row) for row in logits]
        (signs,) = self._signs.run(np.concatenate(list(map(windows, stretched, places))), ["signs"])
        ends = np.cumsum([len(found) for found in places])[:-1]
        return [Recognition(lattice_of(rows), {"cn": 1.0}) for rows in np.split(signs, ends)]

    def stages(self, crop: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield how a crop ``(h, w, 3) uint8 RGB`` is split, and the windows that the signs are named by."""
        stretched = stretch(crop)
        logits = self._split.run(stretched[None], ["centres"])[0][0]
        places = split_line(logits)
        yield "split", split_shown(stretched, logits, places)
        apart = [cv2.copyMakeBorder(w, 2, 2, 2, 2, cv2.BORDER_CONSTANT) for w in windows(stretched, places)]
        yield "signs", np.hstack(apart).astype(np.uint8, copy=False)


def split_line(logits: Floats) -> list[float]:
    """Return the middles of the signs, px, of the log-odds ``(80,)`` that a sign stands at each place.

    Of all chains of seven or eight places with fitting gaps, the one of the greatest sum.
    """
    count, gaps = len(logits), range(-(-NEAREST // STRIDE), FARTHEST // STRIDE + 1)
    best = [logits.astype(np.float64)]
    back: list[npt.NDArray[np.int64]] = []
    for _ in range(max(LENGTHS) - 1):
        moved = np.full((len(gaps), count), -np.inf)
        for row, gap in enumerate(gaps):
            moved[row, gap:] = best[-1][:-gap]
        choice = moved.argmax(0)
        back.append(np.array(gaps)[choice])
        best.append(logits + moved.max(0))
    length = max(LENGTHS, key=lambda n: float(best[n - 1].max()))
    at = int(best[length - 1].argmax())
    places = [at]
    for step in reversed(back[: length - 1]):
        at -= int(step[at])
        places.append(at)
    return [(place + 0.5) * STRIDE for place in reversed(places)]


def windows(crop: Pixels, places: Sequence[float]) -> Pixels:
    """Return the windows ``(n, 48, 24, 3) uint8 RGB`` around places px of a crop ``(48, 160, 3)``."""
    half = WINDOW // 2
    wide = cv2.copyMakeBorder(crop, 0, 0, half, half, cv2.BORDER_REPLICATE)
    starts = [int(np.clip(round(place), 0, crop.shape[1])) for place in places]
    return np.stack([wide[:, x : x + WINDOW] for x in starts]).astype(np.uint8, copy=False)


def split_shown(crop: Pixels, logits: Floats, places: Sequence[float]) -> Pixels:
    """Return a crop ``(48, 160, 3) uint8 RGB`` four times as large over a plot of the log-odds ``(80,)``; red
    lines stand at the places px.
    """
    high, zoom = crop.shape[0], 4
    shares = 1 / (1 + np.exp(-logits.astype(np.float64)))
    plot = np.full((high, len(shares), 3), PAPER, np.uint8)
    for x, share in enumerate(shares):
        plot[high - round(share * (high - 1)) - 1 :, x] = INK
    plot = np.repeat(plot, STRIDE, axis=1)
    shown = np.vstack([crop, plot]).repeat(zoom, axis=0).repeat(zoom, axis=1)
    for place in places:
        cv2.line(shown, (round(place * zoom), 0), (round(place * zoom), shown.shape[0]), CUT, 1)
    return shown


def lattice_of(rows: Floats) -> Lattice:
    """Return the lattice of signs' probabilities ``(n, 82) float32``, the other slots empty."""
    lattice = np.zeros((MAX_SIGNS, 1 + len(SIGNS)), np.float32)
    lattice[:, EMPTY] = 1
    lattice[: len(rows)] = rows
    return Lattice(lattice)
