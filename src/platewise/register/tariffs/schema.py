"""What a tariff file may say. Unknown keys are errors; money is written with a point and read exactly."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from platewise.register.toml_text import Strict

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Money = Annotated[Decimal, Field(ge=0, max_digits=12)]
Minutes = Annotated[int, Field(ge=0, le=525_600)]
_A_DAY = 24 * 60


class Step(Strict):
    """Every started ``minutes`` cost ``price``; a band's last step is repeated."""

    minutes: Annotated[int, Field(ge=1, le=525_600)]
    price: Money


class Band(Strict):
    """A span of the local day with its own steps, which begin anew each time the band begins.

    It holds on the days on which it begins; where ``until`` is not after ``from`` it ends on the next day.
    ``cap`` is the most that one such span costs.
    """

    name: str
    days: tuple[Weekday, ...] = Field(WEEKDAYS, min_length=1)
    begin: time = Field(time(0), alias="from")
    until: time = time(0)
    steps: tuple[Step, ...] = Field(min_length=1)
    cap: Money | None = None

    @field_validator("begin", "until")
    @classmethod
    def _to_the_minute(cls, at: time) -> time:
        if at.second or at.microsecond or at.tzinfo:
            raise ValueError("a band begins and ends at a full minute of local time")
        return at

    @property
    def overnight(self) -> bool:
        """Whether it ends on the day after it began."""
        return self.until <= self.begin


class Permit(Strict):
    """What a plate on ``list`` need not pay: ``percent`` of the sum, after its own free minutes if given."""

    list: str
    percent: Annotated[int, Field(ge=0, le=100)] = 100
    free_minutes: Minutes | None = None


class Tariff(Strict):
    """A tariff.

    A stay up to ``free_minutes`` is free; a longer one pays from its beginning, or with ``deduct_free`` from
    their end. ``daily_cap`` is the most for each day: 24 hours of the stay, or a local ``calendar`` day.
    ``places`` are the decimals of the currency.
    """

    name: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    zone: str
    places: Annotated[int, Field(ge=0, le=4)] = 2
    free_minutes: Minutes = 0
    deduct_free: bool = False
    daily_cap: Money | None = None
    day: Literal["stay", "calendar"] = "stay"
    bands: tuple[Band, ...] = Field(min_length=1)
    permits: tuple[Permit, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: it names a folder
            raise ValueError(f"no time zone {zone!r}") from error
        return zone

    @model_validator(mode="after")
    def _covers_the_week_once(self) -> "Tariff":
        covered = [0] * (7 * _A_DAY)
        for band in self.bands:
            begin, until = (t.hour * 60 + t.minute for t in (band.begin, band.until))
            for day in set(band.days):
                first = WEEKDAYS.index(day) * _A_DAY
                for minute in range(first + begin, first + until + _A_DAY * band.overnight):
                    covered[minute % len(covered)] += 1
        for minute, times in enumerate(covered):
            if times != 1:
                at = f"{WEEKDAYS[minute // _A_DAY]} {minute // 60 % 24:02}:{minute % 60:02}"
                raise ValueError(f"{times} bands hold on {at}; one must")
        return self

    @model_validator(mode="after")
    def _money_has_the_currency_s_places(self) -> "Tariff":
        prices = [step.price for band in self.bands for step in band.steps]
        caps = [cap for cap in (self.daily_cap, *(band.cap for band in self.bands)) if cap is not None]
        for amount in prices + caps:
            if amount != round(amount, self.places):
                raise ValueError(f"{amount} has more than {self.places} decimals")
        return self
