"""Functions of other projects under their own names, for programs that were written for those."""

from functools import lru_cache
from typing import Any

from platewise.vision.reader import Reader


def HyperLPR_PlateRecogntion(image: Any) -> list[list[Any]]:
    """Return ``[[text, confidence, [x0, y0, x1, y1]], ...]`` of a picture ``(H, W, 3) uint8 BGR``.

    The name is misspelt as it was in the Chinese parking seed, where ``cv2.imread`` gives the picture. Boxes
    are whole px; a plate that nothing can be read of is left out. Platewise's own way is
    ``Reader().read("demo.jpg")``.
    """
    reads = _reader().read(image[:, :, ::-1])
    return [
        [read.plate.text, read.confidence, _corners(read.to_dict()["box"])] for read in reads if read.plate
    ]


@lru_cache(maxsize=1)
def _reader() -> Reader:
    return Reader()


def _corners(box: list[float]) -> list[int]:
    x, y, w, h = box
    return [round(x), round(y), round(x + w), round(y + h)]
