"""How far a read is trusted: its calibrated probability, and what is to be done with it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from platewise.register.decision import Action, Calibration, parse
from platewise.store.protocol import Unit

ERRORS = "target_errors"
"""The setting that holds the wanted shares of wrong reads, by camera; that of all others under no name."""
EVERYWHERE = ""


class Trust(NamedTuple):
    """The probability that a read is right, and what to do with it; no action without a calibration."""

    probability: float
    action: Action | None


class Rules(NamedTuple):
    """The calibration that holds, and the error that each camera may make."""

    calibration: Calibration | None
    errors: Mapping[str, float]

    def error(self, camera: str | None) -> float | None:
        """Return the wanted share of wrong reads among those taken; None for that of the calibration."""
        return self.errors.get(camera or EVERYWHERE, self.errors.get(EVERYWHERE))

    def trust(self, confidence: float, camera: str | None) -> Trust:
        """Return how far a read is trusted that states a confidence, 0 without a text."""
        learned = self.calibration
        if learned is None:
            return Trust(confidence, None)
        probability = learned.probability(confidence, camera) if confidence else 0.0
        return Trust(probability, learned.action(confidence, camera, self.error(camera)))


def rules(unit: Unit) -> Rules:
    """Return the rules that hold now."""
    held = unit.calibrations.current()
    return Rules(_parsed(held.text) if held else None, json.loads(unit.site.settings().get(ERRORS, "{}")))


def set_errors(unit: Unit, errors: Mapping[str, float | None]) -> None:
    """Set the error of some cameras, and of all others under ``EVERYWHERE``; None goes back to the usual."""
    kept = {**rules(unit).errors, **errors}
    wanted = {camera: error for camera, error in kept.items() if error is not None}
    unit.site.set({ERRORS: json.dumps(wanted, ensure_ascii=False) if wanted else None})


_parsed = lru_cache(maxsize=8)(parse)
"""A calibration is asked for at each sighting, and hardly ever changes."""
