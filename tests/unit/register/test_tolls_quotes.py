"""What a journey costs."""

from decimal import Decimal

import pytest
from road import START, at

from platewise.errors import InputError
from platewise.register.tariffs.payment import Paid, owed
from platewise.register.tariffs.quoting import Stay
from platewise.register.tolls import Trip, parse, quote

TARIFF = """
name = "Road"
currency = "EUR"
missing = "review"
classes = [{name = "car"}, {name = "lorry", list = "lorries"}, {name = "bus", list = "buses"}]
prices = [
  {from = "west", to = "mid", both_ways = true, price = {car = 2.10, lorry = 6.00, bus = 3.00}},
  {from = "mid", to = "east", price = {car = 1.45, lorry = 4.00, bus = 2.00}},
  {from = "west", to = "east", price = {car = 3.20, lorry = 9.50, bus = 4.40}},
]
permits = [{list = "staff", percent = 33}]
"""


def trip(*gates: str, lists: tuple[str, ...] = (), entered: bool = True, ended: bool = True) -> Trip:
    return Trip(gates, entered, ended, Stay(START, at(400), lists))


@pytest.mark.parametrize(
    ("taken", "total"),
    [
        (trip("west", "mid", "east"), "3.20"),
        (trip("west", "mid"), "2.10"),
        (trip("mid", "west"), "2.10"),
        (trip("west", "mid", lists=("lorries",)), "6.00"),
        (trip("west", "mid", lists=("buses", "lorries")), "6.00"),
        (trip("west", "east", lists=("staff",)), "2.14"),  # 3.20 less 1.06 (1.056)
    ],
)
def test_prices_by_ends_and_class(taken: Trip, total: str) -> None:
    receipt = quote(parse(TARIFF), taken)
    assert receipt.total == Decimal(total)
    assert sum(line.amount for line in receipt.lines) == receipt.total
    assert receipt.currency == "EUR"


def test_without_a_price_from_end_to_end_the_parts_add_up() -> None:
    lines = TARIFF.splitlines()
    parts = "\n".join(line for line in lines if '"west", to = "east"' not in line)
    receipt = quote(parse(parts), trip("west", "mid", "east"))
    assert [line.text for line in receipt.lines] == ["west to mid, car", "mid to east, car"]
    assert receipt.total == Decimal("3.55")


@pytest.mark.parametrize(
    ("missing", "taken", "total"),
    [
        ("least", trip("mid", ended=False), "1.45"),
        ("most", trip("mid", ended=False), "2.10"),
        ("least", trip("mid", "east", entered=False), "1.45"),
        ("most", trip("mid", "east", entered=False), "3.20"),
        ("most", trip("west", "mid", entered=False), "2.10"),
        ("most", trip("mid", entered=False, ended=False), "3.20"),
        ("least", trip("mid", entered=False, ended=False, lists=("lorries",)), "4.00"),
    ],
)
def test_a_missing_end_costs_what_the_tariff_says(missing: str, taken: Trip, total: str) -> None:
    receipt = quote(parse(TARIFF.replace('"review"', f'"{missing}"')), taken)
    assert receipt.total == Decimal(total)
    assert f"not seen, the {missing}" in receipt.lines[0].text


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (trip("west", ended=False), "its exit was not seen: a person must look first"),
        (trip("east", entered=False, ended=False), "its entry and exit was not seen"),
        (trip("east", "mid"), "no price from east to mid"),
        (trip("west"), "no price from west to west"),
    ],
)
def test_what_has_no_price_says_so(taken: Trip, told: str) -> None:
    with pytest.raises(InputError, match=told):
        quote(parse(TARIFF), taken)


def test_nothing_fits_a_missing_end() -> None:
    with pytest.raises(InputError, match="no price of the tariff fits"):
        quote(parse(TARIFF.replace('"review"', '"most"')), trip("east", ended=False))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("{car = 2.10, ", "{"), "west to mid needs one price for each of car, lorry, bus"),
        (("car = 2.10", "car = 2.105"), "west to mid has more than 2 decimals"),
        (("car = 2.10", "car = -2"), "greater than or equal to 0"),
        ((', list = "buses"', ""), "one class, and only one, has no list"),
        (('name = "bus"', 'name = "car"'), "two classes have one name"),
        (('{from = "mid", to = "east"', '{from = "mid", to = "west"'), "mid to west has two prices"),
        (("percent = 33", "percent = 33, free_minutes = 5"), "no free minutes"),
        (('"EUR"', '"euro"'), "currency"),
        (("missing", "misssing"), "misssing: Extra inputs"),
    ],
)
def test_a_fault_of_a_tariff_is_named(change: tuple[str, str], told: str) -> None:
    assert change[0] in TARIFF
    with pytest.raises(InputError) as caught:
        parse(TARIFF.replace(*change, 1))
    assert told in str(caught.value)


def test_a_journey_is_paid_like_a_stay() -> None:
    receipt = quote(parse(TARIFF), trip("west", "mid", "east"))
    paid = Paid("p1", "j1", at(500), Decimal("1.20"), "EUR")
    assert owed(receipt, [paid, paid]) == Decimal("2.00")
