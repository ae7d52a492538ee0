"""Texts for real plates that nobody has read, or misread: those that the shipped recogniser reads alike in
many views.

It is the teacher of the next recogniser. A text that it is sure of teaches little by itself, but the look of
the picture (a light, a typeface, dirt that no drawn plate has) comes again in harder views. Labels that it
surely contradicts, though it has learnt them, are mostly errors (confident learning: Northcutt, Jiang and
Chuang 2021, arXiv:1911.00068).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import Field

from platewise import settings
from platewise.core.frame import Pixels
from platewise.core.geometry import Quad, quad_of, sides
from platewise.core.lattice import Lattice
from platewise.core.plate import fold
from platewise.regions import library
from platewise.regions.library import Region
from platewise.train.config import Count, Positive, Settings, Share
from platewise.train.index import Labelled, LabelledPlate
from platewise.train.recognizer_crops import read_pixels
from platewise.vision.formats import GENERIC
from platewise.vision.protocols import Recognizer
from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer
from platewise.vision.rectify import rectify

SUFFIX = "-pseudo"
"""Ends the source's name: labels that may be wrong are a source of their own in the mixture."""
FOREIGN = frozenset({"bd", "eg", "np"})
"""Regions of pictures whose plates carry signs that the recogniser does not have."""
LENGTHS = range(4, 11)
"""A shorter reading is mostly part of a plate, or of something else."""
BOXED, WHOLE = (0.0, 0.22), (-0.06, 0.04)
"""How much more than the plate a view shows, shares of its size: of a box, of a picture that is the plate."""


class PseudoConfig(Settings):
    """Which readings are believed where a plate has no text, or another: table ``[pseudo]``."""

    use: bool = False
    """Whether to have such labels. The packaged weights are the teacher: the very first run has none."""
    views: Positive = 8
    seed: Count = 0
    agree: Share = 0.85
    """Share of the views that must read the same."""
    sure: Share = 0.9
    """Least mean probability of the text's signs, over all views."""
    least: Share = 0.7
    """Least probability of its weakest slot, the empty ones too."""
    height: Annotated[float, Field(ge=0)] = 12
    """Plates of a smaller height, px, are left out."""


