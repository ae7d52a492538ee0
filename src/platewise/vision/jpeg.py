"""The header of a JPEG file, read without decoding and without a word on standard error."""

import struct
from typing import NamedTuple

_NO_FRAMES = {0xC4, 0xC8, 0xCC}
"""Markers between C0 and CF that do not start a frame: tables and the reserved one."""
_SCAN, _END = 0xDA, 0xD9
_ALONE = {0x00, 0x01, 0xFF, *range(0xD0, 0xD8)}
"""Fillers and markers that carry no length."""


class JpegHeader(NamedTuple):
    """Size in px, colour components (1 grey, 3 RGB, 4 CMYK), EXIF block, and where the first scan starts."""

    width: int
    height: int
    components: int
    exif: bytes
    scan: int


def read_jpeg_header(data: bytes) -> JpegHeader:
    """Return the header of a JPEG file's bytes; ValueError when it ends before the first scan."""
    at, exif, frame = 2, b"", None
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in (_SCAN, _END):
            break
        if marker in _ALONE:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES and at + 10 <= len(data):
            frame = struct.unpack_from(">HHB", data, at + 5)
        elif marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            exif = exif or data[at + 4 : end]
        at = end
    if frame is None or at < 0 or data[at + 1 : at + 2] != bytes([_SCAN]):
        raise ValueError("no picture data behind the header")
    height, width, components = frame
    return JpegHeader(width, height, components, exif, at)


def exif_orientation(exif: bytes) -> int:
    """Return the orientation 1 to 8 of an EXIF block; 1 where it is damaged: the pixels may be whole."""
    body = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(body[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", body, 4)
        (count,) = struct.unpack_from(f"{order}H", body, start)
        entries = [struct.unpack_from(f"{order}HHIH", body, start + 2 + 12 * i) for i in range(count)]
    except struct.error:
        return 1
    value = next((int(value) for tag, _, _, value in entries if tag == 0x0112), 1)
    return value if 1 <= value <= 8 else 1
