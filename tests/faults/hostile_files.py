"""Files that mean harm: bombs that grow when they are opened, and other things under a picture's name."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
_BLANK = bytes(1000)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int,
    height: int,
    *more: bytes,
    depth: int = 1,
    colour: int = 0,
    data: bytes = zlib.compress(_BLANK, 9),
) -> bytes:
    """Return a PNG that says it has this size, whatever is in it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG + head + b"".join(more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _saved(form: str, picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _jpeg(width: int, height: int) -> bytes:
    """Return a small JPEG whose header says another size."""
    data = bytearray(_saved("JPEG", Image.new("RGB", (16, 16))))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    """Return a GIF whose frame need not fit its screen."""
    data = bytearray(_saved("GIF", Image.new("P", (8, 8))))
    data[6:10] = struct.pack("<HH", *screen)
    at = data.index(b"\x2c", 13)
    data[at + 5 : at + 9] = struct.pack("<HH", *frame)
    return bytes(data)


def _webp(width: int, height: int) -> bytes:
    """Return a WebP with a canvas of this size around a small picture."""
    inner = _saved("WEBP", Image.new("RGB", (16, 16)))[12:]
    head = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4
    head += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + head + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _bmp(width: int, height: int, compression: int = 0) -> bytes:
    head = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, 24 if not compression else 8, compression, 0, 0, 0, 0, 0
    )
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + 64, 0, 0, 54) + head + bytes(64)


def _frames(form: str, count: int) -> bytes:
    pictures = [Image.new("RGB", (64, 64), (i % 256, 0, 0)) for i in range(count)]
    return _saved(form, pictures[0], save_all=True, append_images=pictures[1:])


def _looping_tiff() -> bytes:
    ifd = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 1, 30000) + struct.pack("<I", 8)
    return b"II*\0" + struct.pack("<I", 8) + ifd


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as outer:
        outer.writestr("car.jpg", zlib.compress(bytes(50_000_000), 9))
    return file.getvalue()


_LARGE = zlib.compress(bytes(100_000_000), 9)
BOMBS: dict[str, Callable[[], bytes]] = {
    "png of 30,000 squared": lambda: png(30_000, 30_000, data=zlib.compress(bytes(3751 * 30_000), 9)),
    "png of 2^31 squared": lambda: png(2**31 - 1, 2**31 - 1),
    "png of 20,001 by 1": lambda: png(20_001, 1),
    "png of 52 megapixels, 16 bits": lambda: png(8_000, 6_500, depth=16, colour=6),
    "png text that grows": lambda: png(64, 64, chunk(b"zTXt", b"a\0\0" + _LARGE)),
    "png profile that grows": lambda: png(64, 64, chunk(b"iCCP", b"a\0\0" + _LARGE)),
    "png words that grow": lambda: png(64, 64, chunk(b"iTXt", b"a\0\1\0\0\0" + _LARGE)),
    "png of many frames": lambda: _frames("PNG", 300),
    "jpeg of 65,500 squared": lambda: _jpeg(65_500, 65_500),
    "jpeg of 20,001 by 9": lambda: _jpeg(20_001, 9),
    "gif with a screen of 65,535 squared": lambda: _gif((65_535, 65_535), (8, 8)),
    "gif with a frame beyond its screen": lambda: _gif((8, 8), (65_535, 65_535)),
    "gif with a frame of 12,000 squared": lambda: _gif((8, 8), (12_000, 12_000)),
    "gif of many frames": lambda: _frames("GIF", 300),
    "webp of 16,383 squared": lambda: _webp(16_383, 16_383),
    "webp of many frames": lambda: _frames("WEBP", 60),
    "bmp of 2^31": lambda: _bmp(2**31 - 1, 2**31 - 1),
    "bmp, packed, of 40,000 squared": lambda: _bmp(40_000, 40_000, 1),
    "tiff that goes in circles": _looping_tiff,
    "ico": lambda: _saved("ICO", Image.new("RGB", (64, 64))),
    "gzip": lambda: gzip.compress(bytes(50_000_000)),
    "zip in zip": _zipped,
    "svg of a billion laughs": lambda: b"<!DOCTYPE s [<!ENTITY a 'ha'>]><svg>&a;</svg>",
}
"""Twenty files and more, each under 10 MiB."""

_POLYGLOT = _saved("JPEG", Image.new("RGB", (32, 32)))
WRONG: dict[str, bytes] = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "svg with its declaration": b"<?xml version='1.0'?><svg/>",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "eps with a binary head": b"\xc5\xd0\xd3\xc6" + bytes(40),
    "pdf": b"%PDF-1.7\n1 0 obj <</JS (app.alert(1))>>\n",
    "tiff": _saved("TIFF", Image.new("RGB", (8, 8))),
    "big tiff": b"II+\0\x08\0\0\0" + bytes(20),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
    "avif": b"\0\0\0\x20ftypavif" + bytes(40),
    "heic": b"\0\0\0\x20ftypheic" + bytes(40),
    "mp4": b"\0\0\0\x20ftypisom" + bytes(40),
    "matroska": b"\x1a\x45\xdf\xa3" + bytes(40),
    "playlist": b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
    "psd": b"8BPS\0\1" + bytes(40),
    "exr": b"v/1\x01" + bytes(40),
    "netpbm": b"P6 4 4 255\n" + bytes(48),
    "windows metafile": b"\xd7\xcd\xc6\x9a" + bytes(40),
    "ico": _saved("ICO", Image.new("RGB", (32, 32))),
    "html": b"<html><script>alert(1)</script></html>",
    "html that pretends to be a jpeg": b"\xff\xd8\xff<html><script>alert(1)</script>",
    "riff that is a wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "shell": b"#!/bin/sh\nid\n",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(40),
    "pickle": b"\x80\x04cos\nsystem\n(S'id'\ntR.",
    "zip behind a gif's first bytes": b"GIF8" + _zipped(),
}
