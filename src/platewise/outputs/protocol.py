"""What an output is: somewhere that events are sent."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from platewise.store.records import EventRecord

Options: TypeAlias = Mapping[str, Any]
"""What the owner set for an output or a gate's driver; JSON."""


class Output(Protocol):
    """Somewhere that events are sent."""

    @property
    def name(self) -> str:
        """Its name in the outbox."""

    def deliver(self, event: EventRecord) -> None:
        """Return once the event has safely arrived; ``OutputError`` says what becomes of it otherwise.

        The same event may be delivered again, always under the same ``messages.id_of``.
        """

    def close(self) -> None:
        """Give connections back; it may be called again."""


class GateDriver(Protocol):
    """What opens a gate."""

    def open(self, gate: str, event: EventRecord, seconds: float) -> None:
        """Open the gate within so many seconds and never later, or raise ``OutputError``."""

    def close(self) -> None:
        """Give connections back; it may be called again."""
