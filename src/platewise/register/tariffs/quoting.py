"""What a stay costs, line by line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from platewise.errors import InputError
from platewise.register.tariffs.calendar import Piece, pieces
from platewise.register.tariffs.schema import Permit, Step, Tariff
from platewise.register.values import Visit

LONGEST = timedelta(days=400)
FIRST_YEAR, LAST_YEAR = 1970, 9990
_ZERO, _DAY = Decimal(0), timedelta(days=1)


class Stay(NamedTuple):
    """A stay in aware UTC times, and the names of the lists that its plate is on."""

    entered: datetime
    left: datetime
    lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt: so many of something at a price, or something taken off."""

    text: str
    quantity: int
    price: Decimal
    at: datetime

    @property
    def amount(self) -> Decimal:
        """What the line comes to."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a stay costs; ``total`` is the sum of the lines."""

    tariff: str
    currency: str
    stay: Stay
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """What is to pay, never less than nothing."""
        return sum((line.amount for line in self.lines), _ZERO)


class _Charge(NamedTuple):
    """A started step, the day it counts for, and what the cap of its band takes off it."""

    piece: Piece
    step: Step
    at: datetime
    day: int
    over: Decimal


def stay_of(visit: Visit, now: datetime) -> Stay:
    """Return the stay of a visit, until ``now`` where it is not over; ``InputError`` for an exit alone."""
    if not visit.entry:
        raise InputError("an exit without an entry is no stay")
    names = (listed.name for seen in (visit.entry, visit.exit) if seen for listed in seen.lists)
    return Stay(visit.entry.seen_at, visit.left or now, tuple(dict.fromkeys(names)))


def quote(tariff: Tariff, stay: Stay) -> Receipt:
    """Return the receipt of a stay. Every started step is charged whole; the best of its permits holds."""
    _check(stay)
    first = best_permit(tariff.permits, stay)
    others = [permit for permit in tariff.permits if permit.list in stay.lists and permit != first]
    return min((_quoted(tariff, stay, permit) for permit in (first, *others)), key=lambda one: one.total)


def _quoted(tariff: Tariff, stay: Stay, permit: Permit | None) -> Receipt:
    free = timedelta(minutes=tariff.free_minutes)
    if permit and permit.free_minutes is not None:
        free = max(free, timedelta(minutes=permit.free_minutes))
    if stay.left - stay.entered <= free:
        return Receipt(tariff.name, tariff.currency, stay, ())
    begin = stay.entered + free if tariff.deduct_free else stay.entered
    lines = tuple(_capped_by_day(tariff, stay, begin))
    if permit and permit.percent:
        lines += discount(permit, tariff.places, stay, lines)
    return Receipt(tariff.name, tariff.currency, stay, lines)


def _check(stay: Stay) -> None:
    if any(at.utcoffset() != timedelta(0) for at in (stay.entered, stay.left)):
        raise ValueError("a stay has aware UTC times")
    if not timedelta(0) <= stay.left - stay.entered <= LONGEST:
        raise InputError(f"a stay ends after it begins, within {LONGEST.days} days")
    if not FIRST_YEAR <= stay.entered.year < LAST_YEAR:
        raise InputError(f"a stay begins in the years {FIRST_YEAR} to {LAST_YEAR}")


def best_permit(permits: Iterable[Permit], stay: Stay) -> Permit | None:
    """Return the permit of the largest share, of those whose list the plate is on."""
    mine = (permit for permit in permits if permit.list in stay.lists)
    return max(mine, key=lambda permit: (permit.percent, permit.free_minutes or 0), default=None)


def _capped_by_day(tariff: Tariff, stay: Stay, begin: datetime) -> Iterator[Line]:
    """Yield the lines of each day, and what its cap takes off."""
    parts = pieces(tariff, begin, stay.left)
    charges = (charge for part in parts for charge in _charges(part, tariff, stay))
    for _, group in groupby(charges, key=lambda charge: charge.day):
        today = list(group)
        lines = [line for _, mine in groupby(today, key=lambda c: c.piece) for line in _lines(list(mine))]
        yield from lines
        over = sum((line.amount for line in lines), _ZERO) - (tariff.daily_cap or _ZERO)
        if tariff.daily_cap is not None and over > 0:
            yield Line("daily cap", 1, -over, today[0].at)


def _charges(piece: Piece, tariff: Tariff, stay: Stay) -> Iterator[_Charge]:
    """Yield the steps that begin in a piece, each on the day on which it begins."""
    at, steps, charged = piece.begin, iter(piece.band.steps), _ZERO
    step = next(steps)
    while at < piece.end:
        room = step.price if piece.band.cap is None else piece.band.cap - charged
        over = max(step.price - room, _ZERO)
        yield _Charge(piece, step, at, _day_of(at, tariff, stay), over)
        at, charged = at + timedelta(minutes=step.minutes), charged + step.price - over
        step = next(steps, step)


def _day_of(at: datetime, tariff: Tariff, stay: Stay) -> int:
    if tariff.day == "stay":
        return (at - stay.entered) // _DAY
    return at.astimezone(ZoneInfo(tariff.zone)).toordinal()


def _lines(charges: list[_Charge]) -> Iterator[Line]:
    """Yield a line for each run of equal steps of one band, and what the band's cap takes off."""
    band = charges[0].piece.band
    for step, group in groupby(charges, key=lambda charge: charge.step):
        run = list(group)
        yield Line(f"{band.name}, {step.minutes} min", len(run), step.price, run[0].at)
    if over := sum((charge.over for charge in charges), _ZERO):
        yield Line(f"{band.name} cap", 1, -over, charges[0].at)


def discount(permit: Permit, places: int, stay: Stay, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the line of what a permit takes off the others, rounded to the currency's places."""
    total = sum((line.amount for line in lines), _ZERO)
    off = (total * permit.percent / 100).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return (Line(f"permit {permit.list}, {permit.percent} %", 1, -off, stay.left),) if off else ()
