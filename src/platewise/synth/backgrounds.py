"""Pictures without plates: drawn ones, full of things that a detector takes for plates, and those of a
tar archive.
"""

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from platewise.core.frame import Pixels
from platewise.errors import InputError

Painter: TypeAlias = Callable[[np.random.Generator, Pixels], None]

DRAWN_SIZE = (640, 480)
"""Width and height of a drawn background that is written, px."""
SUFFIXES = (".jpg", ".jpeg", ".png")
WORDS = (
    "open",
    "exit",
    "hotel",
    "taxi",
    "bakery",
    "no entry",
    "sale",
    "school",
    "cafe",
    "bank",
    "garage",
    "rooms",
)
HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)


def drawn(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Return a drawn background ``(height, width, 3) uint8 RGB``: a surface with things on it, none of
    them a plate.
    """
    scene = surface(rng, width, height)
    for _ in range(int(rng.integers(3, 16))):
        PAINTERS[int(rng.integers(len(PAINTERS)))](rng, scene)
    if rng.random() < 0.4:
        scene = _blurred(scene, float(rng.uniform(0.5, 2.5)))
    noise = rng.normal(0, rng.uniform(0, 8), (height, width, 1))
    return np.clip(scene * rng.uniform(0.5, 1.15) + noise, 0, 255).astype(np.uint8)


def surface(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Return a bare surface ``(height, width, 3) uint8 RGB``: a gradient with asphalt, wall or leaves on
    it.
    """
    top, bottom = colour(rng), colour(rng)
    slope = np.linspace(0, 1, height)[:, None, None]
    plain = np.broadcast_to(np.array(top) * (1 - slope) + np.array(bottom) * slope, (height, width, 3))
    grain = np.zeros((height, width))
    for octave in rng.choice([2, 4, 8, 16, 48, 120], int(rng.integers(1, 5)), replace=False):
        grain += _cloud(rng, width, height, int(octave)) * rng.uniform(4, 40)
    scene = np.clip(plain + grain[..., None] * rng.uniform(0.6, 1.2, 3), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        _bricks(rng, scene)
    return scene


def extract(archive: Path, out: Path, limit: int, longest: int, progress: Callable[[int], None]) -> int:
    """Write up to ``limit`` pictures of a tar archive into a folder as JPEG, made smaller; return how
    many are there.

    The archive is streamed, never unpacked. A picture that the folder already has is passed over, so that
    a broken run resumes; each is written beside its place and moved there, so that none is ever half
    written. Names in the archive are never used as paths.
    """
    out.mkdir(parents=True, exist_ok=True)
    done = 0
    for count, (member, data) in enumerate(_pictures(archive)):
        target = out / f"{count:06d}.jpg"
        if not target.exists() and not _shrink(data, target, longest):
            continue
        done += 1
        progress(member)
        if done >= limit:
            break
    return done


def write_drawn(out: Path, numbers: Iterable[int], seed: int) -> int:
    """Write drawn backgrounds as JPEG into a folder, those it has are passed over; return how many there
    are.
    """
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    for number in numbers:
        count += 1
        target = out / f"{number:06d}.jpg"
        if not target.exists():
            _write(target, drawn(np.random.default_rng((seed, number)), *DRAWN_SIZE)[:, :, ::-1])
    return count


def colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Return a colour (red, green, blue) 0...255: greys and dull tones mostly, as outdoors, at times a
    loud one.
    """
    grey = rng.uniform(10, 245)
    tint = rng.normal(0, 12 if rng.random() < 0.75 else 70, 3)
    red, green, blue = np.clip(grey + tint, 0, 255).astype(int).tolist()
    return red, green, blue


def _pictures(archive: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each picture of a tar archive, compressed or not, in its order: how far the file is read, bytes.

    InputError where the archive is none or ends too soon.
    """
    try:
        with archive.open("rb") as file, tarfile.open(fileobj=file, mode="r|*") as tar:
            for member in tar:
                data = tar.extractfile(member) if member.isfile() else None
                if data is not None and member.name.lower().endswith(SUFFIXES):
                    yield file.tell(), data.read()
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{archive} cannot be read to its end ({error}); the pictures before it stay"
        ) from error


def _shrink(data: bytes, target: Path, longest: int) -> bool:
    """Write a picture as JPEG with its longest side at most ``longest`` px; return False if it is no
    picture.
    """
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return False
    scale = min(1.0, longest / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _write(target, small)
    return True


def _write(target: Path, picture: npt.NDArray[Any]) -> None:
    """Write a picture ``(H, W, 3) uint8 BGR`` as JPEG in one move: it is whole or not there."""
    part = target.with_suffix(".part")
    part.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    part.replace(target)


def _cloud(rng: np.random.Generator, width: int, height: int, cell: int) -> npt.NDArray[np.float64]:
    """Return smooth noise ``(height, width)`` of unit spread with lumps of ``cell`` px."""
    coarse = rng.normal(0, 1, (max(2, height // cell), max(2, width // cell)))
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float64)


def _blurred(scene: Pixels, sigma: float) -> Pixels:
    return cv2.GaussianBlur(scene, (0, 0), sigma)  # type: ignore[return-value]


def _spot(
    rng: np.random.Generator, scene: Pixels, low: float = 0.05, high: float = 0.5
) -> tuple[int, int, int, int]:
    """Return a random box x, y, width, height px inside a scene; its width is a share low...high of the
    scene's.
    """
    height, width = scene.shape[:2]
    w = int(width * np.exp(rng.uniform(np.log(low), np.log(high)))) + 4
    h = int(np.clip(w * np.exp(rng.normal(-0.5, 0.6)), 4, height))
    return int(rng.integers(-w // 4, width - w // 2)), int(rng.integers(-h // 4, height - h // 2)), w, h


def _box(rng: np.random.Generator, scene: Pixels) -> None:
    """A plain rectangle, with an edge at times: the shape of a plate without its signs."""
    x, y, w, h = _spot(rng, scene)
    cv2.rectangle(scene, (x, y), (x + w, y + h), colour(rng), -1)
    if rng.random() < 0.5:
        cv2.rectangle(scene, (x, y), (x + w, y + h), colour(rng), int(rng.integers(1, 4)), cv2.LINE_AA)


def _lamp(rng: np.random.Generator, scene: Pixels) -> None:
    """A lamp: red, amber or white shells in one another, with a glow."""
    x, y, w, h = _spot(rng, scene, 0.03, 0.25)
    red, green, blue = [(190, 20, 20), (230, 140, 30), (235, 235, 215)][int(rng.integers(3))]
    for step in range(int(rng.integers(2, 5))):
        axes = max(1, w // 2 - step * w // 8), max(1, h // 2 - step * h // 8)
        bright = 0.5 + 0.25 * step
        shade = [min(255, int(c * bright)) for c in (red, green, blue)]
        cv2.ellipse(
            scene, (x + w // 2, y + h // 2), axes, float(rng.normal(0, 8)), 0, 360, shade, -1, cv2.LINE_AA
        )


def _grille(rng: np.random.Generator, scene: Pixels) -> None:
    """A grille: equal bars, upright or level, as signs stand on a plate."""
    x, y, w, h = _spot(rng, scene)
    cv2.rectangle(scene, (x, y), (x + w, y + h), colour(rng), -1)
    bar, step, shade = colour(rng), int(rng.integers(3, 14)), int(rng.integers(1, 4))
    upright = rng.random() < 0.6
    for at in range(0, w if upright else h, step):
        start, end = ((x + at, y), (x + at, y + h)) if upright else ((x, y + at), (x + w, y + at))
        cv2.line(scene, start, end, bar, shade, cv2.LINE_AA)


def _sign(rng: np.random.Generator, scene: Pixels) -> None:
    """A sign or sticker: lower-case words in one to four lines, on a ground or on nothing."""
    x, y, w, h = _spot(rng, scene, 0.08, 0.5)
    if rng.random() < 0.6:
        cv2.rectangle(scene, (x, y), (x + w, y + h), colour(rng), -1)
    face, ink, lines = int(rng.choice(HERSHEY)), colour(rng), int(rng.integers(1, 5))
    for line in range(lines):
        word = " ".join(rng.choice(WORDS, int(rng.integers(1, 4))))
        (wide, _), _ = cv2.getTextSize(word, face, 1, 1)
        size = min(w / wide, h / lines / 30) * 0.95
        low = int(y + (line + 0.8) * h / lines)
        cv2.putText(scene, word, (x, low), face, size, ink, max(1, round(size * 2)), cv2.LINE_AA)


def _stamp(rng: np.random.Generator, scene: Pixels) -> None:
    """A time stamp, as cameras write it over their pictures."""
    day, month, hour, minute, second = (int(rng.integers(1, top)) for top in (29, 13, 24, 60, 60))
    text = f"20{rng.integers(10, 40)}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
    size = scene.shape[1] / rng.uniform(500, 1000)
    place = int(rng.uniform(0, 0.5) * scene.shape[1]), int(rng.choice([0.07, 0.96]) * scene.shape[0])
    shade = int(rng.choice([255, 255, 0]))
    cv2.putText(scene, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (shade, shade, shade), 1, cv2.LINE_AA)


def _wheel(rng: np.random.Generator, scene: Pixels) -> None:
    """A wheel: dark tyre, pale rim, spokes."""
    x, y, w, _ = _spot(rng, scene, 0.06, 0.35)
    centre, radius, rim = (x + w // 2, y + w // 2), w // 2, colour(rng)
    cv2.circle(scene, centre, radius, (22, 22, 24), -1, cv2.LINE_AA)
    cv2.circle(scene, centre, int(radius * 0.65), rim, -1, cv2.LINE_AA)
    for angle in np.arange(int(rng.integers(4, 12))) * (2 * np.pi / rng.integers(5, 12)):
        end = centre[0] + int(radius * 0.6 * np.cos(angle)), centre[1] + int(radius * 0.6 * np.sin(angle))
        cv2.line(scene, centre, end, (40, 40, 42), max(1, radius // 10), cv2.LINE_AA)


def _body(rng: np.random.Generator, scene: Pixels) -> None:
    """A piece of car body: a bent panel with a dark window or an empty place for a plate."""
    x, y, w, h = _spot(rng, scene, 0.3, 0.9)
    lean = int(w * rng.uniform(0.02, 0.2))
    panel = np.array([[x + lean, y], [x + w - lean, y], [x + w, y + h], [x, y + h]], np.int32)
    cv2.fillPoly(scene, [panel], colour(rng), cv2.LINE_AA)
    inner = ((panel - panel.mean(0)) * rng.uniform(0.3, 0.9, 2) + panel.mean(0)).astype(np.int32)
    cv2.fillPoly(scene, [inner], (25, 28, 32) if rng.random() < 0.6 else colour(rng), cv2.LINE_AA)


def _bricks(rng: np.random.Generator, scene: Pixels) -> None:
    """Courses of bricks or tiles over all of the scene."""
    height, width = scene.shape[:2]
    tall, joint = int(rng.integers(6, 30)), colour(rng)
    wide = int(tall * rng.uniform(1.5, 4))
    for row, y in enumerate(range(0, height, tall)):
        cv2.line(scene, (0, y), (width, y), joint, 1)
        for x in range(row % 2 * wide // 2, width, wide):
            cv2.line(scene, (x, y), (x, y + tall), joint, 1)


def _windows(rng: np.random.Generator, scene: Pixels) -> None:
    """A grid of windows or tiles, lit or dark."""
    x, y, w, h = _spot(rng, scene, 0.2, 0.8)
    columns, rows = int(rng.integers(2, 9)), int(rng.integers(1, 6))
    wall, glass = colour(rng), colour(rng)
    cv2.rectangle(scene, (x, y), (x + w, y + h), wall, -1)
    for i in range(columns * rows):
        left, top = x + (i % columns + 0.15) * w / columns, y + (i // columns + 0.15) * h / rows
        right, low = left + 0.7 * w / columns, top + 0.7 * h / rows
        cv2.rectangle(scene, (int(left), int(top)), (int(right), int(low)), glass, -1)


def _leaves(rng: np.random.Generator, scene: Pixels) -> None:
    """A bush: many small green strokes."""
    x, y, w, h = _spot(rng, scene, 0.15, 0.6)
    for px, py in rng.uniform((x, y), (x + w, y + h), (int(rng.integers(40, 160)), 2)).astype(int).tolist():
        shade = (int(rng.integers(10, 90)), int(rng.integers(50, 150)), int(rng.integers(5, 60)))
        axes = int(rng.integers(2, 9)), int(rng.integers(1, 5))
        cv2.ellipse(scene, (px, py), axes, float(rng.uniform(0, 180)), 0, 360, shade, -1)


PAINTERS: tuple[Painter, ...] = (
    _box, _lamp, _grille, _sign, _sign, _stamp, _wheel, _body, _windows, _leaves,
)  # fmt: skip
"""What `drawn` puts on a surface."""
