"""Which labelled pictures are never trained on, so that the figures are about plates nobody has seen.

The rule looks at a picture's scene or text, never at its place in a list: a new picture moves no other, and
two pictures of one plate are on one side.
"""

import hashlib
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from platewise.errors import ImageError
from platewise.train.index import Labelled

WHOLE = frozenset({"in-n225"})
"""Sources that are held out as a whole: what no picture of the same hand has taught."""
PERCENT = 6
"""The held-out share of every other training folder."""
SALT = "1:"
"""Put before what is hashed; of a few tries the one that holds out about as much of every folder."""
CHECKS_ONLY = "validation"
"""Folders under a folder of this name are never trained on, whatever the rule says."""
SAME_PICTURE = 4
"""Two pictures whose 64-bit hashes differ in at most so many bits are taken for one."""


def held_out(labelled: Labelled) -> bool:
    """Say whether a picture is for checks: by its folder, else by the hash of its scene, text or name."""
    if CHECKS_ONLY in {parent.name for parent in labelled.image.parents[1:3]} or labelled.source in WHOLE:
        return True
    texts = sorted(plate.text for plate in labelled.plates if plate.text)
    key = labelled.group or "/".join(texts) or f"{labelled.source}/{labelled.image.name}"
    return int.from_bytes(hashlib.sha256((SALT + key).encode()).digest()[:4], "big") % 100 < PERCENT


def separate(pictures: Iterable[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Return (to train on, held out); what shows a held-out plate or picture again is in neither."""
    sides: tuple[list[Labelled], list[Labelled]] = ([], [])
    for labelled in pictures:
        sides[held_out(labelled)].append(labelled)
    train, held = sides
    texts = {plate.text for item in held for plate in item.plates if plate.text}
    fresh = [x for x in train if not any(plate.text in texts for plate in x.plates)]
    return _without_copies(fresh, held), held


def _without_copies(train: Sequence[Labelled], held: Sequence[Labelled]) -> list[Labelled]:
    """Drop scenes that look like a held-out scene of any source; a crop shows little else than its text."""
    scenes = [difference_hash(item) for item in held if item.kind == "scene"]
    codes = np.array(scenes, np.uint8).reshape(-1, 64)
    return [x for x in train if x.kind == "crop" or not _is_copy(difference_hash(x), codes)]


def _is_copy(code: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> bool:
    return bool(((others != code).sum(1) <= SAME_PICTURE).any())


def difference_hash(labelled: Labelled) -> npt.NDArray[np.uint8]:
    """Return the picture's 64 signs of change to the right, ``(64,) uint8`` of 0 and 1."""
    grey = cv2.imread(str(labelled.image), cv2.IMREAD_REDUCED_GRAYSCALE_4)
    if grey is None:
        raise ImageError(f"{labelled.image}: not a picture")
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    return (small[:, 1:] > small[:, :-1]).astype(np.uint8).reshape(-1)
