"""Signatures of Standard Webhooks: a receiver that knows the secret can tell who sent a message, and when."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from platewise.errors import InputError

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
"""The length of a secret, in bytes."""


def new_secret() -> str:
    """Return a new random secret, such as ``whsec_...``."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret; InputError where it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise InputError(f"a secret is {PREFIX} and base64") from error
    if not (secret.startswith(PREFIX) and SHORTEST <= len(key) <= LONGEST):
        raise InputError(f"a secret is {PREFIX} and base64 of {SHORTEST} to {LONGEST} bytes")
    return key


def headers(keys: Sequence[bytes], message: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message; with several keys, a receiver needs any one of them."""
    seconds = str(int(at.timestamp()))
    content = f"{message}.{seconds}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    signed = {"webhook-signature": " ".join(f"v1,{one}" for one in signatures)} if keys else {}
    return {"webhook-id": message, "webhook-timestamp": seconds, **signed}