@dataclass(frozen=True, slots=True)
class View:
    """A way to look at a plate: ``margin`` from 0, narrow, to 1; ``shift`` in shares of the plate's size.

    ``angle`` in radians; ``gamma`` is the exponent on light in [0, 1]; ``scale`` at most 1 loses detail.
    """

    margin: float = 0.4
    shift: tuple[float, float] = (0.0, 0.0)
    angle: float = 0.0
    gamma: float = 1.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What all views of a plate say together: ``agree``, ``sure`` and ``least`` as in ``PseudoConfig``."""

    text: str
    agree: float
    sure: float
    least: float


def shipped_teacher() -> OnnxSlotRecognizer:
    """Return the recogniser with the packaged weights, on one thread."""
    return OnnxSlotRecognizer.from_settings(settings.Settings(threads=1))


def from_shipped(train: Iterable[Labelled], held: Iterable[Labelled], config: PseudoConfig) -> list[Labelled]:
    """Return the pictures to train on as the shipped recogniser sees them, if that is wanted.

    Texts that it surely contradicts are gone; what it reads where there is none comes as pictures of its own.
    """
    pictures = list(train)
    if not config.use:
        return pictures
    unwanted = {plate.text for picture in held for plate in picture.plates if plate.text}
    teacher, regions = shipped_teacher(), library.load()
    kept = [uncontradicted(picture, config, teacher, regions) for picture in pictures]
    return [*kept, *pseudo_labelled(kept, config, teacher, regions, unwanted)]


def uncontradicted(
    picture: Labelled, config: PseudoConfig, teacher: Recognizer, regions: Mapping[str, Region]
) -> Labelled:
    """Return a picture without the texts that are surely read otherwise, look-alike signs apart."""
    texts = [plate for plate in picture.plates if plate.readable]
    wrong = {
        id(plate)
        for plate, reading in readings(picture, texts, config, teacher)
        if fold(reading.text) != fold(plate.text or "")
        and believed(reading, config)
        and plausible(reading.text, picture.region, regions)
    }
    if not wrong:
        return picture
    plates = (replace(plate, text=None) if id(plate) in wrong else plate for plate in picture.plates)
    return replace(picture, plates=tuple(plates))


def pseudo_labelled(
    pictures: Iterable[Labelled],
    config: PseudoConfig,
    teacher: Recognizer,
    regions: Mapping[str, Region],
    unwanted: Collection[str] = (),
) -> list[Labelled]:
    """Return the pictures in which plates got a text, with these plates alone, as sources of their own.

    Texts that are alike an ``unwanted`` one are dropped: they would give a held-out plate away.
    """
    never = {fold(text) for text in unwanted}
    found = []
    for picture in pictures:
        unread = [plate for plate in picture.plates if plate.text is None]
        kept = tuple(
            replace(plate, text=reading.text)
            for plate, reading in readings(picture, unread, config, teacher)
            if believed(reading, config)
            and plausible(reading.text, picture.region, regions)
            and fold(reading.text) not in never
        )
        if kept:
            found.append(replace(picture, plates=kept, source=picture.source + SUFFIX))
    return found


def readings(
    picture: Labelled, plates: Sequence[LabelledPlate], config: PseudoConfig, teacher: Recognizer
) -> Iterator[tuple[LabelledPlate, Reading]]:
    """Yield what the teacher reads on those plates of a picture that are large enough."""
    places = list(_places(picture, plates, config.height))
    if not places:
        return
    pixels = read_pixels(picture.image)
    ways = views(config.views, config.seed)
    crops = [look(pixels, quad, view, margins) for _, quad, margins in places for view in ways]
    lattices = np.stack([r.lattice.probabilities for r in teacher.recognize(crops)])
    of_plate = lattices.reshape(len(places), len(ways), *lattices.shape[1:])
    for (plate, _, _), its in zip(places, of_plate, strict=True):
        yield plate, together(its)


def believed(reading: Reading, config: PseudoConfig) -> bool:
    """Say whether the views agree enough, and surely enough."""
    return reading.agree >= config.agree and reading.sure >= config.sure and reading.least >= config.least


def plausible(text: str, region: str, regions: Mapping[str, Region]) -> bool:
    """Say whether a text is a plate's: legal in the region; where that is none of ours, in any country's."""
    own = regions.get(region)
    countries = [own] if own else [r for r in regions.values() if r.code != GENERIC]
    return len(text) in LENGTHS and any(country.match(text) for country in countries)


def views(count: int, seed: int) -> list[View]:
    """Return the plain view and ``count - 1`` drawn ones; no flips: a mirrored sign is another sign."""
    rng = np.random.default_rng(seed)
    drawn = [
        View(
            margin=float(rng.random()),
            shift=(float(rng.uniform(-0.03, 0.03)), float(rng.uniform(-0.05, 0.05))),
            angle=float(rng.uniform(-0.05, 0.05)),
            gamma=float(np.exp(rng.uniform(-0.4, 0.4))),
            scale=float(rng.uniform(0.7, 1.0)),
        )
        for _ in range(count - 1)
    ]
    return [View(), *drawn]


def look(pixels: Pixels, quad: Quad, view: View, margins: tuple[float, float]) -> Pixels:
    """Return a plate of ``(H, W, 3) uint8 RGB``, at a Quad ``(4, 2) float32`` px, in a view, uint8 RGB."""
    low, high = margins
    margin = low + view.margin * (high - low)
    centre, turn = quad.mean(0), _turn(view.angle)
    moved = (quad - centre) @ turn.T + centre + np.array(view.shift, np.float32) * sides(quad)
    crop = rectify(pixels, moved.astype(np.float32), (margin, margin)).pixels
    light = (np.linspace(0, 1, 256) ** view.gamma * 255).round().astype(np.uint8)
    small = cv2.resize(light[crop], None, fx=view.scale, fy=view.scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def together(lattices: npt.NDArray[np.float32]) -> Reading:
    """Return the reading of the lattices of all views of a plate, ``(V, T, K) float32``."""
    mean = Lattice(lattices.mean(0))
    text = mean.text()
    agree = np.mean([Lattice(one).text() == text for one in lattices])
    sure = np.mean(mean.confidences()) if text else 0.0
    return Reading(text, float(agree), float(sure), float(mean.probabilities.max(1).min()))


def _places(
    picture: Labelled, plates: Sequence[LabelledPlate], height: float
) -> Iterator[tuple[LabelledPlate, Quad, tuple[float, float]]]:
    """Yield plates, where they are, and the margins to look at them with."""
    if picture.region in FOREIGN:
        return
    for plate in plates:
        boxed = plate.quad if plate.quad is not None else quad_of(plate.box) if plate.box else None
        if boxed is not None and sides(boxed)[1] >= height:
            yield plate, boxed, BOXED
        elif boxed is None and picture.kind == "crop" and len(picture.plates) == 1:
            yield plate, quad_of((0, 0, *picture.size)), WHOLE


def _turn(angle: float) -> npt.NDArray[np.float32]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
