"""The outputs in SQL."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from platewise.store.instants import from_micros
from platewise.store.outputs import OutputRecord, OutputState
from platewise.store.sql.alert_schema import output_states
from platewise.store.sql.outbox_schema import outbox, outputs
from platewise.store.sql.rows import micros, put_row


class SqlOutputs:
    """The OutputStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def outputs(self) -> tuple[OutputRecord, ...]:
        """Return all outputs by name."""
        return tuple(map(_output, self._connection.execute(select(outputs).order_by(outputs.c.name))))

    def output(self, name: str) -> OutputRecord | None:
        """Return one output."""
        row = self._connection.execute(select(outputs).where(outputs.c.name == name)).first()
        return _output(row) if row else None

    def put(self, output: OutputRecord) -> None:
        """Keep or replace an output."""
        values = {
            "name": output.name,
            "kind": output.kind,
            "options": dict(output.options),
            "events": list(output.events),
            "disabled": output.disabled,
        }
        put_row(self._connection, outputs, "name", values)

    def disable(self, name: str, reason: str) -> bool:
        """Send nothing more to an output; tell whether it was in use."""
        used = outputs.c.name == name, outputs.c.disabled == ""
        return self._connection.execute(update(outputs).where(*used).values(disabled=reason)).rowcount > 0

    def remove(self, name: str) -> bool:
        """Remove an output with all that waits for it or was given up; tell whether it was there."""
        self._connection.execute(delete(outbox).where(outbox.c.output == name))
        self._connection.execute(delete(output_states).where(output_states.c.name == name))
        return self._connection.execute(delete(outputs).where(outputs.c.name == name)).rowcount > 0

    def for_event(self, kind: str) -> tuple[str, ...]:
        """Return the names of the outputs that are told an event of this kind."""
        return tuple(output.name for output in self.outputs() if output.wants(kind))

    def note(self, name: str, at: datetime, error: str = "") -> None:
        """Note that something reached an output, or why it did not."""
        told: dict[str, Any] = {"failed_at": at, "error": error} if error else {"sent_at": at}
        put_row(self._connection, output_states, "name", {"name": name, **told})

    def states(self) -> tuple[OutputState, ...]:
        """Return by name how everything fares that was ever sent to, or is waited for."""
        dead = outbox.c.dead_at.is_not(None)
        counts = select(outbox.c.output, dead, func.count(), func.min(micros(outbox.c.due_at)))
        noted = self._connection.execute(select(output_states))
        found = {row.name: OutputState(**row._mapping) for row in noted}
        for name, is_dead, count, due in self._connection.execute(counts.group_by(outbox.c.output, dead)):
            told = {"dead": count} if is_dead else {"waiting": count, "next_at": from_micros(due)}
            found[name] = replace(found.get(name, OutputState(name)), **told)
        return tuple(found[name] for name in sorted(found))


def _output(row: Row[Any]) -> OutputRecord:
    return OutputRecord(row.name, row.kind, row.options, tuple(row.events), row.disabled)
