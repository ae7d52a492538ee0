"""The audit log and the idempotency keys in SQL."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, desc, insert, select

from platewise.errors import Conflict
from platewise.store.matching import ANSWERS_LAST, check_limit
from platewise.store.queries import AuditQuery, Page
from platewise.store.site import Answer, Audit, AuditRecord
from platewise.store.sql.rows import audit_record, beyond, micros, page, within
from platewise.store.sql.schema import answers, audit


class SqlJournal:
    """The Journal of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, entry: Audit) -> None:
        """Add a line to the audit log."""
        self._connection.execute(insert(audit).values(asdict(entry)))

    def find(self, query: AuditQuery) -> Page[AuditRecord]:
        """Return one page of the audit log."""
        where = within(audit.c.at, query.since, query.until) + beyond(query.cursor, audit.c.at, audit.c.id)
        if query.user is not None:
            where.append(audit.c.user == query.user)
        if query.action is not None:
            where.append(audit.c.action == query.action)
        if query.subject is not None:
            where.append(audit.c.subject == query.subject)
        newest = desc(micros(audit.c.at)), desc(audit.c.id)
        some = select(audit).where(*where).order_by(*newest).limit(check_limit(query.limit) + 1)
        found = [audit_record(row) for row in self._connection.execute(some)]
        return page(found, query.limit, {line.id: line.at for line in found})

    def recall(self, key: str, digest: str, at: datetime) -> Answer | None:
        """Return what was answered under this key in the 24 hours before."""
        fresh = select(answers).where(answers.c.key == key, answers.c.at > at - ANSWERS_LAST)
        row = self._connection.execute(fresh).first()
        if row is None:
            return None
        if row.digest != digest:
            raise Conflict("this idempotency key was used with another request")
        return Answer(row.status, row.content_type, row.body)

    def remember(self, key: str, digest: str, answer: Answer, at: datetime) -> None:
        """Keep an answer under its key; a key in use is a ``Conflict``."""
        self._connection.execute(delete(answers).where(answers.c.at <= at - ANSWERS_LAST))
        if self._connection.execute(select(answers.c.key).where(answers.c.key == key)).first():
            raise Conflict("this idempotency key is in use")
        values = {"key": key, "digest": digest, "at": at, **asdict(answer)}
        self._connection.execute(insert(answers).values(values))
