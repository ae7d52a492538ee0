"""The calibration of the server: learned from its own reviewed reads, applied, shown, taken back."""

import sys
from typing import TYPE_CHECKING

from platewise import clock
from platewise.cli.accounts import BY, opened
from platewise.errors import InputError

if TYPE_CHECKING:
    from platewise.register.decision import Calibration
    from platewise.store.protocol import Unit
    from platewise.train.calibrate import Judged


def judged() -> "list[Judged]":
    """Return the reads of the server's own store that a person has judged."""
    from platewise.gatehouse.reviewed import STATES, reviewed
    from platewise.store.queries import ReadQuery
    from platewise.train.calibrate import Judged

    with opened() as store:
        return [
            Judged(
                camera=one.record.frame.camera or "",
                confidence=one.record.confidence if one.read else 0.0,
                right=one.was_right,
                group=str(one.record.frame.id),
            )
            for one in reviewed(store, ReadQuery(states=STATES))
        ]


def apply(learned: "Calibration") -> None:
    """Let a calibration hold for everything that the server reads from now on."""
    from platewise.register.decision import to_toml

    with opened() as store, store.writing() as unit:
        record = unit.calibrations.apply(to_toml(learned), BY, clock.now())
        _note(unit, "apply_calibration", str(record.id))
    told = f"Calibration {record.id} holds from now on. Take it back with: platewise calibrate --take-back"
    print(told, file=sys.stderr)


def show() -> None:
    """Print the calibration that holds, as TOML."""
    with opened() as store, store.reading() as unit:
        held = unit.calibrations.current()
    if held is None:
        raise InputError("no calibration holds; learn one with: platewise calibrate --apply")
    print(f"# calibration {held.id}, applied {held.at:%Y-%m-%d %H:%M:%SZ} by {held.user}")
    print(held.text, end="")


def take_back() -> None:
    """Take the calibration that holds back; the one before it, if any, holds again."""
    with opened() as store, store.writing() as unit:
        gone = unit.calibrations.withdraw(clock.now())
        if gone is None:
            raise InputError("no calibration holds")
        _note(unit, "withdraw_calibration", str(gone.id))
        held = unit.calibrations.current()
    now = f"Calibration {held.id} holds again." if held else "None holds: confidences are as stated."
    print(f"Calibration {gone.id} is taken back. {now}")


def _note(unit: "Unit", action: str, subject: str) -> None:
    from platewise.store.site import Audit

    unit.journal.append(Audit(clock.now(), BY, action, subject))
