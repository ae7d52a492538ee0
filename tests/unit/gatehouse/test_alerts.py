"""Watch lists: one alert for each passage, misread or not, told to the outputs that want it."""

from datetime import UTC, datetime, timedelta

import pytest

from platewise import gatehouse
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.plate import Plate, normalise
from platewise.core.read import Read
from platewise.gatehouse import Arrival
from platewise.store.alerts import AlertQuery, AlertRecord
from platewise.store.outputs import OutputRecord
from platewise.store.protocol import Store
from platewise.store.records import NewFrame, ReadRecord, Review
from platewise.store.site import Camera, Entry, Gate, Lane, PlateList

AT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
QUAD = quad_of((10, 10, 60, 20))
STRANGERS = ("KL34MNO", "PQ56RST", "UV78WXY", "ZA90BCD", "EF21GHI", "JK43LMN")


def see(store: Store, text: str, seconds: float = 0, camera: str = "north", sure: float = 0.97) -> ReadRecord:
    """Let a vehicle pass a camera."""
    at, key = AT + timedelta(seconds=seconds), normalise(text)
    lattice = Lattice.of(key, 10, sure) if key else None
    read = Read(Plate(key, "gb", text) if key else None, sure if key else 0.0, QUAD, lattice=lattice)
    arrival = Arrival(f"{text} {seconds} {camera}", NewFrame(at, at, 100, 60, camera), (read,), "tiny", "v1")
    with store.writing() as unit:
        (record,) = gatehouse.admit(unit, arrival).reads
    return record


def alerts(store: Store) -> list[AlertRecord]:
    with store.reading() as unit:
        return list(unit.alerts.find(AlertQuery()).items)[::-1]


@pytest.fixture
def watched(store: Store) -> Store:
    """Return a store that watches for AB12CDE and for a denied plate, and knows some other vehicles."""
    with store.writing() as unit:
        for name, kind in (("stolen", "watched"), ("banned", "denied"), ("staff", "allowed")):
            unit.lists.put(PlateList(name, kind))  # type: ignore[arg-type]
        unit.lists.add("stolen", [Entry("AB12 CDE", "white van")])
        unit.lists.add("banned", [Entry("XX99 YYY")])
        unit.outputs.put(OutputRecord("guards", "simulated", events=("Alert",)))
    for number, text in enumerate(STRANGERS):
        see(store, text, -10_000 + 100 * number)
    return store


def test_a_listed_plate_gives_an_alert_that_is_sent(watched: Store) -> None:
    read = see(watched, "AB12 CDE")
    (alert,) = alerts(watched)
    told = alert.event.payload
    assert (alert.list, alert.plate, alert.place, alert.event.kind) == ("stolen", "AB12CDE", "north", "Alert")
    assert (told["exact"], told["what"], told["read"], told["label"]) == (
        True,
        "Passed",
        read.id,
        "white van",
    )
    with watched.reading() as unit:
        waiting = unit.events.due(AT + timedelta(1))
        assert [(one.output, one.event.id) for one in waiting] == [("guards", alert.id)]


def test_a_picture_that_is_told_again_has_the_outcome_of_its_passage(watched: Store) -> None:
    at, read = AT + timedelta(hours=1), Read(Plate("AB12CDE", "gb"), 0.97, QUAD)
    arrival = Arrival("again", NewFrame(at, at, 100, 60, "north"), (read,), "tiny", "v1")
    outcomes = []
    for _ in range(2):
        with watched.writing() as unit:
            outcomes.append(gatehouse.admit(unit, arrival).outcomes)
    assert len(alerts(watched)) == 1
    assert outcomes[0] == outcomes[1]
    assert [one.kind for one in outcomes[1]] == ["Passed"]


def test_a_misread_of_a_listed_plate_gives_one_too(watched: Store) -> None:
    see(watched, "AB12 CDF", sure=0.8)
    (alert,) = alerts(watched)
    told = alert.event.payload
    assert (told["plate"], told["listed"], told["exact"]) == ("AB12CDF", "AB12 CDE", False)
    assert told["odds"] > 1


