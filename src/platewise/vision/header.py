"""What a picture file's header says, read before any pixel is decoded."""

import struct
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from platewise.errors import ImageError
from platewise.settings import Settings
from platewise.vision.jpeg import JpegHeader, exif_orientation, read_jpeg_header

JPEG = b"\xff\xd8\xff"
FORMATS: dict[bytes, Callable[[BytesIO, str], Image.Image]] = {
    JPEG: JpegImagePlugin.JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImagePlugin.PngImageFile,
    b"RIFF": WebPImagePlugin.WebPImageFile,
    b"GIF8": GifImagePlugin.GifImageFile,
    b"BM": BmpImagePlugin.BmpImageFile,
}
"""The formats read, by their first bytes. Each more is one more parser that a stranger's file reaches."""
OTHERS = {
    b"ftyphei": "a HEIC picture, as telephones take them (their camera settings can choose JPEG)",
    b"ftyphev": "a HEIC picture",
    b"ftypmif1": "a HEIC picture, as telephones take them (their camera settings can choose JPEG)",
    b"ftypavif": "an AVIF picture",
    b"ftyp": "a video",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"%PDF": "a PDF document",
}
"""What else is sent in place of a picture, by what its first 12 bytes hold."""
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, struct.error)
"""What Pillow raises on damaged data."""


class Header(NamedTuple):
    """EXIF orientation (1 to 8), and the opened picture; of a grey or RGB JPEG only the header."""

    orientation: int
    picture: Image.Image | JpegHeader


def read_header(data: bytes, name: str, settings: Settings) -> Header:
    """Return the header of a picture file's bytes; ImageError when it is no picture or outside the limits."""
    if not data:
        raise ImageError(f"{name} is empty (0 bytes); copy or download it again")
    magic = next((magic for magic in FORMATS if data.startswith(magic)), None)
    if magic is None:
        raise ImageError(f"{name} is {_guess(data)}; give a JPEG, PNG, WebP, GIF or BMP picture")
    try:
        jpeg = read_jpeg_header(data) if magic == JPEG else None
        if jpeg and jpeg.components in (1, 3):
            check_size(jpeg.width, jpeg.height, name, settings)
            return Header(exif_orientation(jpeg.exif), jpeg)
        # The plugin itself and not Image.open: its size check warns where here the settings decide.
        image = FORMATS[magic](BytesIO(data), name)
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large: {error}") from error
    except BROKEN as error:
        raise ImageError(f"{name} has a damaged header ({error}); copy or download it again") from error
    check_size(*image.size, name, settings)
    return Header(exif_orientation(image.info.get("exif") or b""), image)


def check_size(width: int, height: int, name: str, settings: Settings) -> None:
    """Raise ImageError when a picture of that size in px has no pixels or more than the settings allow."""
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height})")
    if max(width, height) > settings.max_side or width * height > settings.max_pixels:
        raise ImageError(
            f"{name} is too large: {width} x {height} px, the limits are {settings.max_side} px a side and "
            f"{settings.max_pixels / 1e6:g} megapixels; shrink it, or raise PLATEWISE_MAX_PIXELS"
        )


def _guess(data: bytes) -> str:
    head = data[:512]
    for magic, named in OTHERS.items():
        if magic in head[:12]:
            return named
    if all(byte >= 9 for byte in head):
        return "text, not a picture"
    return f"no picture of a known format (it starts with {head[:8].hex(' ')})"
