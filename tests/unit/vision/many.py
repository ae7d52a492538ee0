"""Many pictures for the tiny models, as a tar shard."""

import io
import tarfile
from pathlib import Path

import tiny
from PIL import Image


def jpeg(number: int) -> bytes:
    """Return a picture that says its number: so many plates, of the text that dark grounds have."""
    file = io.BytesIO()
    centres = [(56 + 112 * i, 56) for i in range(number % 3)]
    Image.fromarray(tiny.scene(*centres)).save(file, "JPEG", quality=95)
    return file.getvalue()


def shard(path: Path, count: int) -> Path:
    """Write a tar of so many pictures, and of what is none."""
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            for name, data in ((f"{number:06}.jpg", jpeg(number)), (f"{number:06}.json", b"{}")):
                member = tarfile.TarInfo(name)
                member.size, member.mtime = len(data), 1_700_000_000 + number
                tar.addfile(member, io.BytesIO(data))
    return path