@pytest.mark.parametrize("text", ["AB12 XYZ", "AB12 CD", "AB12 CDEF", "QQ11 QQQ", ""])
def test_other_plates_give_none(watched: Store, text: str) -> None:
    see(watched, text)
    assert alerts(watched) == []


def test_a_vehicle_that_is_known_is_not_taken_for_a_listed_one(watched: Store) -> None:
    with watched.writing() as unit:
        unit.lists.add("staff", [Entry("AB12 CDF")])
    see(watched, "AB12 CDF", sure=0.8)
    assert alerts(watched) == []


def test_denied_plates_alert_and_allowed_ones_do_not(watched: Store) -> None:
    with watched.writing() as unit:
        unit.lists.add("staff", [Entry("ST1 AFF")])
    see(watched, "ST1 AFF")
    see(watched, "XX99 YYY")
    assert [one.list for one in alerts(watched)] == ["banned"]


def test_one_alert_for_each_passage(watched: Store) -> None:
    for seconds in (0, 10, 25, 50, 75):  # it stands before the camera
        see(watched, "AB12 CDE", seconds)
    see(watched, "AB12 CDE", 76, camera="south")
    see(watched, "AB12 CDE", 300)
    assert [(one.place, (one.at - AT).seconds) for one in alerts(watched)] == [
        ("north", 0), ("south", 76), ("north", 300),
    ]  # fmt: skip


def test_cameras_of_one_gate_see_one_passage(watched: Store) -> None:
    with watched.writing() as unit:
        unit.site.put(Gate("toll"))
        unit.site.put(Lane("toll-1", "toll"))
        for name in ("front", "rear"):
            unit.site.put(Camera(name, lane="toll-1"))
    see(watched, "AB12 CDE", 0, camera="front")
    see(watched, "AB12 CDE", 2, camera="rear")
    assert [one.place for one in alerts(watched)] == ["toll"]


def test_the_same_arrival_again_alerts_once_and_answers_alike(watched: Store) -> None:
    see(watched, "AB12 CDE")
    see(watched, "AB12 CDE")
    assert len(alerts(watched)) == 1
    with watched.reading() as unit:
        assert [e.kind for e in unit.events.after(0)].count("Passed") == len(STRANGERS) + 1


def test_a_car_park_tells_what_the_vehicle_did(watched: Store) -> None:
    see(watched, "AB12 CDE", camera="telegram")
    see(watched, "AB12 CDE", 5, camera="telegram")
    (alert,) = alerts(watched)
    told = alert.event.payload
    assert (told["what"], told["lot"], alert.place) == ("Entered", "main", "main")
    see(watched, "AB12 CDE", 600, camera="telegram")
    assert [one.event.payload["what"] for one in alerts(watched)] == ["Entered", "Left"]


@pytest.mark.parametrize(("after", "count"), [(60, 1), (7200, 0)])
def test_a_read_that_a_person_puts_right_soon_alerts(watched: Store, after: int, count: int) -> None:
    read = see(watched, "QQ11 QQQ")
    plate = Plate("AB12CDE", "gb", "AB12 CDE")
    for seconds in (after, after + 1):
        verdict = Review(read.id, "corrected", "ann", AT + timedelta(seconds=seconds), plate=plate)
        with watched.writing() as unit:
            gatehouse.review(unit, verdict)
    assert [(one.plate, one.event.payload["exact"]) for one in alerts(watched)] == [("AB12CDE", True)] * count


def test_a_listed_plate_that_is_erased_leaves_no_alert(watched: Store) -> None:
    see(watched, "AB12 CDF", sure=0.8)
    assert len(alerts(watched)) == 1
    watched.erase("AB12 CDE", AT + timedelta(1))
    assert alerts(watched) == []
    with watched.reading() as unit:
        assert "AB12" not in str([e for e in unit.events.after(0, 500) if e.kind == "Alert"])
