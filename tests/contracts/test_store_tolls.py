"""What every Store keeps of toll roads, and forgets."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from store_samples import NOON, after, jpeg, keep, new_frame, new_read

from platewise.errors import Conflict, InputError
from platewise.register.agreement import agreed
from platewise.register.passages import Passage, View
from platewise.register.readings import Misreads, Reading
from platewise.register.tariffs.quoting import Line, Receipt, Stay
from platewise.register.values import Listed, Sighting
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import Retention
from platewise.store.tolling import (
    JourneyFacts,
    JourneyQuery,
    KeptJourney,
    KeptSpeed,
    MismatchQuery,
    NewJourney,
    PassageQuery,
    PassageRecord,
)

DAY = timedelta(days=1)
RECEIPT = Receipt(
    "Road", "EUR", Stay(after(0), after(9), ("staff",)), (Line("a to b, car", 1, Decimal("2.10"), after(0)),)
)


def view(seconds: float, text: str, camera: str = "c1", read: int | None = None) -> View:
    lists = (Listed("staff", "known"),)
    key, reading = f"{camera}@{seconds}", Reading.of(text)
    return View(camera, Sighting(key, after(seconds), reading, "gate", "both", 0.9, lists, read))


def passage(*views: View, gate: str = "gate") -> Passage:
    return Passage(gate, views, agreed([view.sighting.reading for view in views], Misreads()))


def regroup(
    store: Store, gone: Sequence[PassageRecord], *now: Passage, travelled: bool = True
) -> tuple[PassageRecord, ...]:
    with store.writing() as unit:
        return unit.tolls.regroup(gone, now, travelled=travelled)


def facts(text: str, since: float = 0, until: float = 9, **more: object) -> JourneyFacts:
    base = JourneyFacts(
        text, ("gate", "b"), "complete", after(since), after(until), after(until),
        True, 0.99, None, 1.0, 1.0, 0.98,
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


def travel(store: Store, *journeys: tuple[JourneyFacts, Sequence[PassageRecord]]) -> tuple[KeptJourney, ...]:
    with store.writing() as unit:
        return unit.tolls.keep([NewJourney(told, tuple(mine)) for told, mine in journeys])


def texts(records: Sequence[PassageRecord]) -> list[str]:
    return [record.passage.reading.text for record in records]


def test_a_passage_comes_out_as_it_went_in(store: Store) -> None:
    crop = store.images.save(jpeg(b"plate"), "plate")
    with store.writing() as unit:
        (read,) = unit.reads.save(new_frame(0), [new_read("AB12 CDE", crop=crop)])
    whole = passage(view(0, "AB12CDE", read=read.id), view(1, "", "c2"))
    (kept,) = regroup(store, [], whole)
    assert kept == PassageRecord(1, whole, 1, None, False, "AB12 CDE", (crop.key, None))
    with store.reading() as unit:
        assert unit.tolls.passage(1) == kept
        assert unit.tolls.passage(2) is None
        assert unit.tolls.passage(2**70) is None
        assert unit.tolls.near("gate", after(1), after(2)) == (kept,)
        assert unit.tolls.near("gate", after(2), after(3)) == unit.tolls.near("x", after(0), after(9)) == ()
        assert unit.tolls.passages(PassageQuery(read=read.id)).items == (kept,)
        assert unit.tolls.open() == (kept,)


def test_passages_keep_their_numbers_while_they_share_views(store: Store) -> None:
    a, b, c = view(0, "AB12CDE"), view(0.5, "AB12CDE", "c2"), view(9, "HJ56KLM")
    one, two, other = regroup(store, [], passage(a), passage(b), passage(c))
    whole, *_ = regroup(store, [one, two], passage(a, b, view(1, "AB12CDE", "c3")))
    assert (whole.id, whole.version) == (one.id, 2)
    with pytest.raises(Conflict):
        regroup(store, [one], passage(a))
    parts = regroup(store, [whole], passage(a), passage(b, view(1, "AB12CDE", "c3")))
    assert [part.id for part in parts] == [4, one.id]
    with store.reading() as unit:
        assert {record.id for record in unit.tolls.open()} == {1, 3, 4}
        assert unit.tolls.passage(other.id) == other


def test_passages_are_found_in_pages(store: Store) -> None:
    made = [passage(view(n, text)) for n, text in enumerate(("AA11AAA", "", "BB22BBB", "AA11AAA"))]
    regroup(store, [], *made, passage(view(9, "CC33CCC", "x"), gate="far"))
    with store.reading() as unit:
        find = unit.tolls.passages
        assert texts(find(PassageQuery(plate="aa-11 aaa")).items) == ["AA11AAA", "AA11AAA"]
        assert texts(find(PassageQuery(gate="far")).items) == ["CC33CCC"]
        assert texts(find(PassageQuery(unread=True)).items) == [""]
        assert len(find(PassageQuery(unread=False, since=after(2), until=after(9))).items) == 2
        first = find(PassageQuery(limit=3))
        rest = find(PassageQuery(limit=3, cursor=first.next))
        assert [record.id for record in (*first.items, *rest.items)] == [5, 4, 3, 2, 1]
        assert rest.next is None
        for bad in (PassageQuery(plate="-"), PassageQuery(limit=0), PassageQuery(cursor="x")):
            with pytest.raises(InputError):
                find(bad)


def test_what_is_not_to_be_paired_is_not_open(store: Store) -> None:
    regroup(store, [], passage(view(0, "AB12CDE")), travelled=False)
    (blank,) = regroup(store, [], passage(view(9, "")))
    with store.reading() as unit:
        before = unit.tolls.pulse()
        assert unit.tolls.open() == ()
    regroup(store, [blank], passage(view(9, "HJ56KLM")))
    with store.reading() as unit:
        assert texts(unit.tolls.open()) == ["HJ56KLM"]
        assert unit.tolls.pulse() != before


def test_a_journey_comes_out_as_it_went_in(store: Store) -> None:
    one, two = regroup(store, [], passage(view(0, "AB12CDE")), passage(view(9, "AB12CDE")))
    told = facts("AB12CDE", speed=KeptSpeed(100.5, 99.0, 102.0), vehicle="car", receipt=RECEIPT, margin=3.25)
    (kept,) = travel(store, (told, [one, two]))
    assert (kept.record.facts, kept.record.passages, kept.before) == (told, (one.id, two.id), None)
    with store.reading() as unit:
        assert unit.tolls.journey(kept.record.id) == kept.record
        assert unit.tolls.open() == ()
        again = unit.tolls.passages(PassageQuery(journey=kept.record.id)).items
    assert travel(store, (told, again)) == ()
    changed = replace(told, state="exit missing", look="exit missing")
    assert travel(store, (changed, again))[0].before == told
    assert travel(store, (told, [one, two])) == (), "the passages have a journey by now"


def test_journeys_are_found_in_pages(store: Store) -> None:
    made = regroup(store, [], *(passage(view(n, f"AA1{n}AAA")) for n in range(4)))
    states = ("complete", "exit missing", "complete", "under way")
    for n, state in enumerate(states):
        missing = state if "missing" in state else ""
        told = facts(f"AA1{n}AAA", n, state=state, look=missing, gates=("gate", "b" if n else "c"))
        travel(store, (told, [made[n]]))
    with store.reading() as unit:

        def plates(**query: object) -> list[str]:
            found = unit.tolls.journeys(JourneyQuery(**query)).items  # type: ignore[arg-type]
            return [record.facts.plate for record in found]

        assert plates() == ["AA13AAA", "AA12AAA", "AA11AAA", "AA10AAA"]
        assert plates(plate="aa12 aaa") == ["AA12AAA"]
        assert plates(states=("complete",)) == ["AA12AAA", "AA10AAA"]
        assert plates(gate="c") == ["AA10AAA"]
        assert plates(look=True) == ["AA11AAA"]
        assert plates(look=False, until=after(3), since=after(1)) == ["AA12AAA"]
        first = unit.tolls.journeys(JourneyQuery(limit=3))
        assert plates(cursor=first.next) == ["AA10AAA"]


def test_journeys_keep_their_numbers_and_tell_what_went_into_them(store: Store) -> None:
    one, two = regroup(store, [], passage(view(0, "AB12CDE")), passage(view(9, "AB12CDE")))
    first, second = travel(store, (facts("AB12CDE"), [one]), (facts("AB12CDE", 9), [two]))
    with store.writing() as unit:
        assert unit.tolls.reopen([first.record.id, second.record.id, 99]) == ()
        open_ = unit.tolls.open()
    assert [record.journey for record in open_] == [first.record.id, second.record.id]
    (whole,) = travel(store, (facts("AB12CDE"), open_))
    assert (whole.record.id, whole.replaces) == (first.record.id, (second.record.id,))
    with store.reading() as unit:
        assert unit.tolls.journey(second.record.id) is None


def test_a_journey_of_a_changed_passage_is_left_out(store: Store) -> None:
    one, two = regroup(store, [], passage(view(0, "AB12CDE")), passage(view(9, "HJ56KLM")))
    regroup(store, [one], passage(view(0, "AB12CDE"), view(1, "AB12CDE", "c2")))
    (kept,) = travel(store, (facts("AB12CDE"), [one]), (facts("HJ56KLM"), [two]))
    assert kept.record.facts.plate == "HJ56KLM"


def test_a_journey_that_loses_its_text_goes(store: Store) -> None:
    (one,) = regroup(store, [], passage(view(0, "AB12CDE")))
    (kept,) = travel(store, (facts("AB12CDE"), [one]))
    with store.writing() as unit:
        there = unit.tolls.passages(PassageQuery()).items
        unit.tolls.regroup(there, [passage(view(0, ""))])
        assert unit.tolls.reopen([kept.record.id]) == (replace(kept.record, display="AB12CDE"),)
        assert unit.tolls.journeys(JourneyQuery()).items == ()
        assert [(p.journey, p.settled) for p in unit.tolls.passages(PassageQuery()).items] == [(None, True)]


def test_a_judged_journey_is_not_opened(store: Store) -> None:
    (one,) = regroup(store, [], passage(view(0, "AB12CDE")))
    (kept,) = travel(store, (facts("AB12CDE", final=False), [one]))
    with store.writing() as unit:
        judged = unit.tolls.judge(kept.record, facts("AB12CDE", verdict="waived"))
        assert unit.tolls.journey(judged.id) == judged
        assert judged.facts.confidence == 1.0
        unit.tolls.reopen([judged.id])
        assert unit.tolls.open() == ()
        with pytest.raises(Conflict):
            unit.tolls.judge(kept.record, facts("AB12CDE"))


def test_mismatches(store: Store) -> None:
    front, rear, third = regroup(
        store, [], passage(view(0, "AB12CDE")), passage(view(1, "XY98ZWV", "r")), passage(view(2, "HJ56KLM"))
    )
    with store.writing() as unit:
        unit.tolls.note([(front.id, rear.id), (third.id, rear.id)])
        unit.tolls.note([(front.id, rear.id)])
        second, first = unit.tolls.mismatches(MismatchQuery()).items
        assert (first.front, first.rear, first.at, first.gate, first.verdict) == (1, 2, after(0), "gate", "")
        assert unit.tolls.mismatch(second.id) == second
        assert unit.tolls.mismatch(99) is None
        assert unit.tolls.decide(first.id, "two vehicles")
        assert not unit.tolls.decide(first.id, "one vehicle")
        assert [one.id for one in unit.tolls.mismatches(MismatchQuery(judged=False)).items] == [second.id]
    regroup(store, [rear], passage(view(1, "XY98ZWU", "r")))
    with store.reading() as unit:
        (left,) = unit.tolls.mismatches(MismatchQuery()).items
        assert left.verdict == "two vehicles"


def test_the_site_that_holds_and_that_held(store: Store) -> None:
    with store.writing() as unit:
        assert unit.tolls.site() is None
        first = unit.tolls.apply("name = 'a'", after(0), "ann")
        second = unit.tolls.apply("name = 'b'", after(10), "bob")
    with store.reading() as unit:
        assert unit.tolls.site() == second
        assert [unit.tolls.site(after(n)) for n in (-1, 0, 9, 10)] == [first, first, first, second]


def test_what_is_too_old_goes(store: Store) -> None:
    with store.writing() as unit:
        read = keep(unit, "AB12 CDE")
    old, new, lone = regroup(
        store,
        [],
        passage(view(0, "AB12CDE", read=read.id)),
        passage(view(9, "AB12CDE")),
        passage(view(1, "")),
    )
    travel(store, (facts("AB12CDE", 0, 9), [old, new]))
    removed = store.expire(Retention(reads_before=after(5)), after(5))
    assert (removed.rows["passages"], removed.rows.get("journeys")) == (1, None)
    with store.reading() as unit:
        kept = unit.tolls.passages(PassageQuery()).items
        assert [one.id for one in kept] == [new.id, old.id], "its journey still goes on"
        assert kept[1].passage.views[0].sighting.read is None
        assert lone.id not in {one.id for one in kept}
    removed = store.expire(Retention(reads_before=after(10)), after(10))
    assert (removed.rows["passages"], removed.rows["journeys"]) == (2, 1)


def _everything(store: Store) -> None:
    """Let AB12CDE travel, once misread, and HJ56KLM too; a mismatch of both."""
    with store.writing() as unit:
        read = keep(unit, "AB12CDE")
    mine = regroup(
        store,
        [],
        passage(view(0, "AB12CDE", read=read.id)),
        passage(view(4, "A812CDE")),
        passage(view(5, "HJ56KLM", "x")),
        passage(view(8, "AB12CDE")),
    )
    travel(store, (facts("AB12CDE"), [mine[0], mine[1]]), (facts("HJ56KLM"), [mine[2]]))
    with store.writing() as unit:
        unit.tolls.note([(mine[0].id, mine[2].id)])


def test_what_toll_roads_hold_on_a_plate(store: Store) -> None:
    _everything(store)
    held = store.about("ab12 cde")
    assert [one.id for one in held.passages] == [1, 2, 4]
    assert [one.facts.plate for one in held.journeys] == ["AB12CDE"]
    misread = store.about("A812CDE")
    assert [one.id for one in misread.passages] == [1, 2]
    assert store.about("ZZ99ZZZ").passages == ()


def test_an_erased_plate_travelled_nowhere(store: Store) -> None:
    _everything(store)
    removed = store.erase("AB12CDE", after(60))
    assert (removed.rows["passages"], removed.rows["journeys"]) == (3, 1)
    held = store.about("AB12CDE")
    assert (held.passages, held.journeys) == ((), ())
    with store.reading() as unit:
        assert texts(unit.tolls.passages(PassageQuery()).items) == ["HJ56KLM"]
        assert [one.facts.plate for one in unit.tolls.journeys(JourneyQuery()).items] == ["HJ56KLM"]
        assert unit.tolls.mismatches(MismatchQuery()).items == ()


def test_an_erased_plate_is_in_no_file(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "platewise.db")
    store = open_store(f"sqlite:///{tmp_path}/platewise.db", tmp_path / "images")
    _everything(store)
    assert store.erase("AB12CDE", NOON + DAY).complete
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("platewise.db*"))
    assert b"HJ56KLM" in kept
    assert b"AB12CDE" not in kept
    store.close()
