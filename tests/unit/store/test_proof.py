"""A signed export of a read: what is in it, and that no byte of it can change unnoticed."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("cryptography", reason="needs the [serve] extra")

from store_samples import NOON, jpeg, new_frame, new_read

from platewise.core.plate import Plate
from platewise.errors import InputError, SettingError
from platewise.store import proof
from platewise.store.memory import MemoryStore
from platewise.store.proof_key import NAME, ProofKey, PublicKey
from platewise.store.records import Review
from platewise.store.site import Audit


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    opened = MemoryStore()
    frame, crop = (opened.images.save(jpeg(b"frame"), "frame"), opened.images.save(jpeg(b"crop"), "plate"))
    with opened.writing() as unit:
        unit.reads.save(new_frame(image=frame), [new_read("AB12 CDE", crop=crop)])
        unit.reads.review(
            Review(1, "corrected", "ann", NOON, "the O is a 0", Plate("AB12CD0", "gb", "AB12 CD0"))
        )
        unit.journal.append(Audit(NOON, "ann", "review_read", "/v1/reads/1/review", ""))
        unit.journal.append(Audit(NOON, "ann", "review_read", "/v1/reads/2/review", "of another"))
    yield opened
    opened.close()


@pytest.fixture
def key(tmp_path: Path) -> ProofKey:
    return ProofKey.of(tmp_path)


def test_everything_of_a_read_is_in_it(store: MemoryStore, key: ProofKey) -> None:
    data = proof.export(store, 1, key)
    found = proof.verify(data, key.public)
    assert (found.read, found.signer) == (1, key.public.fingerprint)
    assert datetime.fromisoformat(found.exported_at).tzinfo == UTC
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("frame.jpg") == jpeg(b"frame")
        assert archive.read("plate.jpg") == jpeg(b"crop")
        read, history = (json.loads(archive.read(name)) for name in ("read.json", "history.json"))
    assert (read["raw"], read["normalised"], read["frame"]["camera"]) == ("AB12CDE", "AB12CD0", "north")
    assert read["lattice"]
    assert [one["reason"] for one in history["verdicts"]] == ["the O is a 0"]
    assert [one["subject"] for one in history["audit"]] == ["/v1/reads/1/review"]


def _with(data: bytes, changed: dict[str, bytes | None]) -> bytes:
    """Return the zip with other files; None takes one away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        files = {name: old.read(name) for name in old.namelist()} | changed  # type: ignore[operator]
        for name, content in files.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "changed",
    [
        {"read.json": b"{}"},
        {"frame.jpg": jpeg(b"another")},
        {"frame.jpg": None},
        {"notes.txt": b"added"},
        {"manifest.json": b"{}"},
        {"manifest.sig": b"AAAA"},
        {"manifest.sig": None},
    ],
)
def test_no_change_goes_unnoticed(
    store: MemoryStore, key: ProofKey, changed: dict[str, bytes | None]
) -> None:
    data = proof.export(store, 1, key)
    for trusted in (key.public, None):
        with pytest.raises(InputError):
            proof.verify(_with(data, changed), trusted)


def test_another_key_is_told_by_who_knows_the_right_one(
    store: MemoryStore, key: ProofKey, tmp_path: Path
) -> None:
    forger = ProofKey.of(tmp_path / "forger")
    forged = proof.export(store, 1, forger)
    assert proof.verify(forged).signer != key.public.fingerprint
    with pytest.raises(InputError, match="another key"):
        proof.verify(forged, key.public)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"PK\x03\x04" + bytes(40)])
def test_what_is_no_proof_is_told(data: bytes) -> None:
    with pytest.raises(InputError, match="no proof"):
        proof.verify(data)


def test_a_bomb_is_not_unpacked(store: MemoryStore, key: ProofKey) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("frame.jpg", bytes(proof.MOST_BYTES + 1))
    with pytest.raises(InputError, match="no proof"):
        proof.verify(out.getvalue())


def test_there_must_be_such_a_read(store: MemoryStore, key: ProofKey) -> None:
    with pytest.raises(InputError, match="no read 9"):
        proof.export(store, 9, key)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path, key: ProofKey) -> None:
    path = tmp_path / NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert ProofKey.of(tmp_path).public.text == key.public.text
    path.chmod(0o644)
    with pytest.raises(SettingError, match="chmod 600"):
        ProofKey.of(tmp_path)
    path.chmod(0o600)
    path.write_text("")
    with pytest.raises(SettingError, match="cannot be used"):
        ProofKey.of(tmp_path)
    with pytest.raises(InputError, match="32 bytes"):
        PublicKey.from_text("AAAA")
