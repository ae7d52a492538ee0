"""The outputs in SQL."""

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from platewise.store.outputs import OutputRecord
from platewise.store.sql.outbox_schema import outputs
from platewise.store.sql.rows import put_row


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
        """Remove an output; tell whether it was there."""
        return self._connection.execute(delete(outputs).where(outputs.c.name == name)).rowcount > 0

    def for_event(self, kind: str) -> tuple[str, ...]:
        """Return the names of the outputs that are told an event of this kind."""
        return tuple(output.name for output in self.outputs() if output.wants(kind))


def _output(row: Row[Any]) -> OutputRecord:
    return OutputRecord(row.name, row.kind, row.options, tuple(row.events), row.disabled)
