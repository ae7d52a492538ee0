"""Gates as outputs: an event that opens one is worth something for a few seconds only."""

from pydantic import Field

from platewise import clock
from platewise.errors import InputError, OutputError
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import GateDriver, Options
from platewise.store.records import EventRecord
from platewise.store.site import Gate

PREFIX = "gate:"
"""What the names of gates begin with in the outbox."""
AGAIN = 1.0
"""Seconds until a gate that did not open is tried again."""
_OF_GATE = ("driver", "on", "fresh", "strangers")


class GateOptions(Checked):
    """What holds for every driver; the other options are the driver's own.

    ``on`` names the kinds of events that open the gate, ``fresh`` how many seconds they do so,
    ``strangers`` how many vehicles are on no list, which the gatehouse weighs.
    """

    driver: str
    on: tuple[str, ...] = ("Entered", "Left")
    fresh: float = Field(default=10.0, ge=1, le=60)
    strangers: int | None = Field(default=None, ge=1)


class GateOutput:
    """Opens a gate by its driver."""

    def __init__(self, gate: Gate, driver: GateDriver) -> None:
        self.name, self._gate, self._driver = PREFIX + gate.name, gate.name, driver
        self._fresh = common(gate.options).fresh

    def deliver(self, event: EventRecord) -> None:
        """Open the gate while the event is fresh; later is never, as another car may stand there."""
        age = (clock.now() - event.at).total_seconds()
        if abs(age) >= self._fresh:
            late = f"{age:.0f} s after it" if age > 0 else f"{-age:.0f} s before it, by the camera's clock"
            raise OutputError(f"gate {self._gate} was not opened {late}", "dead")
        try:
            self._driver.open(self._gate, event, self._fresh - max(age, 0.0))
        except OutputError as error:
            if error.fate in ("retry", "wait"):
                raise OutputError(str(error), "wait", AGAIN) from error
            raise

    def close(self) -> None:
        """Give the driver's connections back."""
        self._driver.close()


def common(options: Options) -> GateOptions:
    """Return what a gate's options say of any driver; InputError where they name none."""
    if not options.get("driver"):
        raise InputError("option driver: it has none")
    return read(GateOptions, {name: options[name] for name in _OF_GATE if name in options})


def own(options: Options) -> Options:
    """Return the options that are the driver's own."""
    return {name: value for name, value in options.items() if name not in _OF_GATE}
