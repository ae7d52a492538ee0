"""Anything that holds one picture -> Frame: limits first, the header before the pixels, EXIF upright, RGB.

OpenCV decodes JPEG, what cameras send; Pillow decodes what OpenCV cannot do faithfully: CMYK, palettes,
transparency, 16 bits, the first frame of an animation, and the formats whose damage OpenCV only prints.
"""

import io
import os
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from platewise.core.frame import Frame, Pixels
from platewise.errors import ImageError
from platewise.settings import Settings
from platewise.vision.header import BROKEN, check_size, read_header
from platewise.vision.jpeg import JpegHeader

Held: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | npt.NDArray[Any] | Image.Image
"""One picture: a path, the bytes of a file, pixels ``(H, W, 3) uint8 RGB``, grey or RGBA, a PIL image."""
Source: TypeAlias = Held | io.IOBase
"""A picture, or a file opened in binary mode, which is read once, from where it stands."""

_TURNS = {2: (1, 0), 3: (0, 2), 4: (1, 2), 5: (1, 1), 6: (0, 3), 7: (1, 3), 8: (0, 1)}
"""EXIF orientation -> (mirror left to right first, quarter turns anticlockwise then)."""
_PAPER = (255, 255, 255)
"""What is seen through transparent pixels."""


def held(source: Source, settings: Settings) -> Held:
    """Return a picture that can be decoded again: of an open file its bytes, at most one too many."""
    if not isinstance(source, io.IOBase):
        return source
    data = source.read(settings.max_bytes + 1)
    if not isinstance(data, bytes):
        raise ImageError("the picture was opened as text; open it in binary mode: open(path, 'rb')")
    return data


def decode(source: Held, settings: Settings | None = None) -> Frame:
    """Return the Frame of one picture, pixels ``(H, W, 3) uint8 RGB`` upright, or raise ImageError."""
    limits = settings or Settings()
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Frame(_from_bytes(bytes(source), "the picture", limits))
    if isinstance(source, np.ndarray):
        return Frame(_from_array(source, limits))
    if isinstance(source, Image.Image):
        return Frame(_from_pil(source, limits))
    if isinstance(source, (str, os.PathLike)):
        return Frame(_from_bytes(_file(Path(source), limits), str(source), limits), id=str(source))
    raise ImageError(f"a picture is a path, bytes, a numpy array or a PIL image, not {type(source).__name__}")


def _file(path: Path, limits: Settings) -> bytes:
    try:
        if path.is_dir():
            raise ImageError(f"{path} is a folder; give the pictures in it")
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise ImageError(f"no file {path}") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{path} cannot be opened: {error}") from error
    return data


def _from_bytes(data: bytes, name: str, limits: Settings) -> Pixels:
    if len(data) > limits.max_bytes:
        size = f"{limits.max_bytes / 2**20:g} MiB"
        raise ImageError(f"{name} is over {size}; shrink it, or raise PLATEWISE_MAX_BYTES")
    orientation, picture = read_header(data, name, limits)
    if isinstance(picture, JpegHeader):
        return _upright(_jpeg(data, picture.scan, name), orientation)
    try:
        return _upright(_rgb(picture), orientation)
    except BROKEN as error:
        raise ImageError(f"{name} is damaged or cut off ({error}); copy or download it again") from error


def _jpeg(data: bytes, scan: int, name: str) -> Pixels:
    if data.find(b"\xff\xd9", scan) < 0:  # OpenCV would fill the missing part with grey
        raise ImageError(f"{name} is cut off: its JPEG data has no end; copy or download it again")
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None:
        raise ImageError(f"{name} is damaged: its JPEG data cannot be decoded; copy or download it again")
    return pixels.astype(np.uint8, copy=False)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    mirror, turns = _TURNS.get(orientation, (0, 0))
    return np.ascontiguousarray(np.rot90(pixels[:, ::-1] if mirror else pixels, turns))


def _from_pil(image: Image.Image, limits: Settings) -> Pixels:
    check_size(*image.size, "the picture", limits)
    try:
        return _rgb(ImageOps.exif_transpose(image))
    except BROKEN as error:
        raise ImageError(f"the picture is damaged or cut off ({error})") from error


def _rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I") or image.mode == "F":
        return _stretched(np.asarray(image))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = Image.alpha_composite(Image.new("RGBA", image.size, (*_PAPER, 255)), image.convert("RGBA"))
    return np.array(image.convert("RGB"), np.uint8)


def _stretched(grey: npt.NDArray[Any]) -> Pixels:
    """Return deep grey ``(H, W)`` of any number type as ``(H, W, 3) uint8 RGB``, the brightest at 255.

    Cameras put 10 or 12 bits into 16: dividing by 256 would leave them black.
    """
    values = np.clip(grey.astype(np.float32), 0, None)
    scaled = values * (255 / max(float(values.max()), 1e-6))
    return _stacked(scaled.astype(np.uint8))


def _stacked(grey: Pixels) -> Pixels:
    return np.repeat(grey[:, :, None], 3, axis=2)


def _from_array(array: npt.NDArray[Any], limits: Settings) -> Pixels:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    layers = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or layers not in (1, 3, 4):
        raise ImageError(
            f"an array must be (H, W, 3) uint8 RGB, (H, W) uint8 grey or (H, W, 4) uint8 RGBA, "
            f"got {array.shape} {array.dtype}"
        )
    check_size(array.shape[1], array.shape[0], "the array", limits)
    if array.ndim == 2:
        return _stacked(array)
    return _rgb(Image.fromarray(array, "RGBA")) if array.shape[2] == 4 else np.ascontiguousarray(array)
