"""What holds of passages and journeys however badly plates are read and in whatever order they are told."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from road import CAMERAS, ROADS, SITE, passage, view

from platewise.register.fusing import fuse
from platewise.register.journeys import pair
from platewise.register.passages import Passage, View
from platewise.register.speed import average_speed
from platewise.register.tariffs.quoting import Stay
from platewise.register.tolls import Trip, parse, quote

TEXTS = ("AB12CDE", "AB12CDF", "A812CDE", "AB12CE", "AB21CDE", "ZX98WVU", "ZX98WVV", "")
texts = st.sampled_from(TEXTS)
seconds = st.integers(0, 9000).map(lambda n: n / 10)
passings = st.lists(st.builds(passage, st.sampled_from(tuple(CAMERAS)), seconds, texts), max_size=14)
looks = st.lists(
    st.tuples(st.sampled_from([camera.name for camera in SITE.cameras]), seconds, texts),
    max_size=14,
    unique=True,
).map(lambda seen: [view(*one, key=repr(one)) for one in seen])
prices = st.decimals(0, 99, places=2)


def unique(passages: list[Passage]) -> list[Passage]:
    return list({one.key: one for one in passages}.values())


@settings(max_examples=150, deadline=None)
@given(passings, st.randoms(use_true_random=False))
def test_every_passage_is_in_one_journey_and_the_order_of_telling_changes_nothing(
    passages: list[Passage], rng: Random
) -> None:
    passages = unique(passages)
    journeys = pair(passages, ROADS)
    told = [one.key for journey in journeys for one in journey.passages]
    assert sorted(told) == sorted(one.key for one in passages)
    rng.shuffle(passages)
    assert pair(passages, ROADS) == journeys


@settings(max_examples=150, deadline=None)
@given(passings)
def test_journeys_run_on_along_the_road(passages: list[Passage]) -> None:
    for journey in pair(unique(passages), ROADS):
        times = [one.at for one in journey.passages]
        assert times == sorted(set(times))
        assert journey.gates in {
            ("west",),
            ("mid",),
            ("east",),
            ("west", "mid"),
            ("mid", "east"),
            ("west", "mid", "east"),
        }
        assert [g for g in journey.gates if g not in journey.unseen] == [one.gate for one in journey.passages]
        assert 0 <= journey.probability <= 1
        assert 0 <= journey.confidence <= 1
        assert journey.margin >= 0
        assert journey.plate in {one.reading.text for one in journey.passages}
        assert journey.over_at >= times[-1]


@settings(max_examples=150, deadline=None)
@given(looks, st.randoms(use_true_random=False))
def test_every_view_is_in_one_passage_of_its_gate(views: list[View], rng: Random) -> None:
    told = fuse(views, SITE)
    assert sorted(v.sighting.key for p in told.passages for v in p.views) == sorted(
        v.sighting.key for v in views
    )
    keys = {one.key for one in told.passages}
    assert all({mismatch.front, mismatch.rear} <= keys for mismatch in told.mismatches)
    for one in told.passages:
        lanes = [camera.lane for name in one.cameras if (camera := SITE.camera(name))]
        assert {lane.gate for name in lanes if (lane := SITE.lane(name))} == {one.gate}
    shuffled = list(views)
    rng.shuffle(shuffled)
    assert fuse(shuffled, SITE) == told


@given(st.floats(1, 1e5))
def test_bars_hold_the_speed_and_claims_fall_with_the_limit(driven: float) -> None:
    speed = average_speed(passage("west", 0, "A"), passage("mid", driven, "A"), SITE, ROADS)
    if speed:
        low, high = speed.bar
        assert low < speed.kmh < high
        claims = [speed.faster_than(kmh) for kmh in (low, speed.kmh, high)]
        assert claims == sorted(claims, reverse=True)


@given(
    prices,
    prices,
    prices,
    st.integers(0, 100),
    st.sampled_from(("least", "most")),
    st.booleans(),
    st.booleans(),
)
def test_receipts_add_up_and_a_guess_lies_among_the_prices(
    first: object, second: object, whole: object, percent: int, missing: str, entered: bool, ended: bool
) -> None:
    tariff = parse(f"""
    name = "T"
    currency = "EUR"
    missing = "{missing}"
    classes = [{{name = "car"}}]
    prices = [
      {{from = "west", to = "mid", price = {{car = {first}}}}},
      {{from = "mid", to = "east", price = {{car = {second}}}}},
      {{from = "west", to = "east", price = {{car = {whole}}}}},
    ]
    permits = [{{list = "staff", percent = {percent}}}]
    """)
    one = passage("west", 0, "A")
    trip = Trip(("west", "mid", "east"), entered, ended, Stay(one.at, one.at, ("staff",)))
    receipt = quote(tariff, trip)
    assert receipt.total == sum(line.amount for line in receipt.lines)
    assert 0 <= receipt.total <= receipt.lines[0].amount
    assert receipt.lines[0].amount in {first, second, whole}
