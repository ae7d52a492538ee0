"""API tokens: 256 random bits, shown once; the store keeps their SHA-256."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from platewise import clock
from platewise.errors import InputError
from platewise.store.protocol import Store
from platewise.store.site import ROLES, NewToken, Role, Token
from platewise.web.access import audit

PREFIX = "pw_"
"""Makes a leaked token easy to find, for people and for scanners."""
SETUP = "setup"
"""The scope of a set-up link, which no route asks for."""
DAYS = 365
SCOPES: set[str] = set()
"""All scopes that a route of Platewise asks for, whether this server has it switched on or not."""
_NAME = re.compile(r"[\w .@-]{1,64}")


def create(
    store: Store, name: str, scopes: Sequence[str], *, by: str, user: str | None = None, days: int = DAYS
) -> tuple[Token, str]:
    """Keep a token and return it with its secret, which nothing can show again.

    ``scopes`` hold one role, how far it reaches (never further than its ``user``), and perhaps scopes that
    narrow it. It ends after ``days``, with 0 never.
    """
    _check(name, scopes, days)
    secret, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    new = NewToken(name, digest(secret), tuple(scopes), now, now + timedelta(days) if days else None, user)
    with store.writing() as unit:
        if user is not None and user not in {known.name for known in unit.access.users()}:
            raise InputError(f"There is no user {user}.")
        token = unit.access.add_token(new)
        audit.write(unit, by, "token.create", f"token {token.id}", f"{name}: {' '.join(scopes)}")
    return token, secret


def revoke(store: Store, token: int, *, by: str) -> bool:
    """End a token from the next request on; tell whether it was in force."""
    with store.writing() as unit:
        ended = unit.access.revoke_token(token, clock.now())
        if ended:
            audit.write(unit, by, "token.revoke", f"token {token}")
    return ended


def listed(store: Store) -> tuple[Token, ...]:
    """Return all tokens, oldest first; set-up links are not among them."""
    with store.reading() as unit:
        return tuple(token for token in unit.access.tokens() if SETUP not in token.scopes)


def digest(secret: str) -> str:
    """Return what the store knows a secret by; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def is_in_force(token: Token, at: datetime) -> bool:
    """Tell whether a token may be used at that time."""
    return token.revoked_at is None and (token.expires_at is None or at < token.expires_at)


def told(token: Token, at: datetime) -> str:
    """Return in words whether a token may be used."""
    if token.revoked_at:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    if token.expires_at is None:
        return "in force"
    return f"{'until' if at < token.expires_at else 'expired'} {token.expires_at:%Y-%m-%d}"


def reach(token: Token) -> tuple[Role, tuple[str, ...]]:
    """Return the role of a token, and the scopes that narrow it."""
    roles = [role for role in ROLES if role in token.scopes]
    return roles[-1] if roles else "viewer", tuple(s for s in token.scopes if s not in ROLES)


def _check(name: str, scopes: Sequence[str], days: int) -> None:
    if not _NAME.fullmatch(name):
        raise InputError("A token's name has 1 to 64 letters, digits, spaces or . _ @ -")
    if len(set(scopes) & set(ROLES)) != 1:
        raise InputError(f"A token has one role: {', '.join(ROLES)}.")
    for scope in scopes:
        if scope not in SCOPES and scope not in ROLES:
            raise InputError(f"There is no scope {scope[:60]!r}; there are {', '.join(sorted(SCOPES))}.")
    if not 0 <= days <= 3650:
        raise InputError("A token ends after 1 to 3650 days, or with 0 never.")
