"""What a picture file's header says, read before any pixel is decoded."""

import struct
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from platewise.errors import ImageError
from platewise.settings import Settings

FORMATS: dict[bytes, Callable[[BytesIO, str], Image.Image]] = {
    b"\xff\xd8\xff": JpegImagePlugin.JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImagePlugin.PngImageFile,
    b"RIFF": WebPImagePlugin.WebPImageFile,
    b"GIF8": GifImagePlugin.GifImageFile,
    b"BM": BmpImagePlugin.BmpImageFile,
}
"""The formats read, by their first bytes. Each other format is one more parser that a stranger's file reaches."""
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, struct.error)
"""What Pillow raises on damaged data."""
ORIENTATION = 0x0112


class Header(NamedTuple):
    """An opened picture whose pixels are not decoded yet, and its EXIF orientation (1 to 8)."""

    image: Image.Image
    orientation: int


def read_header(data: bytes, name: str, settings: Settings) -> Header:
    """Return the header of a picture file's bytes; ImageError when it is no picture or outside the limits."""
    if not data:
        raise ImageError(f"{name} is empty (0 bytes); copy or download it again")
    kind = next((plugin for magic, plugin in FORMATS.items() if data.startswith(magic)), None)
    if kind is None:
        raise ImageError(f"{name} is {_guess(data)}; give a JPEG, PNG, WebP, GIF or BMP picture")
    try:
        # The plugin itself and not Image.open: its own size check warns where the limits of Settings decide.
        image = kind(BytesIO(data), name)
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large: {error}") from error
    except BROKEN as error:
        raise ImageError(f"{name} has a damaged header ({error}); copy or download it again") from error
    check_size(*image.size, name, settings)
    return Header(image, orientation(image))


def check_size(width: int, height: int, name: str, settings: Settings) -> None:
    """Raise ImageError when a picture of that size in px has no pixels or more than the settings allow."""
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height})")
    if max(width, height) > settings.max_side or width * height > settings.max_pixels:
        raise ImageError(
            f"{name} is too large: {width} x {height} px, the limits are {settings.max_side} px a side and "
            f"{settings.max_pixels / 1e6:g} megapixels; shrink it, or raise PLATEWISE_MAX_PIXELS"
        )


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation 1 to 8 of an opened picture; 1 where there is none or its EXIF is damaged."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif") or b"")
        value = exif.get(ORIENTATION, 1)
    except BROKEN:
        return 1  # the pixels may be whole all the same
    return value if value in range(1, 9) else 1


def _guess(data: bytes) -> str:
    head = data[:512]
    if b"\0" not in head and all(byte >= 9 for byte in head):
        return "text, not a picture"
    return f"no picture of a known format (it starts with {head[:8].hex(' ')})"
