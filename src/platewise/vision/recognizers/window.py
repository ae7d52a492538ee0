"""Reads one window of 128 x 64 px with a plate in its middle, as the UK seed does."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, box_of, quad_of
from platewise.core.lattice import EMPTY, Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.settings import Settings
from platewise.vision.protocols import Crop, Recognition
from platewise.vision.session import OnnxModel, open_model

WIDTH, HEIGHT = 128, 64
SHARE = 0.74
"""How much of a window's width its plate takes: the middle of what the network is trained on."""


LOOKS = ((1.0, 0.0), (0.95, 0.0), (1.05, 0.0), (1.0, 2.0))
"""Each window is read so many times, enlarged and moved right by px: the mean errs less than one look."""


class WindowRecognizer:
    """Windows: the whole picture of 128 x 64 px counts, not the plate alone."""

    name = "window"

    def __init__(self, model: OnnxModel) -> None:
        """Take the loaded model; ModelError when it is of another contract."""
        self._model = model.expect(["pictures"], ["presence", "place", "signs"])
        self.version = str(model.entry.get("sha256", ""))[:12]

    @classmethod
    def from_settings(cls, settings: Settings) -> "WindowRecognizer":
        """Return the recogniser with the weights named ``window``."""
        return cls(open_model("window", settings))

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        """Return one recognition a window ``(h, w, 3) uint8 RGB`` of any size, in order."""
        if not crops:
            return []
        looks = np.stack([look for crop in crops for look in looks_at(crop)])
        (said,) = self._model.run(looks, ["signs"])
        signs = said.reshape(len(crops), len(LOOKS), *said.shape[1:]).mean(1)
        lattices = np.zeros((len(signs), MAX_SIGNS, 1 + len(SIGNS)), np.float32)
        lattices[:, :, EMPTY] = 1
        lattices[:, : signs.shape[1]] = 0
        lattices[:, : signs.shape[1], : signs.shape[2]] = signs
        return [Recognition(Lattice(rows), {"gb": 1.0}) for rows in lattices]

    def stages(self, crop: Pixels) -> Iterator[tuple[str, Pixels]]:
        """Yield the looks that are taken at a window ``(h, w, 3) uint8 RGB``, side by side."""
        yield "looks", np.hstack(list(looks_at(crop)))

    def framed(self, pixels: Pixels, quad: Quad | None) -> Crop:
        """Return the window around a Quad ``(4, 2) float32`` px, or around a picture that is the plate."""
        whole = quad_of((0, 0, pixels.shape[1], pixels.shape[0]))
        return window_of(pixels, whole if quad is None else quad)


def looks_at(window: Pixels) -> Iterator[Pixels]:
    """Yield a window ``(h, w, 3) uint8 RGB`` as ``(64, 128, 3)``, once for each of ``LOOKS``."""
    sized = cv2.resize(window, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    for zoom, right in LOOKS:
        move = np.array([[zoom, 0, (1 - zoom) * WIDTH / 2 + right], [0, zoom, (1 - zoom) * HEIGHT / 2]])
        look = cv2.warpAffine(sized, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        yield look.astype(np.uint8, copy=False)


def window_of(pixels: Pixels, quad: Quad) -> Crop:
    """Return the upright window around a Quad ``(4, 2) float32`` px of ``(H, W, 3) uint8 RGB``.

    What lies outside the picture repeats its edge.
    """
    x, y, w, h = box_of(quad)
    wide = max(w / SHARE, h / SHARE * WIDTH / HEIGHT, 8.0)
    scale = wide / WIDTH
    left, top = x + w / 2 - wide / 2, y + h / 2 - wide * HEIGHT / WIDTH / 2
    to_frame = np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]])
    source, to_source = pixels, np.eye(3)
    if scale > 1.3:
        size = (max(1, round(pixels.shape[1] / scale)), max(1, round(pixels.shape[0] / scale)))
        source = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        to_source = np.diag([size[0] / pixels.shape[1], size[1] / pixels.shape[0], 1.0])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    move = np.linalg.inv(half) @ to_source @ to_frame @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    window = cv2.warpPerspective(source, move, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Crop(window.astype(np.uint8, copy=False), to_frame)
