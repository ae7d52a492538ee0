"""What every Store does with frames, reads and reviews."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from store_samples import NOON, after, fill, jpeg, keep, new_frame, new_read, new_sighting, plate

from platewise.core.plate import Plate
from platewise.errors import InputError, StoreError
from platewise.store.export import export
from platewise.store.protocol import Store
from platewise.store.queries import MOST, ReadQuery, StatisticsQuery
from platewise.store.records import NewRead, Review


def found(store: Store, text: str | None = None, **query: Any) -> list[str]:
    """Return the display forms of the reads that a query finds."""
    with store.reading() as unit:
        return [read.display for read in unit.reads.find(ReadQuery(text, **query)).items]


def test_a_read_comes_back_as_it_was_kept(store: Store) -> None:
    new = new_read("OÖ-12 AB", 0.97)
    with store.writing() as unit:
        (kept,) = unit.reads.save(new_frame(), [new])
    with store.reading() as unit:
        read = unit.reads.get(kept.id)
    assert read == kept
    assert (read.raw, read.display, read.normalised, read.folded) == (
        "OÖ12AB",
        "OÖ-12 AB",
        "OÖ12AB",
        "0012AB",
    )
    assert read.frame.captured_at == NOON
    assert read.frame.captured_at.utcoffset() == timedelta(0)
    assert (read.frame.camera, read.frame.name, read.frame.width) == ("north", "frame-1", 640)
    assert read.characters == new.read.characters
    assert read.quad == ((10, 20), (40, 20), (40, 28), (10, 28))
    assert (read.state, read.explain, read.pipeline, read.model) == (
        "new", ("small",), "yolo-attention", "recognizer 1",
    )  # fmt: skip
    assert new.read.lattice is not None
    assert read.lattice is not None
    np.testing.assert_allclose(
        read.lattice.probabilities, new.read.lattice.probabilities, rtol=0.1, atol=1e-9
    )


def test_an_unreadable_plate_is_kept_but_never_found_by_text(store: Store) -> None:
    fill(store, "", "AB1")
    assert found(store) == ["AB1", ""]
    assert found(store, "*", match="wildcard") == ["AB1"]
    with store.reading() as unit:
        assert unit.reads.find(ReadQuery()).items[1].plate is None


@pytest.mark.parametrize("number", [0, -1, 7, 2**63, 10**30])
def test_what_is_not_there_is_none(store: Store, number: int) -> None:
    with store.reading() as unit:
        assert unit.reads.get(number) is None
        assert unit.reads.reviews(number) == ()


@pytest.mark.parametrize(
    ("text", "match", "expected"),
    [
        ("ab-12 cde", "exact", ["AB12 CDE"]),
        ("ab1", "prefix", ["AB13 CDE", "AB12 CDE"]),
        ("ab1?cde", "wildcard", ["AB13 CDE", "AB12 CDE"]),
        ("*cde", "wildcard", ["X CDE", "AB13 CDE", "AB12 CDE"]),
        ("a*e", "wildcard", ["AB13 CDE", "AB12 CDE"]),
        ("ab1", "wildcard", []),
        ("京a", "prefix", ["京A12345"]),
        ("A8IZCDE", "misread", []),
        ("A812CDE", "misread", ["AB12 CDE"]),
        ("ABI2CDE", "misread", ["AB12 CDE"]),
    ],
)
def test_reads_are_found_by_text(store: Store, text: str, match: Any, expected: list[str]) -> None:
    fill(store, "AB12 CDE", "AB13 CDE", "京A12345", "X CDE")
    assert found(store, text, match=match) == expected


def test_misreads_come_likeliest_first(store: Store) -> None:
    with store.writing() as unit:
        keep(unit, "AB12 CDE", 0, confidence=0.5)
        keep(unit, "A812 CDE", 1, confidence=0.999)
        keep(unit, "AB12 CDF", 2, confidence=0.6)
    with store.reading() as unit:
        page = unit.reads.find(ReadQuery("AB12CDE", "misread"))
    assert [read.display for read in page.items] == ["AB12 CDE", "AB12 CDF", "A812 CDE"]
    likelihoods = [read.likelihood for read in page.items]
    assert likelihoods[0] == pytest.approx(0.5**10, rel=0.2)
    assert page.next is None


def test_a_persons_word_is_certain_in_a_misread_search(store: Store) -> None:
    first, second = fill(store, "AB12CDE", "AB12CDE")
    with store.writing() as unit:
        unit.reads.review(Review(first.id, "corrected", "ann", NOON, plate=plate("AB12CDF")))
        unit.reads.review(Review(second.id, "accepted", "ann", NOON))
    with store.reading() as unit:
        items = unit.reads.find(ReadQuery("AB12CDE", "misread")).items
    assert [(read.normalised, read.likelihood) for read in items] == [("AB12CDE", 1.0), ("AB12CDF", 0.0)]


def test_every_condition_narrows(store: Store) -> None:
    with store.writing() as unit:
        for i, camera in enumerate(("north", "south", "north")):
            keep(unit, f"AB{i}", i, confidence=0.2 + i / 4, camera=camera)
    assert found(store, camera="north") == ["AB2", "AB0"]
    assert found(store, since=after(1)) == ["AB2", "AB1"]
    assert found(store, until=after(1)) == ["AB0"]
    assert found(store, min_confidence=0.45) == ["AB2", "AB1"]
    assert found(store, max_confidence=0.45) == ["AB1", "AB0"]
    assert found(store, "ab", match="prefix", camera="north", since=after(0), until=after(2)) == ["AB0"]
    assert found(store, states=("accepted", "rejected")) == []
    assert found(store, states=("new",), limit=1) == ["AB2"]


def test_pages_are_stable_while_reads_come_in(store: Store) -> None:
    with store.writing() as unit:  # four reads of one frame: the same time
        unit.reads.save(new_frame(0), [new_read(f"AA{i}") for i in range(4)])
        unit.reads.save(new_frame(1), [new_read("AA4")])
    seen, cursor = [], None
    for match in range(5):
        with store.reading() as unit:
            page = unit.reads.find(ReadQuery("AA", "prefix", limit=1, cursor=cursor))
        seen += [read.display for read in page.items]
        cursor = page.next
        with store.writing() as unit:
            keep(unit, f"AA{match}{match}", 2 + match)
    assert seen == ["AA4", "AA3", "AA2", "AA1", "AA0"]
    assert cursor is None


def test_an_export_meets_every_read_once(store: Store) -> None:
    with store.writing() as unit:
        unit.reads.save(new_frame(), [new_read(f"A{i}") for i in range(MOST + 3)])
    exported = [read.display for read in export(store, ReadQuery(limit=2))]
    assert exported == [f"A{i}" for i in reversed(range(MOST + 3))]


@pytest.mark.parametrize(
    "query",
    [
        ReadQuery(limit=0),
        ReadQuery(limit=MOST + 1),
        ReadQuery(cursor="x"),
        ReadQuery(cursor="1.2; DROP TABLE reads"),
        ReadQuery(cursor="9" * 30 + ".1"),
        ReadQuery("--"),
        ReadQuery("--", "prefix"),
        ReadQuery("", "wildcard"),
        ReadQuery("A" * 65),
        ReadQuery("*" * 65, "wildcard"),
        ReadQuery(camera="\0"),
        ReadQuery(camera="\ud800"),
        ReadQuery(since=datetime(2026, 1, 1)),
    ],
    ids=repr,
)
def test_a_query_that_cannot_be_meant_is_refused(store: Store, query: ReadQuery) -> None:
    fill(store, "AB12CDE")
    with pytest.raises(InputError), store.reading() as unit:
        unit.reads.find(query)


def test_a_correction_stands_beside_the_original(store: Store) -> None:
    (read,) = fill(store, "AB12 CDE")
    right = Plate("AB12CDF", "gb", "AB12 CDF")
    review = Review(read.id, "corrected", "ann", after(9), "mud", right)
    with store.writing() as unit:
        now = unit.reads.review(review)
        assert unit.reads.get(read.id) == now
    assert (now.state, now.plate, now.folded) == ("corrected", right, "AB12CDF")
    assert (now.raw, now.packed_lattice) == (read.raw, read.packed_lattice)
    assert found(store, "ab12cdf", states=("corrected",)) == ["AB12 CDF"]
    assert found(store, "ab12cde") == []
    with store.reading() as unit:
        (kept,) = unit.reads.reviews(read.id)
    assert (kept.read, kept.verdict, kept.user, kept.at, kept.reason) == (
        read.id, "corrected", "ann", after(9), "mud",
    )  # fmt: skip
    assert (kept.before, kept.after) == ("AB12 CDE", "AB12 CDF")


def test_a_sighting_follows_the_verdict_on_its_read(store: Store) -> None:
    (read,) = fill(store, "AB12CDE")
    with store.writing() as unit:
        unit.sightings.save(new_sighting("k", "AB12CDE", read=read.id))
        unit.reads.review(Review(read.id, "rejected", "ann", NOON))
        assert unit.sightings.latest(["AB12CDE"]) == {}
        unit.reads.review(Review(read.id, "corrected", "ann", NOON, plate=plate("XY9")))
        assert unit.sightings.latest(["AB12CDE", "xy-9"]) == {"xy-9": NOON}
        unit.reads.review(Review(read.id, "accepted", "ann", NOON))
        assert unit.sightings.latest(["XY9"]) == {"XY9": NOON}
        assert [r.verdict for r in unit.reads.reviews(read.id)] == ["rejected", "corrected", "accepted"]


def test_a_verdict_needs_a_read_and_a_correction_a_plate(store: Store) -> None:
    with pytest.raises(InputError, match="no read 7"), store.writing() as unit:
        unit.reads.review(Review(7, "accepted", "ann", NOON))
    with pytest.raises(ValueError, match="exactly when"):
        Review(7, "corrected", "ann", NOON)


def test_counts_of_a_span_of_time(store: Store) -> None:
    with store.writing() as unit:
        first, _ = unit.reads.save(new_frame(0), [new_read("AB1", 0.5), new_read("", 0.1)])
        unit.reads.save(new_frame(1), [])
        keep(unit, "AB2", 3600, confidence=1.0)
        keep(unit, "AB3", 3600, confidence=0.999, camera="south")
        keep(unit, "AB4", 7200)
        unit.reads.review(Review(first.id, "accepted", "ann", NOON))
        query = StatisticsQuery(NOON, after(7200))
        counts = unit.reads.statistics(query)
        south = unit.reads.statistics(replace(query, camera="south"))
    hour = NOON.replace(minute=0, second=0, microsecond=0)
    assert [(b.start, b.reads, b.readable) for b in counts.buckets] == [
        (hour, 2, 1),
        (hour + timedelta(hours=1), 2, 2),
    ]
    assert (counts.confidence[10], counts.confidence[19], sum(counts.confidence)) == (1, 2, 3)
    assert counts.states == {"new": 3, "accepted": 1}
    assert (counts.frames, counts.frames_hit, counts.hit_rate) == (4, 3, 0.75)
    assert (south.frames, south.frames_hit, sum(south.confidence)) == (1, 1, 1)


def test_counts_of_nothing(store: Store) -> None:
    with store.reading() as unit:
        empty = unit.reads.statistics(StatisticsQuery(NOON, after(1)))
        with pytest.raises(InputError):
            unit.reads.statistics(StatisticsQuery(NOON, after(1), bucket=timedelta(seconds=1)))
    assert (empty.buckets, empty.hit_rate, sum(empty.confidence)) == ((), None, 0)


def test_a_record_that_cannot_be_stored_is_refused_whole(store: Store) -> None:
    bad = NewRead(new_read("AB1").read, "nul \0", "m")
    with pytest.raises(InputError), store.writing() as unit:
        unit.reads.save(new_frame(), [new_read("AB2"), bad])
    assert found(store) == []


def test_a_reading_unit_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError), store.reading() as unit:
        keep(unit, "AB1")
    assert found(store) == []


def test_ids_are_never_given_twice(store: Store) -> None:
    first = fill(store, "AB1")[0]
    store.erase("AB1", NOON)
    assert fill(store, "AB2")[0].id > first.id


def test_a_frame_without_reads_that_is_told_again_counts_once(store: Store) -> None:
    image = store.images.save(jpeg(b"empty road"), "frame")
    with store.writing() as unit:
        for _ in range(3):
            assert unit.reads.save(new_frame(image=image), []) == ()
        unit.reads.save(new_frame(1, image=image), [])
        unit.reads.save(new_frame(camera="south", image=image), [])
        counted = unit.reads.statistics(StatisticsQuery(after(-9), after(9)))
    assert counted.frames == 3


def test_each_read_is_in_one_bar_of_the_histogram(store: Store) -> None:
    with store.writing() as unit:
        for i in range(101):
            keep(unit, "AB12", i, confidence=i / 100)
    with store.reading() as unit:
        counts = unit.reads.statistics(StatisticsQuery(NOON, after(999)))
    assert counts.confidence == (*[5] * 19, 6)
