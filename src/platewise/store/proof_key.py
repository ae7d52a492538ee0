"""The key that signs proofs: Ed25519, made once, kept in the data folder, readable by its owner alone."""

import base64
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from platewise.errors import InputError, MissingExtra, SettingError

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ModuleNotFoundError as error:
    raise MissingExtra("signing what was seen", "serve") from error

if TYPE_CHECKING:
    from typing import Self

NAME = "proof.key"
_RAW = serialization.Encoding.Raw


class PublicKey:
    """What signatures are checked with; ``text`` is its 32 bytes in base64."""

    def __init__(self, raw: bytes) -> None:
        """Take the 32 bytes; ValueError where they are no key."""
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.text = base64.b64encode(raw).decode()
        self.fingerprint = hashlib.sha256(raw).hexdigest()[:32]

    @classmethod
    def from_text(cls, text: str) -> "Self":
        """Return the key of its base64 text; InputError where it is none."""
        try:
            return cls(base64.b64decode(text, validate=True))
        except ValueError as error:
            raise InputError(
                "a public key is 32 bytes in base64: platewise evidence key prints it"
            ) from error

    def is_signed(self, data: bytes, signature: bytes) -> bool:
        """Tell whether this key's owner signed the data."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


class ProofKey:
    """The private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Take a key."""
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes(_RAW, serialization.PublicFormat.Raw))

    @classmethod
    def of(cls, folder: Path) -> "Self":
        """Return the key of a data folder, made where there is none; SettingError where it cannot be used."""
        path = folder / NAME
        try:
            if not path.exists():
                _make(path)
            loaded = serialization.load_pem_private_key(path.read_bytes(), None)
            mode = path.stat().st_mode
        except (OSError, ValueError, TypeError) as error:
            raise SettingError(f"{path}: the key of the proofs cannot be used: {error}") from error
        if os.name == "posix" and mode & 0o077:
            raise SettingError(f"{path} can be read by others, so proofs could be forged: chmod 600 {path}")
        if not isinstance(loaded, Ed25519PrivateKey):
            raise SettingError(f"{path} is no Ed25519 key")
        return cls(loaded)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some data."""
        return self._key.sign(data)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
