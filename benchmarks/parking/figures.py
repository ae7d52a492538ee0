"""What the simulation of a car park tells."""

from dataclasses import dataclass
from typing import NamedTuple


class Shape(NamedTuple):
    """The traffic: share of characters misread, share of exits not seen, visits a day."""

    errors: float
    missed: float
    visits: int


@dataclass(frozen=True)
class Result:
    """How a rule fared: ghosts, those of them that no review lists, exits given to another car's visit."""

    rule: str
    traffic: Shape
    days: int
    ghosts: int
    ghosts_unlisted: int
    wrong_pairs: int
    in_review: int
