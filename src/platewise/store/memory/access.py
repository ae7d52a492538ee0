"""Users, tokens, the audit log and idempotency keys in dicts."""

from dataclasses import replace
from datetime import datetime

from platewise.errors import Conflict
from platewise.store.matching import ANSWERS_LAST
from platewise.store.memory.tables import KeptAnswer, KeptToken, Tables, by_name, check, newest_first, within
from platewise.store.queries import AuditQuery, Page
from platewise.store.site import Answer, Audit, AuditRecord, NewToken, Token, User


class MemoryAccess:
    """The AccessStore of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def users(self) -> tuple[User, ...]:
        """Return all users by name."""
        return by_name(self._tables.all(User).values())

    def put_user(self, user: User) -> None:
        """Keep or replace a user."""
        self._tables.put(user.name, user)

    def remove_user(self, name: str) -> bool:
        """Remove a user; tell whether there was one."""
        return self._tables.drop(User, name)

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, revoked ones too, oldest first."""
        return tuple(kept.token for _, kept in sorted(self._tables.all(KeptToken).items()))

    def token(self, digest: str) -> Token | None:
        """Return the token with that hash."""
        kept = self._tables.all(KeptToken).values()
        return next((one.token for one in kept if one.digest == digest), None)

    def add_token(self, token: NewToken) -> Token:
        """Keep a token; a second one with the same hash is a ``Conflict``."""
        if self.token(token.digest):
            raise Conflict("there is a token with this hash")
        times = token.created_at, token.expires_at, None, None
        kept = Token(self._tables.number(KeptToken), token.name, token.scopes, *times, token.user)
        self._tables.put(kept.id, KeptToken(kept, token.digest))
        return kept

    def revoke_token(self, token: int, at: datetime) -> bool:
        """End a token; tell whether it was in force."""
        kept = self._tables.all(KeptToken).get(token)
        if kept is None or kept.token.revoked_at is not None:
            return False
        self._tables.put(token, replace(kept, token=replace(kept.token, revoked_at=at)))
        return True

    def touch_token(self, token: int, at: datetime) -> None:
        """Note when a token was used."""
        if kept := self._tables.all(KeptToken).get(token):
            self._tables.put(token, replace(kept, token=replace(kept.token, used_at=at)))


class MemoryJournal:
    """The Journal of one unit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, entry: Audit) -> None:
        """Add a line to the audit log."""
        number = self._tables.number(AuditRecord)
        line = AuditRecord(number, entry.at, entry.user, entry.action, entry.subject, entry.detail)
        self._tables.put(number, line)

    def find(self, query: AuditQuery) -> Page[AuditRecord]:
        """Return one page of the audit log."""
        check(query)
        found = [
            line
            for line in self._tables.all(AuditRecord).values()
            if query.user in (None, line.user)
            and query.action in (None, line.action)
            and query.subject in (None, line.subject)
            and within(line.at, query.since, query.until)
        ]
        return newest_first(found, lambda line: line.at, query.limit, query.cursor)

    def recall(self, key: str, digest: str, at: datetime) -> Answer | None:
        """Return what was answered under this key in the 24 hours before."""
        kept = self._tables.all(KeptAnswer).get(key)
        if kept is None or kept.at <= at - ANSWERS_LAST:
            return None
        if kept.digest != digest:
            raise Conflict("this idempotency key was used with another request")
        return kept.answer

    def remember(self, key: str, digest: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key; a key in use is a ``Conflict``."""
        for old, kept in tuple(self._tables.all(KeptAnswer).items()):
            if kept.at <= at - ANSWERS_LAST:
                self._tables.drop(KeptAnswer, old)
        if key in self._tables.all(KeptAnswer):
            raise Conflict("this idempotency key is in use")
        self._tables.put(key, KeptAnswer(answer, digest, at))
