"""Sets outputs up and tries them, for the people who do so: over the API, on a page, at the command line."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from platewise.errors import InputError, NameUnknown
from platewise.outputs import messages, registry, signing
from platewise.outputs.switchboard import Switchboard
from platewise.store.outputs import OutputRecord
from platewise.store.site import Gate


class Desk:
    """The outputs and gates of one dispatcher."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of outputs there are."""
        return tuple(sorted(registry.outputs()))

    def prepare(self, record: OutputRecord) -> tuple[OutputRecord, str | None]:
        """Return the output as it may be kept, and the secret that was made for it, if any.

        A webhook without a secret gets one. InputError says what is wrong with the options or the events.
        """
        for kind in record.events:
            if kind not in messages.KINDS:  # nothing would ever be told
                raise NameUnknown("kind of event", kind, sorted(messages.KINDS))
        made: Mapping[str, Any] = {}
        if record.kind == "webhook" and not record.options.get("secret"):
            made = {"secret": signing.new_secret()}
        whole = replace(record, options={**record.options, **made})
        registry.make_output(whole, self._switchboard.means).close()
        return whole, made.get("secret")

    def check(self, gate: Gate) -> None:
        """Raise InputError where the gate's driver cannot be set up so."""
        registry.make_gate(gate, self._switchboard.means).close()

    def test(self, record: OutputRecord) -> None:
        """Send an output one event of the kind Test, now; OutputError says why it did not arrive."""
        if record.disabled:
            raise InputError(f"the output {record.name} is disabled ({record.disabled}): set it up again")
        with self._switchboard.lent(record) as output:
            output.deliver(messages.test())
