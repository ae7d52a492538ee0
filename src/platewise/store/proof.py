"""All that is kept of one read, in a signed zip file: what was seen, when, by what, and who changed it.

It holds ``read.json``, ``frame.jpg``, ``plate.jpg``, ``history.json`` (verdicts, events and the lines of the
audit log) and ``manifest.json`` with the SHA-256 of each; ``manifest.sig`` is the Ed25519 signature of the
manifest's bytes. Whoever has the public key can tell whether a byte has changed since.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from platewise import clock
from platewise.errors import InputError
from platewise.store.proof_key import ProofKey, PublicKey
from platewise.store.protocol import Store, Unit
from platewise.store.queries import AuditQuery
from platewise.store.records import ReadRecord

MANIFEST, SIGNATURE, FORM = "manifest.json", "manifest.sig", 1
MOST_BYTES = 64 * 2**20
"""The largest proof that is checked, in bytes when it is unpacked."""


class Proof(NamedTuple):
    """What a signed proof says of itself: the read, when it was exported, and whose key signed it."""

    read: int
    exported_at: str
    signer: str
    files: tuple[str, ...]


def export(store: Store, read: int, key: ProofKey) -> bytes:
    """Return the signed zip file of a read; InputError where there is none."""
    with store.reading() as unit:
        record = unit.reads.get(read)
        if record is None:
            raise InputError(f"there is no read {read}")
        history = _history(unit, record)
    files = {"read.json": _json(_plain(record)), "history.json": _json(history)}
    for name, image in (("frame.jpg", record.frame.image), ("plate.jpg", record.crop)):
        picture = store.images.load(image) if image else None
        if picture is not None:
            files[name] = picture
    manifest = _json(_manifest(read, files, key.public))
    return _zipped({**files, MANIFEST: manifest, SIGNATURE: base64.b64encode(key.sign(manifest))})


def verify(data: bytes, trusted: PublicKey | None = None) -> Proof:
    """Return what a proof says, once signature and sums are right; InputError tells what is not.

    Without a key that is ``trusted``, the proof's own is taken: then compare its fingerprint, ``signer``.
    """
    files = _unzipped(data)
    try:
        manifest, signature = files.pop(MANIFEST), base64.b64decode(files.pop(SIGNATURE), validate=True)
        told = json.loads(manifest)
        key = trusted or PublicKey.from_text(told["public_key"])
        sums = dict(told["sha256"])
        found = Proof(int(told["read"]), str(told["exported_at"]), key.fingerprint, tuple(sorted(sums)))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("this is no proof of Platewise") from error
    if not key.is_signed(manifest, signature):
        raise InputError("not signed by this key: the proof was changed, or another key signed it")
    if {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} != sums:
        raise InputError("a file of this proof was changed, added or removed")
    return found


def _manifest(read: int, files: Mapping[str, bytes], key: PublicKey) -> dict[str, Any]:
    return {
        "form": FORM,
        "read": read,
        "exported_at": clock.now().isoformat(),
        "platewise": metadata.version("platewise"),
        "public_key": key.text,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }


def _plain(record: ReadRecord) -> dict[str, Any]:
    told = asdict(record)
    packed = told.pop("packed_lattice")
    return {**told, "lattice": base64.b64encode(packed).decode() if packed else None}


def _history(unit: Unit, record: ReadRecord) -> dict[str, Any]:
    read = record.id
    subjects = (f"/v1/reads/{read}", f"/v1/reads/{read}/review", f"/review/{read}", f"/reads/{read}")
    lines = [one for name in subjects for one in unit.journal.find(AuditQuery(subject=name, limit=500)).items]
    return {
        "verdicts": [asdict(one) for one in unit.reads.reviews(read)],
        "events": [asdict(event) for event in unit.events.of_reads([read]).get(read, ())],
        "audit": [asdict(one) for one in sorted(lines, key=lambda one: one.id)],
    }


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, indent=1, ensure_ascii=False, default=str).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip, one of each name, none larger than a proof can be."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) < len(names) or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise InputError("this is no proof of Platewise")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InputError(f"this is no proof of Platewise, or a damaged one: {error}") from error


def write(path: Path, data: bytes) -> None:
    """Write a proof into a file that only its owner may read."""
    try:
        path.touch(0o600)
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}") from error
