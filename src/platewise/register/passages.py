"""Passages: what the cameras of one gantry saw of one vehicle."""

from dataclasses import dataclass
from datetime import datetime

from platewise.register.agreement import Agreed
from platewise.register.readings import Reading
from platewise.register.values import Sighting


@dataclass(frozen=True, slots=True)
class View:
    """What one camera of a gantry saw of a vehicle."""

    camera: str
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Passage:
    """One vehicle passing one gantry once: its views in the order of time, and what they told together."""

    gate: str
    views: tuple[View, ...]
    told: Agreed

    @property
    def reading(self) -> Reading:
        """What was read of its plate."""
        return self.told.reading

    @property
    def probability(self) -> float:
        """How probably the text is right, where the views are one vehicle's."""
        return self.told.probability

    @property
    def key(self) -> str:
        """The key of its first view."""
        return self.views[0].sighting.key

    @property
    def at(self) -> datetime:
        """When it was first seen."""
        return self.views[0].sighting.seen_at

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that saw it."""
        return tuple(dict.fromkeys(view.camera for view in self.views))
