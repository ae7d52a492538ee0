"""Whether a gate opens for what was read."""

from collections import Counter
from random import Random

import pytest

from platewise.core.lattice import Lattice
from platewise.core.plate import DIGITS, LETTERS, normalise
from platewise.regions.confusions import cost
from platewise.regions.library import select
from platewise.register.opening import Costs, Strangers, decide
from platewise.register.readings import Misreads, Reading

MISREADS, COSTS = Misreads(cost=cost), Costs()
HEADS = ("LA", "LB", "LC")


def town(count: int, seed: int = 1) -> list[str]:
    """Return the plates of a British town: three memory tags for all of them."""
    (region,) = select(["gb"])
    pattern, rng = region.series[0].patterns[0], Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        text = normalise(pattern.draw(rng))
        if text.startswith(HEADS):
            found[text] = None
    return list(found)


CARS = town(10_000)
STRANGERS = Strangers.like(CARS, len(CARS))


def odds(read: str | Reading, *listed: str, strangers: Strangers = STRANGERS) -> float:
    reading = read if isinstance(read, Reading) else Reading.of(read)
    return decide(reading, listed, strangers, MISREADS, COSTS).odds


def doubtful(text: str, place: int, other: str, share: float) -> Reading:
    """Return a reading that gives one place also to another sign, with that share."""
    p = Lattice.of(text, 10).probabilities.copy()
    q = Lattice.of(text[:place] + other + text[place + 1 :], 10).probabilities
    p[place] = (1 - share) * p[place] + share * q[place]
    return Reading.of(text, Lattice(p))


def test_a_plate_one_sign_away_is_often_another_car() -> None:
    holes = Counter((i, text[:i] + text[i + 1 :]) for text in CARS for i in range(len(text)))
    near = sum(any(holes[i, text[:i] + text[i + 1 :]] > 1 for i in range(len(text))) for text in CARS)
    assert 0.2 < near / len(CARS) < 0.35


def test_what_is_on_the_list_opens_the_gate() -> None:
    opening = decide(Reading.of("LA63 OGY"), ["LB12ABC", "LA63OGY"], STRANGERS, MISREADS, COSTS)
    assert (opening.open, opening.plate) == (True, "LA63OGY")
    assert opening.odds > 10 * COSTS.least_odds


@pytest.mark.parametrize(
    "read", ["LA63OGX", "LA68OGY", "LC63OGY", "LB12ABC", "LA63OG", "LA63OGYY", "京A12345", ""]
)
def test_what_is_not_on_the_list_does_not(read: str) -> None:
    opening = decide(Reading.of(read), ["LA63OGY"], STRANGERS, MISREADS, COSTS)
    assert not opening.open
    assert opening.odds < COSTS.least_odds / 10


def test_a_misread_that_no_plate_can_be_speaks_for_the_list() -> None:
    assert odds("LA63OG8", "LA63OGB") > 30  # no British plate ends in a digit
    assert odds("LA63OGD", "LA63OGB") < 1
    assert odds("LA63OG4", "LA63OGB") < odds("LA63OG8", "LA63OGB") / 3  # nobody takes a B for a 4


def test_a_doubtful_sign_counts_as_far_as_it_is_doubtful() -> None:
    shares = [odds(doubtful("LA63OGB", 6, "R", share), "LA63OGR") for share in (0.1, 0.3, 0.5, 0.7)]
    assert shares == sorted(shares)
    assert shares[0] < shares[2]
    assert odds(doubtful("LA63OGR", 6, "B", 0.4), "LA63OGR") > COSTS.least_odds
    assert odds(doubtful("LA63OGR", 6, "B", 0.4), "LA63OGR") < odds("LA63OGR", "LA63OGR")


def test_the_more_strangers_the_less_it_opens() -> None:
    some = [odds("LA63OGX", "LA63OGY", strangers=Strangers.like(CARS, n)) for n in (1, 100, 10_000)]
    assert some == pytest.approx([some[0], some[0] / 100, some[0] / 10_000])


def test_where_nothing_was_seen_yet_strangers_may_look_like_anything() -> None:
    new = Strangers(10_000)
    assert odds("LA63OGY", "LA63OGY", strangers=new) > COSTS.least_odds
    assert odds("LA63OG8", "LA63OGB", strangers=new) < COSTS.least_odds


def test_neighbours_on_the_list_stand_for_each_other() -> None:
    unsure = doubtful("LA63OGB", 6, "R", 0.5)
    assert odds(unsure, "LA63OGB", "LA63OGR") > 10 * odds(unsure, "LA63OGB")


def test_costs_decide() -> None:
    reading, listed = doubtful("LA63OGX", 6, "Y", 0.45), ["LA63OGY"]
    seen = odds(reading, *listed)
    for costs, opens in (
        (Costs(seen * 1.01, 1), False),
        (Costs(seen * 0.99, 1), True),
        (Costs(seen, 2), True),
    ):
        assert decide(reading, listed, STRANGERS, MISREADS, costs).open == opens
    with pytest.raises(ValueError, match="more than nothing"):
        Costs(0, 1)
    with pytest.raises(ValueError, match="at least 1"):
        Strangers(0)


def test_nothing_is_compared_with_an_empty_list() -> None:
    opening = decide(Reading.of("LA63OGY"), [], STRANGERS, MISREADS, COSTS)
    assert (opening.open, opening.plate, opening.odds) == (False, None, 0.0)


def test_errors_stay_as_rare_as_the_costs_ask_for() -> None:
    """Among strangers one sign away from a listed plate, the hardest, and listed plates misread by a sign."""
    rng, listed = Random(3), CARS[:100]
    others = set(CARS[100:])
    near = [
        text for one in listed for i in range(7) for sign in LETTERS + DIGITS
        if (text := one[:i] + sign + one[i + 1 :]) in others
    ]  # fmt: skip
    assert len(near) > 20
    assert not any(_opens(text, listed) for text in near)  # edit distance 1 would let in every one
    assert all(_opens(text, listed) for text in listed)
    places = [rng.randrange(7) for _ in listed]
    doubted = [
        doubtful(text, i, rng.choice(LETTERS.replace(text[i], "")), 0.3)
        for text, i in zip(listed, places, strict=True)
    ]
    assert sum(_opens(one, listed) for one in doubted) > 0.9 * len(doubted)


def _opens(read: str | Reading, listed: list[str]) -> bool:
    reading = read if isinstance(read, Reading) else Reading.of(read)
    return decide(reading, listed, STRANGERS, MISREADS, COSTS).open


def test_a_place_that_rather_carries_no_sign_does_not_keep_a_listed_plate_out() -> None:
    slots = tuple(((sign, 0.98),) for sign in "AB12CDE")
    doubtful = Reading("AB12CDE", (*slots, (("F", 0.1), ("E", 0.05))))
    listed = ["AB12CDE", "XY99ZZZ"]
    told = decide(doubtful, listed, Strangers(100), Misreads(), Costs())
    assert (told.open, told.plate) == (True, "AB12CDE")
    assert len(doubtful.places) == 7
