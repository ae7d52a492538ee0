"""What the Store does for people, tokens, the audit log and requests that are sent twice."""

from datetime import datetime
from typing import Protocol

from platewise.store.paging import Page
from platewise.store.queries import AuditQuery
from platewise.store.site import Answer, Audit, AuditRecord, NewToken, Token, User


class AccessStore(Protocol):
    """People and tokens."""

    def users(self) -> tuple[User, ...]:
        """Return all users by name."""

    def put_user(self, user: User) -> None:
        """Keep or replace a user."""

    def remove_user(self, name: str) -> bool:
        """Remove a user and revoke nothing else; tell whether there was one."""

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, revoked ones too, oldest first."""

    def token(self, digest: str) -> Token | None:
        """Return the token with that hash."""

    def add_token(self, token: NewToken) -> Token:
        """Keep a token; a second one with the same hash is a ``Conflict``."""

    def revoke_token(self, token: int, at: datetime) -> bool:
        """End a token; tell whether it was in force."""

    def touch_token(self, token: int, at: datetime) -> None:
        """Note when a token was used."""


class Journal(Protocol):
    """The audit log, which only grows, and the answers to requests with an Idempotency-Key."""

    def append(self, entry: Audit) -> None:
        """Add a line to the audit log."""

    def find(self, query: AuditQuery) -> Page[AuditRecord]:
        """Return one page of the audit log."""

    def recall(self, key: str, digest: str, at: datetime) -> Answer | None:
        """Return what was answered under this key in the 24 hours before; None where nothing was.

        Another ``digest`` is a ``Conflict``. ``key`` should name caller and route too; ``digest`` is that of
        the request's body.
        """

    def remember(self, key: str, digest: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key, in the transaction of its effect; a key in use is a ``Conflict``."""
