"""Sums worked out by hand, both nights of 2026 on which the clocks change included."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from cars import at, car
from hypothesis import given
from hypothesis import strategies as st

from platewise.errors import Conflict, InputError
from platewise.register.tariffs.calendar import instant, pieces
from platewise.register.tariffs.library import parse
from platewise.register.tariffs.payment import Paid, owed
from platewise.register.tariffs.quoting import Receipt, Stay, quote, stay_of
from platewise.register.tariffs.schema import Tariff
from platewise.register.values import Visit

TOWN = """
name = "Town"
currency = "EUR"
zone = "Europe/Zagreb"
free_minutes = 15
daily_cap = 15.00

[[bands]]
name = "day"
days = ["mon", "tue", "wed", "thu", "fri"]
from = 07:00:00
until = 20:00:00
steps = [{minutes = 60, price = 2.00}, {minutes = 30, price = 0.80}]
cap = 12.00

[[bands]]
name = "weekend"
days = ["sat", "sun"]
from = 07:00:00
until = 20:00:00
steps = [{minutes = 90, price = 1.00}]

[[bands]]
name = "night"
from = 20:00:00
until = 07:00:00
steps = [{minutes = 60, price = 0.50}]

[[permits]]
list = "staff"

[[permits]]
list = "tenants"
percent = 33
free_minutes = 120
"""
ZAGREB = parse(TOWN)
LONDON = parse(TOWN.replace("Europe/Zagreb", "Europe/London").replace("EUR", "GBP"))


def stay(begin: str, end: str, *lists: str, tariff: Tariff = ZAGREB) -> Receipt:
    """Quote a stay between two local times; ``+`` behind one means its second showing."""
    zone = ZoneInfo(tariff.zone)
    first, last = (
        datetime.fromisoformat(at.rstrip("+"))
        .replace(tzinfo=zone, fold=int(at.endswith("+")))
        .astimezone(UTC)
        for at in (begin, end)
    )
    return quote(tariff, Stay(first, last, lists))


@pytest.mark.parametrize(
    ("begin", "end", "euros"),
    [
        ("2026-07-01 08:00", "2026-07-01 08:00", "0"),
        ("2026-07-01 08:00", "2026-07-01 08:15", "0"),
        ("2026-07-01 08:00", "2026-07-01 08:16", "2.00"),
        ("2026-07-01 08:00", "2026-07-01 09:00", "2.00"),
        ("2026-07-01 08:00", "2026-07-01 09:01", "2.80"),
        ("2026-07-01 08:00", "2026-07-01 11:05", "6.00"),  # 1 h, then 125 min in five halves
        ("2026-07-01 07:00", "2026-07-01 20:00", "12.00"),  # 21.20, capped
        ("2026-07-01 19:30", "2026-07-01 20:30", "2.50"),
        ("2026-07-01 07:00", "2026-07-02 07:00", "15.00"),  # 12 + 5.50, capped
        ("2026-07-01 07:00", "2026-07-02 19:00", "27.00"),
        ("2026-07-04 10:00", "2026-07-04 13:01", "3.00"),  # a Saturday
        ("2026-07-03 19:00", "2026-07-04 08:00", "8.50"),  # Friday: 2, night 5.50, Saturday 1
    ],
)
def test_ordinary_days(begin: str, end: str, euros: str) -> None:
    assert stay(begin, end).total == Decimal(euros)


@pytest.mark.parametrize("tariff", [ZAGREB, LONDON], ids=["Zagreb", "London"])
@pytest.mark.parametrize(
    ("begin", "end", "sum_"),
    [
        ("2026-03-21 20:00", "2026-03-22 07:00", "5.50"),  # an ordinary night: 11 hours
        ("2026-03-28 20:00", "2026-03-29 07:00", "5.00"),  # an hour is skipped: 10
        ("2026-10-24 20:00", "2026-10-25 07:00", "6.00"),  # an hour is shown twice: 12
        ("2026-10-24 19:00", "2026-10-25 08:00", "8.00"),  # weekend 1, night 6, weekend 1
        ("2026-03-28 23:30", "2026-03-29 04:30", "2.00"),  # 5 hours by the clock, 4 in truth
    ],
)
def test_the_nights_on_which_the_clocks_change(tariff: Tariff, begin: str, end: str, sum_: str) -> None:
    assert stay(begin, end, tariff=tariff).total == Decimal(sum_)


def test_the_hour_that_is_shown_twice_is_paid_for() -> None:
    assert stay("2026-10-25 02:30", "2026-10-25 02:30+").total == Decimal("0.50")
    assert stay("2026-10-25 02:30", "2026-10-25 02:30").total == 0
    assert stay("2026-10-25 01:30", "2026-10-25 01:30+", tariff=LONDON).total == Decimal("0.50")


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/Zagreb", date(2026, 3, 29), time(1, 59), "2026-03-29 00:59"),
        ("Europe/Zagreb", date(2026, 3, 29), time(2, 30), "2026-03-29 01:00"),  # skipped
        ("Europe/Zagreb", date(2026, 3, 29), time(3, 0), "2026-03-29 01:00"),
        ("Europe/Zagreb", date(2026, 10, 25), time(2, 30), "2026-10-25 00:30"),  # its first showing
        ("Europe/Zagreb", date(2026, 10, 25), time(3, 0), "2026-10-25 02:00"),
        ("Europe/London", date(2026, 3, 29), time(1, 30), "2026-03-29 01:00"),
        ("Europe/London", date(2026, 10, 25), time(1, 30), "2026-10-25 00:30"),
        ("Europe/London", date(2026, 10, 25), time(2, 0), "2026-10-25 02:00"),
    ],
)
def test_where_a_local_time_lies(zone: str, day: date, at: time, utc: str) -> None:
    assert instant(day, at, ZoneInfo(zone)) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_band_without_times_is_the_whole_day() -> None:
    head = 'name = "A"\ncurrency = "EUR"\nzone = "Europe/Zagreb"\n'
    flat = parse(head + '[[bands]]\nname = "all"\nsteps = [{minutes = 60, price = 1.00}]\n')
    assert stay("2025-07-01 08:00", "2025-07-02 07:30", tariff=flat).total == 24


def test_a_stay_that_costs_its_cap_bears_no_line_of_it() -> None:
    capped = parse(TOWN.replace("daily_cap = 15.00", "daily_cap = 2.80"))
    assert len(stay("2025-07-01 08:00", "2025-07-01 09:30", tariff=capped).lines) == 2


def test_a_band_s_cap_holds_across_the_days_of_a_stay() -> None:
    capped = parse(TOWN.replace("price = 0.50}]", "price = 0.50}]\ncap = 3.00"))
    receipt = stay("2026-07-01 23:00", "2026-07-03 07:00", tariff=capped)
    assert [str(line.amount) for line in receipt.lines] == [
        *("4.00", "-1.00", "2.00", "19.20", "-9.20", "1.50", "-1.50"),  # day one: 16.50, capped at 15
        *("4.00", "-2.50"),  # the second night costs 3, half of it on day two
    ]
    assert receipt.total == Decimal("16.50")


def test_calendar_days() -> None:
    calendar = parse('day = "calendar"' + TOWN)
    assert stay("2026-07-01 12:00", "2026-07-02 12:00").total == Decimal("15.00")
    assert stay("2026-07-01 12:00", "2026-07-02 12:00", tariff=calendar).total == Decimal("25.90")


def test_free_minutes_may_be_deducted() -> None:
    assert stay("2026-07-01 08:00", "2026-07-01 09:15").total == Decimal("2.80")
    assert stay("2026-07-01 08:00", "2026-07-01 09:15", tariff=parse("deduct_free = true" + TOWN)).total == 2


def test_permits() -> None:
    assert stay("2026-07-01 08:00", "2026-07-01 12:00", "staff").total == 0
    assert stay("2026-07-01 08:00", "2026-07-01 10:00", "tenants").total == 0
    receipt = stay("2026-07-01 08:00", "2026-07-01 12:00", "tenants", "other")
    assert [str(line.amount) for line in receipt.lines] == ["2.00", "4.80", "-2.24"]  # 33 % of 6.80 is 2.244
    assert stay("2026-07-01 08:00", "2026-07-01 12:00", "tenants", "staff").total == 0


def test_half_a_cent_is_taken_off_and_no_permit_shortens_the_free_minutes() -> None:
    half = parse(
        TOWN.replace("2.00", "2.25") + '[[permits]]\nlist = "half"\npercent = 50\nfree_minutes = 5\n'
    )
    lines = stay("2025-07-01 08:00", "2025-07-01 08:30", "half", tariff=half).lines
    assert [str(line.amount) for line in lines] == ["2.25", "-1.13"]  # 1.125
    assert stay("2025-07-01 08:00", "2025-07-01 08:15", "half", tariff=half).total == 0


def test_of_two_permits_that_holds_which_takes_most_off() -> None:
    """The smaller share may come with the longer free time."""
    visitors = parse(TOWN + '[[permits]]\nlist = "visitors"\npercent = 10\nfree_minutes = 300\n')
    span = "2026-07-01 08:00", "2026-07-01 12:00"
    assert stay(*span, "tenants", tariff=visitors).total == Decimal("4.56")
    assert stay(*span, "tenants", "visitors", tariff=visitors).total == 0
    assert stay("2026-07-01 08:00", "2026-07-01 15:00", "tenants", "visitors", tariff=visitors).total == (
        stay("2026-07-01 08:00", "2026-07-01 15:00", "tenants", tariff=visitors).total
    )


def test_the_stay_of_a_visit() -> None:
    coming, going = car(0, "AB12CDE", "in", "allowed"), car(60, "AB12CDE", "out")
    assert stay_of(Visit("v", coming), at(30)) == (at(0), at(30), ("list",))
    assert stay_of(Visit("v", coming, going), at(90)) == (at(0), at(60), ("list",))
    with pytest.raises(InputError):
        stay_of(Visit("v", exit=going), at(90))


MOMENTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 11, 2), timezones=st.just(UTC))


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=4)), st.sampled_from([ZAGREB, LONDON]))
def test_the_bands_of_a_stay_are_the_stay(begin: datetime, length: timedelta, tariff: Tariff) -> None:
    at = begin
    for piece in pieces(tariff, begin, begin + length):
        assert at == piece.begin < piece.end
        at = piece.end
    assert at == begin + length


@given(
    MOMENTS, st.timedeltas(timedelta(0), timedelta(days=4)), st.timedeltas(timedelta(0), timedelta(days=1))
)
def test_longer_never_costs_less_and_no_day_more_than_its_cap(
    begin: datetime, length: timedelta, more: timedelta
) -> None:
    short, long = (quote(ZAGREB, Stay(begin, begin + t)).total for t in (length, length + more))
    assert 0 <= short <= long <= 15 * ((length + more) // timedelta(days=1) + 1)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("until = 07:00:00", "until = 06:59:00", "0 bands hold on mon 06:59"),
        ("until = 07:00:00", "until = 07:01:00", "2 bands hold on mon 07:00"),
        ('"thu", "fri"]', '"thu"]', "0 bands hold on fri 07:00"),
        ("Europe/Zagreb", "Europe/Atlantis", "no time zone"),
        ("price = 0.50", "price = 0.505", "more than 2 decimals"),
        ("price = 0.50", "price = -1", "greater than or equal"),
        ("from = 07:00:00", "from = 07:00:30", "full minute"),
        ("free_minutes", "free_minuets", "Extra inputs"),
        ('name = "Town"', "name = ", "no TOML"),
    ],
)
def test_a_wrong_tariff_is_refused_with_its_fault(old: str, new: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        parse(TOWN.replace(old, new))


def test_money_is_read_exactly() -> None:
    assert str(ZAGREB.bands[0].steps[1].price) == "0.80"


def test_impossible_stays_are_refused() -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(InputError):
        quote(ZAGREB, Stay(at, at - timedelta(seconds=1)))
    with pytest.raises(ValueError, match="UTC"):
        quote(ZAGREB, Stay(at.replace(tzinfo=None), at))


def test_payments_are_counted_once() -> None:
    receipt = stay("2026-07-01 08:00", "2026-07-01 11:05")
    paid = Paid("p1", "v1", receipt.stay.left, Decimal("2.50"), "EUR")
    assert owed(receipt, []) == 6
    assert owed(receipt, [paid, paid]) == Decimal("3.50")
    assert owed(receipt, [paid, Paid("p2", "v1", receipt.stay.left, Decimal(9), "EUR")]) == 0
    with pytest.raises(Conflict, match="GBP"):
        owed(receipt, [Paid("p3", "v1", receipt.stay.left, Decimal(1), "GBP")])
    with pytest.raises(Conflict, match="differently"):
        owed(receipt, [paid, Paid("p1", "v1", receipt.stay.left, Decimal(3), "EUR")])
    with pytest.raises(InputError):
        Paid("p4", "v1", receipt.stay.left, Decimal(0), "EUR")
