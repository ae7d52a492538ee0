"""What every Store does with alerts, calibrations and how outputs fare."""

from datetime import timedelta

import pytest
from store_samples import NOON, after, keep, new_sighting

from platewise.errors import Conflict, InputError
from platewise.store.alerts import AlertQuery, NewAlert
from platewise.store.outputs import OutputRecord
from platewise.store.protocol import Store, Unit
from platewise.store.queries import Retention
from platewise.store.records import NewEvent
from platewise.store.site import Entry, PlateList, Shape

WINDOW = timedelta(seconds=30)


def told(unit: Unit, plate: str, seconds: float = 0, *, place: str = "north", listed: str = "stolen") -> int:
    """Keep an alert and its event; return its number."""
    event = unit.events.add(NewEvent("Alert", after(seconds), {"plate": plate, "list": listed}))
    unit.alerts.add(NewAlert(event.id, listed, plate, place, after(seconds)))
    return event.id


def test_alerts_come_newest_first_and_in_pages(store: Store) -> None:
    with store.writing() as unit:
        numbers = [told(unit, f"AB{i}", i, listed=("stolen", "owed")[i % 2]) for i in range(5)]
        assert unit.alerts.acknowledge(numbers[4], "ann", after(60))
    with store.reading() as unit:
        first = unit.alerts.find(AlertQuery(limit=2))
        second = unit.alerts.find(AlertQuery(limit=2, cursor=first.next))
        open_, done = (unit.alerts.find(AlertQuery(open=is_open)).items for is_open in (True, False))
        of_list = unit.alerts.find(AlertQuery(list="owed", since=after(2))).items
        assert unit.alerts.waiting() == 4
    assert [one.id for one in (*first.items, *second.items)] == numbers[:0:-1]
    assert [one.id for one in open_] == numbers[3::-1]
    assert [(one.id, one.acknowledged_by, one.acknowledged_at) for one in done] == [
        (numbers[4], "ann", after(60))
    ]
    assert [one.id for one in of_list] == [numbers[3]]
    assert first.items[0].event.payload == {"plate": "AB4", "list": "stolen"}


def test_an_alert_is_acknowledged_once(store: Store) -> None:
    with store.writing() as unit:
        number = told(unit, "AB1")
        assert unit.alerts.acknowledge(number, "ann", NOON)
        assert not unit.alerts.acknowledge(number, "ben", after(1))
        assert not unit.alerts.acknowledge(number + 1, "ben", NOON)
        kept = unit.alerts.get(number)
        assert kept
        assert (kept.acknowledged_by, unit.alerts.get(number + 1)) == ("ann", None)


def test_an_alert_belongs_to_one_event(store: Store) -> None:
    with store.writing() as unit:
        number = told(unit, "AB1")
        with pytest.raises(InputError):
            unit.alerts.add(NewAlert(number + 1, "stolen", "AB1", "", NOON))
    with pytest.raises(Conflict), store.writing() as unit:
        unit.alerts.add(NewAlert(number, "stolen", "AB1", "", NOON))


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"at": after(29)}, True),
        ({"at": after(-30)}, True),
        ({"at": after(31)}, False),
        ({"at": after(-31)}, False),
        ({"list": "owed"}, False),
        ({"plate": "AB2"}, False),
        ({"place": "south"}, False),
    ],
)
def test_a_passage_is_known_by_list_plate_place_and_time(
    store: Store, change: dict[str, object], known: bool
) -> None:
    with store.writing() as unit:
        told(unit, "AB1")
        asked = {"event": 0, "list": "stolen", "plate": "AB1", "place": "north", "at": NOON, **change}
        assert unit.alerts.extend(NewAlert(**asked), WINDOW) is known  # type: ignore[arg-type]


def test_a_passage_lasts_while_the_vehicle_is_seen(store: Store) -> None:
    with store.writing() as unit:
        number = told(unit, "AB1")
        for seconds in (20, 45, 70, 60):
            assert unit.alerts.extend(NewAlert(0, "stolen", "AB1", "north", after(seconds)), WINDOW)
        assert not unit.alerts.extend(NewAlert(0, "stolen", "AB1", "north", after(101)), WINDOW)
        kept = unit.alerts.get(number)
        assert kept
        assert (kept.at, kept.last_at) == (NOON, after(70))


def test_alerts_go_with_their_events(store: Store) -> None:
    with store.writing() as unit:
        told(unit, "AB12CDE")
        told(unit, "XY1", 50)
        told(unit, "XY2", 100)
    store.erase("ab12 cde", after(200))
    with store.reading() as unit:
        assert [one.plate for one in unit.alerts.find(AlertQuery()).items] == ["XY2", "XY1"]
    store.expire(Retention(reads_before=after(60)), after(200))
    with store.reading() as unit:
        assert [one.plate for one in unit.alerts.find(AlertQuery()).items] == ["XY2"]


