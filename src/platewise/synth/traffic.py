"""Drawn traffic as a timetable: which vehicle is where when, and so what a camera must have seen."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from platewise.regions.library import Region
from platewise.synth.cache import plate_at
from platewise.synth.plates import DrawnPlate
from platewise.synth.road import NEAR, Road

HEADWAY = (1.3, 3.2)
"""Seconds between two vehicles of a lane where they come nearest to each other."""
SPREAD = 0.08
"""Speeds differ by up to this share."""
LEAD = 0.5
"""Seconds of empty road before the first vehicle and after the last."""
PAST = 0.75
"""A vehicle has left for good at this share of ``NEAR``."""
Direction = Literal["approaching", "receding"]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What to draw. The first ``receding`` lanes from the left lead away from the camera; km/h."""

    vehicles: int = 300
    road: Road = field(default_factory=Road)
    fps: float = 25.0
    speed: float = 80.0
    receding: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle: ``start`` is when it enters, seconds, at a steady ``speed``, m/s."""

    number: int
    lane: int
    start: float
    speed: float
    direction: Direction

    def z(self, second: float, road: Road) -> float:
        """Return how far along the road it is, metres."""
        gone = self.speed * (second - self.start)
        return road.far - gone if self.direction == "approaching" else PAST * NEAR + gone

    def leaves(self, road: Road) -> float:
        """Return the second at which it is out of sight."""
        return self.start + (road.far - PAST * NEAR) / self.speed


def timetable(traffic: Traffic) -> tuple[Vehicle, ...]:
    """Return the vehicles in the order of their entry; none ever reaches the one before it in its lane."""
    rng = random.Random(f"traffic:{traffic.seed}")
    road, last = traffic.road, dict[int, Vehicle]()
    found = []
    for number in range(traffic.vehicles):
        lane = number % road.lanes
        speed = traffic.speed / 3.6 * rng.uniform(1 - SPREAD, 1 + SPREAD)
        direction: Direction = "receding" if lane < traffic.receding else "approaching"
        vehicle = Vehicle(number, lane, LEAD + rng.uniform(0, HEADWAY[1]), speed, direction)
        if lane in last:
            vehicle = _behind(last[lane], vehicle, rng.uniform(*HEADWAY), road)
        last[lane] = vehicle
        found.append(vehicle)
    return tuple(sorted(found, key=lambda v: v.start))


def frames(vehicles: Sequence[Vehicle], traffic: Traffic) -> int:
    """Return how many frames show all of the traffic."""
    return int((max(v.leaves(traffic.road) for v in vehicles) + LEAD) * traffic.fps)


def plate_of(vehicle: Vehicle, traffic: Traffic, regions: Sequence[Region]) -> DrawnPlate:
    """Return the plate of a vehicle: the seed and its number decide."""
    return plate_at(traffic.seed, vehicle.number, regions)


def truth(vehicle: Vehicle, plate: DrawnPlate, seen: Sequence[tuple[int, list[float]]]) -> dict[str, Any]:
    """Return a vehicle's line of the ground truth; ``seen``: frames with the whole plate, and its box."""
    return {
        "vehicle": vehicle.number,
        "plate": plate.text,
        "region": plate.region,
        "lane": f"lane{vehicle.lane + 1}",
        "direction": vehicle.direction,
        "km_h": round(vehicle.speed * 3.6, 1),
        "first": seen[0][0] if seen else None,
        "last": seen[-1][0] if seen else None,
        "widest": round(max((box[2] for _, box in seen), default=0.0), 1),
    }


def _behind(leader: Vehicle, vehicle: Vehicle, gap: float, road: Road) -> Vehicle:
    """Return the vehicle, entering as soon as it keeps the gap in seconds from entry to exit."""
    after_exit = leader.leaves(road) + gap - (vehicle.leaves(road) - vehicle.start)
    start = max(leader.start + gap, after_exit)
    return Vehicle(vehicle.number, vehicle.lane, start, vehicle.speed, vehicle.direction)
