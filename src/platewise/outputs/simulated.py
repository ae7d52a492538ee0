"""An output that sends nothing, to try a site out and for tests."""

from collections import deque

from platewise.errors import OutputError
from platewise.outputs import messages
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import Options
from platewise.store.records import EventRecord

KEPT = 1000


class SimulatedOutput:
    """Keeps the latest events in memory; raises the ``failures`` first, one a delivery."""

    def __init__(self, name: str, options: Options | None = None) -> None:
        read(Checked, options or {})
        self.name = name
        self.received: deque[str] = deque(maxlen=KEPT)
        self.failures: deque[OutputError] = deque()

    def deliver(self, event: EventRecord) -> None:
        """Keep the event's id."""
        if self.failures:
            raise self.failures.popleft()
        self.received.append(messages.id_of(event))

    def close(self) -> None:
        """Do nothing."""
