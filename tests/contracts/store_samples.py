"""What the tests of the store put into it."""

from datetime import UTC, datetime, timedelta

from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import Plate, normalise
from platewise.core.read import Character, Read
from platewise.store.protocol import Store, Unit
from platewise.store.records import NewFrame, NewRead, NewSighting, ReadRecord, StoredImage

NOON = datetime(2026, 3, 29, 12, 0, 0, 123_457, UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def plate(text: str, region: str | None = "gb") -> Plate:
    return Plate(normalise(text), region, text)


def new_frame(seconds: float = 0, camera: str | None = "north", image: StoredImage | None = None) -> NewFrame:
    return NewFrame(after(seconds), after(seconds + 0.5), 640, 480, camera, "frame-1", image)


def new_read(text: str, confidence: float = 0.9, crop: StoredImage | None = None) -> NewRead:
    """Return a read of a display text; the empty text is an unreadable plate."""
    key = normalise(text)
    shown = plate(text) if key else None
    signs = tuple(Character(sign, confidence) for sign in key)
    lattice = Lattice.of(key, 10, confidence) if key else None
    read = Read(shown, confidence, quad_of((10, 20, 30, 8)), 0.75, signs, (), ("small",), lattice)
    return NewRead(read, "yolo-attention", "recognizer 1", crop)


def keep(
    unit: Unit, text: str, seconds: float = 0, confidence: float = 0.9, camera: str = "north"
) -> ReadRecord:
    (read,) = unit.reads.save(new_frame(seconds, camera), [new_read(text, confidence)])
    return read


def fill(store: Store, *texts: str) -> list[ReadRecord]:
    """Keep one read a second."""
    with store.writing() as unit:
        return [keep(unit, text, i) for i, text in enumerate(texts)]


def new_sighting(key: str, text: str, seconds: float = 0, read: int | None = None) -> NewSighting:
    return NewSighting(key, after(seconds), plate(text), 0.9, "north", "gate", "lane 1", "in", read)


def jpeg(content: bytes) -> bytes:
    """Return bytes with the outline of a JPEG."""
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda" + content
