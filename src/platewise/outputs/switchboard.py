"""The outputs that are set up, made when they are first needed and kept open."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from platewise.errors import OutputError, PlatewiseError
from platewise.outputs.gates import PREFIX
from platewise.outputs.protocol import Output
from platewise.outputs.registry import Means, make_gate, make_output
from platewise.store.outputs import OutputRecord
from platewise.store.site import Gate

log = logging.getLogger(__name__)
Setup = OutputRecord | Gate


class Switchboard:
    """Outputs and gates by their names in the outbox, as they are set up at present."""

    def __init__(self, means: Means) -> None:
        self.means, self._turn = means, threading.Lock()
        self._setups: dict[str, Setup] = {}
        self._made: dict[str, tuple[Setup, Output | str]] = {}

    def update(self, outputs: Iterable[OutputRecord], gates: Iterable[Gate]) -> None:
        """Take over how everything is set up; what is new is made, what has changed is made anew."""
        setups: dict[str, Setup] = {one.name: one for one in outputs if not one.disabled}
        setups |= {PREFIX + gate.name: gate for gate in gates if gate.options.get("driver")}
        with self._turn:
            self._setups = setups
            changed = [name for name, (setup, _) in self._made.items() if setups.get(name) != setup]
            old = [self._made.pop(name)[1] for name in changed]
            new = [name for name in setups if name not in self._made]
        for output in old:
            _close(output)
        for name in new:
            self._make(name)

    def find(self, name: str) -> Output | None:
        """Return an output, None where none of that name is in use; ``OutputError`` if it is set up wrong."""
        with self._turn:
            output = self._made[name][1] if name in self._made else None
        if isinstance(output, str):
            raise OutputError(output, "wait")
        return output

    @contextmanager
    def lent(self, record: OutputRecord) -> Iterator[Output]:
        """Lend an output as its record says: the one in use, else one made for this; errors as ``find``'s."""
        with self._turn:
            setup = self._made[record.name][0] if record.name in self._made else None
        known = self.find(record.name) if setup == record else None
        output = known or make_output(record, self.means)
        try:
            yield output
        finally:
            if known is None:
                output.close()

    def close(self) -> None:
        """Give all connections back."""
        self.update((), ())

    def _make(self, name: str) -> None:
        setup = self._setups[name]
        try:
            output: Output | str = (
                make_gate(setup, self.means) if isinstance(setup, Gate) else make_output(setup, self.means)
            )
        except PlatewiseError as error:
            log.warning("output %s is set up wrong: %s", name, error)
            output = f"it is set up wrong: {error}"
        except Exception as error:  # a plug-in's own fault, which is to hold up no other
            log.exception("output %s cannot be made", name)
            output = f"it cannot be made: {type(error).__name__}"
        with self._turn:
            self._made[name] = setup, output


def _close(output: Output | str) -> None:
    if isinstance(output, str):
        return
    try:
        output.close()
    except Exception:
        log.exception("an output does not close")