def test_the_last_calibration_that_was_not_taken_back_holds(store: Store) -> None:
    with store.writing() as unit:
        assert (unit.calibrations.current(), unit.calibrations.withdraw(NOON)) == (None, None)
        first = unit.calibrations.apply("one", "ann", NOON)
        second = unit.calibrations.apply("two", "ben", after(1))
        assert unit.calibrations.current() == second
        assert unit.calibrations.withdraw(after(2)) == second
        assert unit.calibrations.current() == first
        assert [(one.text, one.user, one.withdrawn_at) for one in unit.calibrations.all()] == [
            ("two", "ben", after(2)),
            ("one", "ann", None),
        ]
        third = unit.calibrations.apply("three", "ann", after(3))
        assert third.id > second.id
        for left in (first, None):
            unit.calibrations.withdraw(after(4))
            assert unit.calibrations.current() == left


def test_how_outputs_fare(store: Store) -> None:
    with store.writing() as unit:
        assert unit.outputs.states() == ()
        unit.outputs.put(OutputRecord("hook", "simulated"))
        for second in range(3):
            unit.events.add(NewEvent("Left", after(second), {}, outputs=("hook", "gate:a")))
        unit.events.bury(1, NOON, "never")
        unit.outputs.note("hook", after(1))
        unit.outputs.note("hook", after(2), "AB12 CDE was refused")
        unit.outputs.note("hook", after(3))
        gate, hook = unit.outputs.states()
    assert (gate.name, gate.waiting, gate.dead, gate.sent_at, gate.error) == ("gate:a", 3, 0, None, "")
    assert (hook.waiting, hook.dead, hook.next_at) == (2, 1, after(1))
    assert (hook.sent_at, hook.failed_at, hook.error) == (after(3), after(2), "AB12 CDE was refused")
    store.erase("AB12CDE", after(9))
    with store.writing() as unit:
        assert unit.outputs.states()[1].error == "[erased] was refused"
        unit.outputs.remove("hook")
        assert [(one.name, one.waiting, one.dead) for one in unit.outputs.states()] == [("gate:a", 3, 0)]


def test_heartbeats_come_to_those_alone_that_name_them(store: Store) -> None:
    with store.writing() as unit:
        unit.outputs.put(OutputRecord("all", "simulated"))
        unit.outputs.put(OutputRecord("beats", "simulated", events=("Heartbeat",)))
        assert unit.outputs.for_event("Heartbeat") == ("beats",)
        assert unit.outputs.for_event("Left") == ("all",)


def test_entries_that_look_like_a_shape(store: Store) -> None:
    shape = Shape(tuple(map(frozenset, ("AB", "B", "1I", "2"))), ("watched", "denied"), slips=1)
    with store.writing() as unit:
        for name, kind in (("stolen", "watched"), ("banned", "denied"), ("staff", "allowed")):
            unit.lists.put(PlateList(name, kind))  # type: ignore[arg-type]
        texts = ["BB I2", "AB12", "AB13", "AC13", "AB123", "AB1"]
        unit.lists.add("stolen", [*map(Entry, texts), Entry("ABI2", valid_until=NOON)])
        unit.lists.add("banned", [Entry("XBI2"), Entry("ÖB12")])
        unit.lists.add("staff", [Entry("AB12")])
        found = [(one.list.name, one.entry.normalised) for one in unit.lists.alike(shape, NOON)]
        assert found == [
            ("banned", "XBI2"), ("banned", "ÖB12"),
            ("stolen", "AB12"), ("stolen", "AB13"), ("stolen", "BBI2"),
        ]  # fmt: skip
        strict = Shape(shape.places, ("watched",), slips=0)
        assert [one.entry.normalised for one in unit.lists.alike(strict, NOON)] == ["AB12", "BBI2"]
        assert len(unit.lists.alike(strict, after(-1))) == 3


def test_the_events_of_reads(store: Store) -> None:
    with store.writing() as unit:
        reads = [keep(unit, f"AB{i}", i).id for i in range(3)]
        for i, number in enumerate(reads[:2]):
            sighting, _ = unit.sightings.save(new_sighting(f"key {number}", "AB", read=number))
            for kind in ("Passed", "Alert")[: 2 - i]:
                unit.events.add(NewEvent(kind, NOON, {}, sighting.id))
        unit.events.add(NewEvent("Left", NOON, {}))
        found = unit.events.of_reads(reads)
    assert {read: [e.kind for e in events] for read, events in found.items()} == {
        reads[0]: ["Passed", "Alert"], reads[1]: ["Passed"], reads[2]: [],
    }  # fmt: skip
