"""Pictures that were damaged on purpose: seeds of every format and kind, and what is done to their bytes."""

import io
import random
import struct
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

CORPUS = Path(__file__).parent.parent / "corpus"
"""Files that once broke something: each stays a seed for ever."""
SIZES = ((1, 1), (16, 16), (48, 33), (120, 80))
KINDS: dict[str, tuple[str, tuple[str, ...], dict[str, object]]] = {
    "jpeg": ("JPEG", ("RGB", "L", "CMYK"), {"quality": 80}),
    "progressive": ("JPEG", ("RGB",), {"progressive": True, "quality": 60}),
    "restarts": ("JPEG", ("RGB",), {"restart_marker_blocks": 1}),
    "turned": ("JPEG", ("RGB",), {"exif": b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"}),
    "png": ("PNG", ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"), {}),
    "webp": ("WEBP", ("RGB", "RGBA"), {"quality": 70}),
    "webp lossless": ("WEBP", ("RGB", "RGBA"), {"lossless": True}),
    "gif": ("GIF", ("P", "L"), {}),
    "bmp": ("BMP", ("RGB", "L", "P", "1"), {}),
}


@cache
def seeds() -> tuple[bytes, ...]:
    """Return at least two hundred whole files, always the same, and those of the corpus."""
    rng = np.random.default_rng(7)
    made = [_saved(rng, *KINDS[kind], size) for kind in KINDS for size in SIZES for _ in range(3)]
    return (*(data for many in made for data in many), *_animated(), *_talking(), *kept())


def kept() -> list[bytes]:
    """Return the files of the corpus."""
    return [file.read_bytes() for file in sorted(CORPUS.glob("*.bin"))]


def mutants(rng: random.Random, count: int) -> Iterator[bytes]:
    """Yield so many damaged files."""
    for _ in range(count):
        data = rng.choice(seeds())
        for _ in range(rng.randint(1, 3)):
            data = rng.choice(MUTATORS)(rng, data)
        yield data


def _saved(
    rng: np.random.Generator,
    form: str,
    modes: tuple[str, ...],
    options: dict[str, object],
    size: tuple[int, int],
) -> list[bytes]:
    found = []
    for mode in modes:
        picture = Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8))
        shown = picture.convert("L").convert(mode) if mode in ("I;16", "1") else picture.convert(mode)
        file = io.BytesIO()
        shown.save(file, form, **options)
        found.append(file.getvalue())
    return found


def _animated() -> Iterator[bytes]:
    frames = [Image.new("RGB", (24, 24), (40 * i, 0, 0)) for i in range(4)]
    for form in ("GIF", "WEBP", "PNG"):
        file = io.BytesIO()
        frames[0].save(file, form, save_all=True, append_images=frames[1:])
        yield file.getvalue()


def _talking() -> Iterator[bytes]:
    """Yield pictures with text and colour profiles in them."""
    words = PngImagePlugin.PngInfo()
    words.add_text("a", "b" * 900, zip=True)
    words.add_itxt("c", "d" * 90)
    for form, options in (
        ("PNG", {"pnginfo": words}),
        ("JPEG", {"icc_profile": bytes(3000), "comment": b"x" * 90}),
    ):
        file = io.BytesIO()
        Image.new("RGB", (20, 20)).save(file, form, **options)
        yield file.getvalue()


def _flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 1 + len(data) // 50)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def _splice(rng: random.Random, data: bytes) -> bytes:
    other = rng.choice(seeds())
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _repeat(rng: random.Random, data: bytes) -> bytes:
    start = rng.randint(0, len(data))
    end = rng.randint(start, min(len(data), start + 200))
    return data[:start] + data[start:end] * rng.choice((2, 10, 300)) + data[end:]


def _numbers(rng: random.Random, data: bytes) -> bytes:
    """Put a number that no length or size can be where one may stand."""
    value = rng.choice((0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
    width = rng.choice("BHI")
    packed = struct.pack(rng.choice("<>") + width, value & (256 ** struct.calcsize(width) - 1))
    at = rng.randint(0, min(len(data), rng.choice((40, 700, 10**6))))
    return data[:at] + packed + data[at + len(packed) :]


def _marker(rng: random.Random, data: bytes) -> bytes:
    """Turn one marker of a JPEG, or one chunk's name, into another."""
    places = [at for at in range(len(data) - 1) if data[at] == 0xFF] or [0]
    at = rng.choice(places)
    return data[: at + 1] + bytes([rng.randrange(0xC0, 0x100)]) + data[at + 2 :]


def _noise(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.randbytes(rng.randint(1, 400)) + data[at:]


MUTATORS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _flip, _cut, _splice, _repeat, _numbers, _marker, _noise,
)  # fmt: skip
