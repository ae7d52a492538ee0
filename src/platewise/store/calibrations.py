"""Calibrations in the store: what was learned of confidences, and which of it holds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """A calibration as it was applied: TOML (``register.decision``). One taken back holds no more."""

    id: int
    at: datetime
    user: str
    text: str = field(repr=False)
    withdrawn_at: datetime | None = None


class CalibrationStore(Protocol):
    """The calibrations. Of those that were not taken back, the last one holds."""

    def apply(self, text: str, user: str, at: datetime) -> CalibrationRecord:
        """Keep a calibration, which holds from now on."""

    def current(self) -> CalibrationRecord | None:
        """Return the one that holds."""

    def all(self) -> tuple[CalibrationRecord, ...]:
        """Return all, those taken back too, the latest first."""

    def withdraw(self, at: datetime) -> CalibrationRecord | None:
        """Take the one that holds back, so that the one before it holds again; return it."""
