"""What every Store does with outputs and with the deliveries to them."""

from dataclasses import replace

import pytest
from store_samples import NOON, after

from platewise.errors import InputError
from platewise.store.outputs import OutputRecord
from platewise.store.protocol import Store
from platewise.store.queries import Retention
from platewise.store.records import NewEvent


def tell(store: Store, *plates: str | None, output: str = "hook") -> None:
    """Keep one event a plate, due at noon."""
    with store.writing() as unit:
        for plate in plates:
            unit.events.add(NewEvent("Entered", NOON, {"plate": plate}, outputs=(output,)))


def claimed(store: Store, seconds: float, output: str = "hook") -> tuple[int, object] | None:
    """Return number and plate of what is claimed for a minute."""
    with store.writing() as unit:
        delivery = unit.events.claim(output, after(seconds), after(seconds + 60))
    return (delivery.id, delivery.event.payload["plate"]) if delivery else None


def test_outputs_by_name(store: Store) -> None:
    hook = OutputRecord("hook", "webhook", {"url": "https://example.org", "secret": "whsec_x"}, ("Left",))
    with store.writing() as unit:
        unit.outputs.put(OutputRecord("mqtt", "mqtt"))
        unit.outputs.put(replace(hook, kind="other"))
        unit.outputs.put(hook)
        assert unit.outputs.outputs() == (hook, OutputRecord("mqtt", "mqtt"))
        assert (unit.outputs.output("hook"), unit.outputs.output("none")) == (hook, None)
        assert unit.outputs.for_event("Left") == ("hook", "mqtt")
        assert unit.outputs.for_event("Entered") == ("mqtt",)
        assert unit.outputs.disable("mqtt", "410 Gone")
        assert not unit.outputs.disable("mqtt", "again")
        assert not unit.outputs.disable("none", "why")
        assert unit.outputs.output("mqtt") == OutputRecord("mqtt", "mqtt", disabled="410 Gone")
        assert unit.outputs.for_event("Entered") == ()
        assert unit.outputs.remove("hook")
        assert not unit.outputs.remove("hook")
    assert "whsec" not in repr(hook)


def test_a_claimed_delivery_is_nobody_elses_for_a_while(store: Store) -> None:
    tell(store, "AB1", "CD2")
    tell(store, "AB1", output="mqtt")
    with store.reading() as unit:
        assert unit.events.waiting(after(-1)) == ()
        assert unit.events.waiting(NOON) == ("hook", "mqtt")
    assert [claimed(store, 0), claimed(store, 1), claimed(store, 2)] == [(1, "AB1"), (2, "CD2"), None]
    assert claimed(store, 3, "mqtt") == (3, "AB1")
    assert claimed(store, 4, "other") is None
    assert claimed(store, 60) == (1, "AB1")  # whoever took it has not been heard of since
    with store.writing() as unit:
        unit.events.delivered(1)
    assert claimed(store, 61) == (2, "CD2")


def test_deliveries_about_one_plate_keep_their_order(store: Store) -> None:
    tell(store, "AB1", "AB1", "CD2", None, None)
    tell(store, "AB1", output="mqtt")
    with store.writing() as unit:
        first = unit.events.claim("hook", NOON, after(60))
        assert first
        unit.events.postpone(first.id, after(300), "refused")
    assert [claimed(store, 1) for _ in range(4)] == [(3, "CD2"), (4, None), (5, None), None]
    assert claimed(store, 1, "mqtt") == (6, "AB1")
    with store.reading() as unit:  # the second about AB1 is due, and cannot be had
        assert unit.events.waiting(after(2)) == ()
    with store.writing() as unit:
        unit.events.bury(first.id, after(2), "given up")
    assert claimed(store, 3) == (2, "AB1")


def test_what_was_given_up_is_kept_and_may_be_tried_anew(store: Store) -> None:
    tell(store, "AB1", "CD2", "EF3")
    with store.writing() as unit:
        unit.events.postpone(1, after(1), "refused")
        for number in (1, 2, 3):
            unit.events.bury(number, after(10 * number), f"error {number}")
        assert unit.events.waiting(after(999)) == ()
        assert unit.events.due(after(999)) == ()
        page = unit.events.dead(2)
        assert [(d.id, d.attempts, d.error, d.dead_at) for d in page.items] == [
            (3, 1, "error 3", after(30)), (2, 1, "error 2", after(20)),
        ]  # fmt: skip
        (last,) = unit.events.dead(2, page.next).items
        assert (last.id, last.attempts) == (1, 2)
        assert unit.events.replay(1, after(50))
        assert not unit.events.replay(1, after(50))
        assert not unit.events.replay(99, after(50))
        assert not unit.events.replay(2**70, after(50))
        unit.events.delivered(2)
        assert [d.id for d in unit.events.dead().items] == [3]
    assert [claimed(store, 49), claimed(store, 50)] == [None, (1, "AB1")]
    with store.reading() as unit:
        assert [(d.attempts, d.dead_at) for d in unit.events.due(after(999))] == [(0, None)]


def test_with_an_output_goes_what_was_meant_for_it(store: Store) -> None:
    tell(store, "AB1", "CD2")
    tell(store, "AB1", output="mqtt")
    with store.writing() as unit:
        unit.outputs.put(OutputRecord("hook", "webhook"))
        unit.events.bury(1, after(1), "refused")
        assert unit.outputs.remove("hook")
        assert unit.events.dead().items == ()
        assert [(one.output, one.event.id) for one in unit.events.due(after(9))] == [("mqtt", 3)]
        assert [state.name for state in unit.outputs.states()] == ["mqtt"]


def test_a_delivery_given_back_counts_no_attempt(store: Store) -> None:
    tell(store, "AB1")
    with store.writing() as unit:
        unit.events.release(1, after(5), "no connection")
        (delivery,) = unit.events.due(after(5))
        assert (delivery.attempts, delivery.error) == (0, "no connection")
        assert unit.events.due(after(4)) == ()


def test_what_is_no_delivery_is_refused(store: Store) -> None:
    with store.writing() as unit:
        for call in (
            lambda: unit.events.release(7, NOON, ""),
            lambda: unit.events.bury(7, NOON, ""),
            lambda: unit.events.bury(2**70, NOON, ""),
            lambda: unit.events.dead(0),
            lambda: unit.events.dead(cursor="x"),
        ):
            with pytest.raises(InputError):
                call()


def test_deliveries_go_with_their_event(store: Store) -> None:
    tell(store, "AB1", "CD2")
    with store.writing() as unit:
        unit.events.bury(1, NOON, "AB1 was refused")
        unit.events.bury(2, NOON, "AB 1 stands in the way")
    store.erase("AB1", NOON)
    with store.reading() as unit:
        assert [(d.id, d.error) for d in unit.events.dead().items] == [(2, "[erased] stands in the way")]
    store.expire(Retention(reads_before=after(1)), after(1))
    with store.reading() as unit:
        assert unit.events.dead().items == ()
