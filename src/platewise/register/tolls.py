"""What a journey costs: a TOML table of prices from gate to gate, a column a class of vehicles.

A journey costs the price from its first to its last gate or, where there is none, the sum of the prices along
its gates. The receipt is that of ``tariffs``: its lines add up, and payments count against it as for a stay.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from platewise.errors import InputError
from platewise.register.tariffs.quoting import Line, Receipt, Stay, best_permit, discount
from platewise.register.tariffs.schema import Money, Permit
from platewise.register.toml_text import Fault, Strict, refuse, validated

Missing = Literal["review", "least", "most"]


class VehicleClass(Strict):
    """A class of vehicles: those whose plate is on ``list``, or without it all others."""

    name: str
    list: str | None = None


class Price(Strict):
    """What it costs from a gate to another, by class."""

    begin: str = Field(alias="from")
    end: str = Field(alias="to")
    both_ways: bool = False
    price: dict[str, Money]


class TollTariff(Strict):
    """A tariff by journey. The first class whose list the plate is on holds, or the one without a list.

    ``missing`` says what a journey costs whose entry or exit nobody saw: the least or the most of what it may
    have cost, or nothing before a person has looked.
    """

    name: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    places: Annotated[int, Field(ge=0, le=4)] = 2
    missing: Missing = "review"
    classes: tuple[VehicleClass, ...] = Field(min_length=1)
    prices: tuple[Price, ...] = Field(min_length=1)
    permits: tuple[Permit, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "TollTariff":
        refuse(self._faults(), self)
        return self

    def _faults(self) -> Iterator[Fault]:
        names = [one.name for one in self.classes]
        if len(set(names)) < len(names):
            yield Fault(("classes",), "two classes have one name")
        if sum(one.list is None for one in self.classes) != 1:
            yield Fault(("classes",), "one class, and only one, has no list: that of all other vehicles")
        for n, permit in enumerate(self.permits):
            if permit.free_minutes is not None:
                yield Fault(("permits", n), "a permit has no free minutes on a road")
        seen: set[tuple[str, str]] = set()
        for n, price in enumerate(self.prices):
            yield from self._faults_of(("prices", n), price, seen)
            seen.update(_pairs(price))

    def _faults_of(
        self, place: tuple[str | int, ...], price: Price, seen: Collection[tuple[str, str]]
    ) -> Iterator[Fault]:
        names = [one.name for one in self.classes]
        ends = f"{price.begin} to {price.end}"
        if price.price.keys() != set(names):
            yield Fault((*place, "price"), f"{ends} needs one price for each of {', '.join(names)}")
        if any(amount != round(amount, self.places) for amount in price.price.values()):
            yield Fault((*place, "price"), f"{ends} has more than {self.places} decimals")
        for begin, end in _pairs(price):
            if (begin, end) in seen:
                yield Fault(place, f"{begin} to {end} has two prices")


class Trip(NamedTuple):
    """A journey to pay for: the gates on it, whether its ends are known, when it was, its plate's lists."""

    gates: tuple[str, ...]
    entered: bool
    ended: bool
    stay: Stay


def parse(toml: str) -> TollTariff:
    """Return the tariff that a TOML text says; ``InputError`` says where and why it cannot."""
    return validated(toml, TollTariff, "toll tariff")


def class_of(tariff: TollTariff, lists: Collection[str]) -> str:
    """Return the class of a vehicle whose plate is on these lists."""
    listed = (one.name for one in tariff.classes if one.list in lists)
    return next(listed, next(one.name for one in tariff.classes if one.list is None))


def quote(tariff: TollTariff, trip: Trip) -> Receipt:
    """Return the receipt of a trip.

    ``InputError`` where no price fits, or where its entry or exit was not seen and a person must look first.
    """
    fare = _Fare(tariff, trip)
    lines = fare.known() if trip.entered and trip.ended else (fare.guessed(),)
    permit = best_permit(tariff.permits, trip.stay)
    if permit and permit.percent:
        lines += discount(permit, tariff.places, trip.stay, lines)
    return Receipt(tariff.name, tariff.currency, trip.stay, lines)


class _Fare:
    """The prices of one trip's class."""

    def __init__(self, tariff: TollTariff, trip: Trip) -> None:
        self._trip, self._missing = trip, tariff.missing
        self._class = class_of(tariff, trip.stay.lists)
        self._prices = {pair: one.price[self._class] for one in tariff.prices for pair in _pairs(one)}

    def known(self) -> tuple[Line, ...]:
        """Return the line from end to end, else one for each part of the way."""
        ends = (self._trip.gates[0], self._trip.gates[-1])
        parts = [ends] if ends in self._prices else list(pairwise(self._trip.gates))
        lacking = [f"{begin} to {end}" for begin, end in parts or [ends] if (begin, end) not in self._prices]
        if lacking:
            raise InputError(f"the tariff has no price from {lacking[0]}")
        return tuple(self._line(f"{begin} to {end}", self._prices[begin, end]) for begin, end in parts)

    def guessed(self) -> Line:
        """Return the least or the most that a trip may have cost whose ends were not both seen."""
        trip = self._trip
        unseen = " and ".join(["entry"] * (not trip.entered) + ["exit"] * (not trip.ended))
        if self._missing == "review":
            raise InputError(f"its {unseen} was not seen: a person must look first")
        first, last = trip.gates[0] if trip.entered else None, trip.gates[-1] if trip.ended else None
        fitting = [
            p for (begin, end), p in self._prices.items() if first in (None, begin) and last in (None, end)
        ]
        if not fitting:
            raise InputError(f"its {unseen} was not seen, and no price of the tariff fits the rest")
        price = min(fitting) if self._missing == "least" else max(fitting)
        return self._line(f"{first or '?'} to {last or '?'}, {unseen} not seen, the {self._missing}", price)

    def _line(self, text: str, price: Decimal) -> Line:
        return Line(f"{text}, {self._class}", 1, price, self._trip.stay.entered)


def _pairs(price: Price) -> list[tuple[str, str]]:
    there = (price.begin, price.end)
    return [there, there[::-1]] if price.both_ways else [there]
