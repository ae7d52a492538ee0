"""What is taken, shown or given up; and watch lists."""

import pytest
from cars import car
from hypothesis import given
from hypothesis import strategies as st

from platewise.errors import InputError
from platewise.register.alerts import Watching, WatchList, alerts
from platewise.register.decision import (
    Calibration,
    CameraRule,
    Curve,
    Promise,
    by_stake,
    log_odds,
    parse,
    to_toml,
)
from platewise.register.opening import Strangers
from platewise.register.readings import Misreads

shares = st.floats(0, 1)
promises = st.builds(
    Promise,
    error=shares,
    confidence=shares,
    auto=st.none() | shares,
    reads=st.integers(0, 10**9),
    taken=st.integers(0, 10**9),
    wrong=st.integers(0, 10**9),
)
curves = st.builds(Curve, temperature=st.floats(1e-3, 1e3), shift=st.floats(-50, 50))
calibrations = st.builds(
    Calibration,
    curve=curves,
    promise=promises,
    reject=shares,
    audit=shares,
    cameras=st.dictionaries(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
        st.builds(CameraRule, curve=curves, promise=st.none() | promises),
        max_size=3,
    ),
)


def promise(auto: float | None) -> Promise:
    return Promise(error=0.005, confidence=0.95, auto=auto, reads=3000, taken=2800, wrong=5)


RULES = Calibration(
    promise=promise(0.9),
    reject=0.1,
    audit=0.05,
    cameras={
        "blurred": CameraRule(curve=Curve(temperature=2.0, shift=-0.5), promise=promise(0.8)),
        "bad": CameraRule(curve=Curve(), promise=promise(None)),
        "new": CameraRule(curve=Curve(temperature=2.0)),
    },
)


@pytest.mark.parametrize(
    ("confidence", "camera", "action"),
    [
        (0.95, None, "auto"),
        (0.901, "unknown", "auto"),
        (0.89, None, "review"),
        (0.05, None, "reject"),
        (0.0, None, "reject"),
        (0.95, "blurred", "review"),  # calibrated 0.73
        (0.99, "blurred", "auto"),
        (0.999999, "bad", "review"),  # nothing can be promised of it
        (0.95, "new", "review"),  # its own curve, the promise of all
        (0.999, "new", "auto"),
    ],
)
def test_actions(confidence: float, camera: str | None, action: str) -> None:
    assert RULES.action(confidence, camera) == action


@given(calibrations)
def test_a_calibration_survives_its_file(calibration: Calibration) -> None:
    assert parse(to_toml(calibration)) == calibration


@given(curves, shares, shares)
def test_a_surer_read_stays_surer(curve: Curve, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= curve(low) <= curve(high) <= 1


def test_the_plain_curve_changes_nothing_but_certainty() -> None:
    assert [Curve()(p) for p in (0.1, 0.5, 0.99)] == pytest.approx([0.1, 0.5, 0.99])
    assert Curve()(1.0) == pytest.approx(1 - 1e-6)
    assert log_odds(0.5) == 0


def test_a_fault_is_named() -> None:
    with pytest.raises(InputError, match=r"promise\.error"):
        parse(to_toml(RULES).replace("error = 0.005", "error = 5", 1))
    with pytest.raises(InputError, match="no TOML"):
        parse("reject = ")


def test_a_share_of_what_is_taken_is_looked_at_always_the_same() -> None:
    keys = [f"read {n}" for n in range(20_000)]
    audited = [key for key in keys if RULES.audited(key)]
    assert len(audited) / len(keys) == pytest.approx(0.05, abs=0.005)
    assert all(RULES.audited(key) for key in audited)
    assert not any(RULES.model_copy(update={"audit": 0.0}).audited(key) for key in keys)


def test_what_is_at_stake_comes_first() -> None:
    assert by_stake([("bicycle", 0.1, 0.5), ("lorry", 0.9, 40.0), ("car", 0.9, 4.0)]) == [
        "lorry",
        "bicycle",
        "car",
    ]


TOWN = Strangers(count=2000)
LISTS = [
    WatchList("stolen", "watched", frozenset({"AB12CDE", "ZZ99ZZZ"})),
    WatchList("barred", "denied", frozenset({"AB12CDE", "AB12CDF"})),
    WatchList("staff", "allowed", frozenset({"AB12CDE"})),
]


def told(text: str, watching: Watching | None = None) -> list[tuple[str, str, bool]]:
    watching = watching or Watching(TOWN, Misreads())
    return [(alert.list, alert.plate, alert.exact) for alert in alerts(car(0, text), LISTS, watching)]


def test_a_listed_plate_alerts_each_list_that_watches() -> None:
    assert sorted(told("AB12CDE")) == [("barred", "AB12CDE", True), ("stolen", "AB12CDE", True)]
    assert told("AB12CDF")[0] == ("barred", "AB12CDF", True)


def test_a_misread_of_a_listed_plate_alerts_too_but_a_stranger_does_not() -> None:
    assert ("stolen", "ZZ99ZZZ", False) in told("ZZ99ZZ2")
    assert told("XY34ZWV") == told("") == []


def test_more_strangers_need_more_likeness() -> None:
    assert told("ZZ99ZZ2", Watching(Strangers(count=10**9), Misreads())) == []
    assert told("ZZ99ZZZ", Watching(Strangers(count=10**12), Misreads())) == [("stolen", "ZZ99ZZZ", True)]


def test_a_read_without_a_text_is_given_up_where_nothing_is_rejected() -> None:
    learned = Calibration(promise=promise(0.9), reject=0)
    assert [learned.action(confidence) for confidence in (0, 0.001, 0.99)] == ["reject", "review", "auto"]


def test_of_the_promises_that_err_no_more_that_holds_which_takes_most() -> None:
    rungs = (Promise(error=error, confidence=0.95, auto=auto, reads=9, taken=taken, wrong=0)
             for error, auto, taken in ((0.01, 0.7, 8), (0.02, 0.8, 6)))  # fmt: skip
    learned = Calibration(promise=promise(None).model_copy(update={"taken": 0}), ladder=tuple(rungs))
    assert [learned.promised(error=error).auto for error in (0.001, 0.01, 0.05)] == [None, 0.7, 0.7]
