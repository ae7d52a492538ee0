"""Passwords: argon2id hashes, and the same work whether or not a person exists."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from platewise.errors import InputError

SHORTEST, LONGEST = 12, 256
HASHER = PasswordHasher()


def hashed(password: str, name: str) -> str:
    """Return the hash to store; InputError for a password that is easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"A password has {SHORTEST} to {LONGEST} characters; a few words make a good one.")
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise InputError("This password is easily guessed: leave the name out and use more different signs.")
    return HASHER.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Tell whether the password is right; without a stored hash the answer is no, after the same work."""
    try:
        return HASHER.verify(stored or _decoy(), password[: LONGEST + 1]) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_dated(stored: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def _decoy() -> str:
    return HASHER.hash("nobody has this password")
