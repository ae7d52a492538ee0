"""What every Store does with pictures, with what is too old, and with what must be forgotten."""

from dataclasses import replace
from io import BytesIO

import pytest
from store_samples import NOON, after, fill, jpeg, keep, new_frame, new_read, new_sighting, plate

from platewise.errors import InputError
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery, EntryQuery, ReadQuery, Retention, SightingQuery
from platewise.store.records import NewEvent, Review
from platewise.store.site import Answer, Audit, Entry, PlateList


def test_a_picture_is_kept_once_and_to_the_byte(store: Store) -> None:
    image = store.images.save(jpeg(b"1"), "frame")
    assert store.images.save(jpeg(b"1"), "frame") == image
    assert (image.kind, image.size, len(image.key)) == ("frame", len(jpeg(b"1")), 64)
    assert store.images.load(image.key) == jpeg(b"1")


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "\0", "A" * 64, "京" * 64])
def test_what_names_no_picture_is_none(store: Store, name: str) -> None:
    assert store.images.load(name) is None


def test_only_pictures_without_metadata_are_kept(store: Store) -> None:
    from PIL import Image

    clean, located, exif = BytesIO(), BytesIO(), Image.Exif()
    exif[0x010F] = "maker"
    Image.new("RGB", (8, 8)).save(clean, "JPEG")
    Image.new("RGB", (8, 8)).save(located, "JPEG", exif=exif)
    assert store.images.save(clean.getvalue(), "plate").size == len(clean.getvalue())
    for refused in (located.getvalue(), b"", b"GIF89a", b"\xff\xd8"):
        with pytest.raises(InputError):
            store.images.save(refused, "plate")


@pytest.mark.wall("D3")
def test_old_pictures_go_before_any_record(store: Store) -> None:
    for i in range(3):
        frame, crop = (
            store.images.save(jpeg(b"frame %d" % i), "frame"),
            store.images.save(jpeg(b"%d" % i), "plate"),
        )
        with store.writing() as unit:
            unit.reads.save(new_frame(i, image=frame), [new_read(f"AB{i}", crop=crop)])
    removed = store.expire(Retention(images_before=after(2)), after(9))
    assert (removed.rows, removed.images, removed.complete) == ({"images": 4}, 4, True)
    with store.reading() as unit:
        kept = unit.reads.find(ReadQuery()).items
    assert [bool(read.frame.image) for read in kept] == [True, False, False]
    assert [bool(read.crop) for read in kept] == [True, False, False]


def test_a_picture_that_came_again_is_as_old_as_its_newest_record(store: Store) -> None:
    frame, crop = store.images.save(jpeg(b"same"), "frame"), store.images.save(jpeg(b"crop"), "plate")
    for seconds in (0, 60, 30):  # the last is one that was late
        with store.writing() as unit:
            unit.reads.save(new_frame(seconds, image=frame), [new_read("AB1", crop=crop)])
    assert not store.expire(Retention(images_before=after(60)), after(90)).rows
    with store.reading() as unit:
        assert {(one.frame.image, one.crop) for one in unit.reads.find(ReadQuery()).items} == {
            (frame.key, crop.key)
        }
    assert store.expire(Retention(images_before=after(61)), after(200)).images == 2


def test_what_is_too_old_goes(store: Store) -> None:
    shared = store.images.save(jpeg(b"shared"), "frame")
    alone = store.images.save(jpeg(b"alone"), "plate")
    with store.writing() as unit:
        (old,) = unit.reads.save(new_frame(0, image=shared), [new_read("AB1", crop=alone)])
        unit.reads.save(new_frame(60, image=shared), [new_read("AB2")])
        unit.reads.review(Review(old.id, "accepted", "ann", NOON))
        for key, seconds, read in (("old", 0, None), ("new", 60, old.id)):
            sighting, _ = unit.sightings.save(new_sighting(key, "AB1", seconds, read))
            unit.events.add(NewEvent("passed", after(seconds), {}, sighting.id, ("mqtt",)))
        unit.journal.append(Audit(NOON, "ann", "look"))
        unit.journal.remember("k", "d", Answer(200, "text/plain", b""), NOON)
    removed = store.expire(Retention(reads_before=after(1)), after(24 * 3600))
    assert removed.rows == {"frames": 1, "sightings": 1, "events": 1, "answers": 1}
    assert removed.images == 1
    with store.reading() as unit:
        assert [read.display for read in unit.reads.find(ReadQuery()).items] == ["AB2"]
        assert [(s.key, s.read) for s in unit.sightings.find(SightingQuery()).items] == [("new", None)]
        assert [d.event.at for d in unit.events.due(after(99))] == [after(60)]
        assert len(unit.journal.find(AuditQuery()).items) == 1
        assert unit.reads.reviews(old.id) == ()
    assert store.images.load(shared.key)
    assert store.images.load(alone.key) is None


def test_the_audit_log_has_a_term_of_its_own(store: Store) -> None:
    fill(store, "AB1")
    with store.writing() as unit:
        for seconds in (0, 60, 120):
            unit.journal.append(Audit(after(seconds), "ann", f"look {seconds}", "/v1/reads", "plate=AB1"))
    assert "audit" not in store.expire(Retention(reads_before=after(0)), after(200)).rows
    assert store.expire(Retention(audit_before=after(60)), after(200)).rows == {"audit": 1}
    with store.reading() as unit:
        lines = unit.journal.find(AuditQuery()).items
        assert [line.action for line in lines] == ["look 120", "look 60"]
        assert len(unit.reads.find(ReadQuery()).items) == 1


def test_nothing_is_too_old_unless_it_is_said(store: Store) -> None:
    fill(store, "AB1")
    assert store.expire(Retention(), after(10**6)).rows == {}


def _everything(store: Store) -> None:
    """Keep the plate 京B12 in every place there is, and AB77 beside it."""
    frame = store.images.save(jpeg(b"frame"), "frame")
    crop, other = (store.images.save(jpeg(name), "plate") for name in (b"crop", b"other"))
    with store.writing() as unit:
        named = replace(new_frame(0, image=frame), name="upload 京B12.jpg")
        first, _ = unit.reads.save(named, [new_read("京B-12", crop=crop), new_read("AB77", crop=other)])
        keep(unit, "京B-12", 1)
        third = keep(unit, "AB88", 2)
        unit.reads.review(Review(third.id, "corrected", "ann", NOON, "was 京b 12 before", plate("京B12")))
        fourth = keep(unit, "京B12", 3)
        unit.reads.review(Review(fourth.id, "corrected", "ann", NOON, "no", plate("AB99")))
        sighting, _ = unit.sightings.save(new_sighting("k1", "京B12", read=first.id))
        unit.sightings.save(new_sighting("k2", "AB77"))
        unit.events.add(NewEvent("passed", NOON, {"plate": "x"}, sighting.id, ("mqtt",)))
        unit.events.add(NewEvent("seen", NOON, {"lines": ["a\n京B 12"]}, outputs=("mqtt",)))
        unit.events.add(NewEvent("seen", NOON, {"plate": "AB77"}, outputs=("mqtt",)))
        (delivery,) = [d for d in unit.events.due(NOON) if d.event.payload == {"plate": "AB77"}]
        unit.events.postpone(delivery.id, NOON, "after 京B12: refused")
        unit.lists.put(PlateList("staff", "allowed"))
        unit.lists.add("staff", [Entry("京b12"), Entry("AB77", note="brother of 京B-12")])
        unit.journal.append(Audit(NOON, "ann", "search", "京b-12", "stolen 京B12, not X京B123"))
        unit.journal.append(Audit(NOON, "ann", "search", "AB77"))
        for i, body in enumerate(
            (b'{"plate":"AB77"}', '{"plate":"京B12"}'.encode(), b'{"plate":"\\u4eacB12"}')
        ):
            unit.journal.remember(f"k{i}", "d", Answer(200, "application/json", body), NOON)


def test_everything_that_is_held_on_a_plate(store: Store) -> None:
    _everything(store)
    held = store.about("京 b12")
    assert held.plate == "京B12"
    assert [read.display for read in held.reads] == ["京B-12", "京B-12", "京B12"]
    assert [review.after for review in held.reviews] == ["京B12"]
    assert [sighting.key for sighting in held.sightings] == ["k1"]
    assert [event.payload for event in held.events] == [{"plate": "x"}, {"lines": ["a\n京B 12"]}]
    assert [entry.text for entry in held.entries] == ["京b12"]
    assert [line.subject for line in held.audit] == ["京b-12"]
    assert {store.images.load(key) for key in held.images} == {jpeg(b"frame"), jpeg(b"crop")}


@pytest.mark.wall("D10")
def test_an_erased_plate_is_nowhere(store: Store) -> None:
    _everything(store)
    held = store.about("京B12")
    removed = store.erase("京b-12", after(60))
    assert removed.complete
    assert removed.images == 2
    assert removed.rows == {
        "reads": 4, "frames": 3, "images": 2, "sightings": 1, "events": 2, "entries": 2, "audit": 1,
        "outbox": 1, "answers": 2, "reviews": 1,
    }  # fmt: skip
    empty = store.about("京B12")
    assert (empty.reads, empty.sightings, empty.events, empty.entries, empty.audit) == ((),) * 5
    assert all(store.images.load(key) is None for key in held.images)
    with store.reading() as unit:
        assert [read.display for read in unit.reads.find(ReadQuery()).items] == ["AB99", "AB77"]
        assert [s.key for s in unit.sightings.find(SightingQuery()).items] == ["k2"]
        assert [e.payload for e in unit.events.after(0)] == [{"plate": "AB77"}]
        assert [d.error for d in unit.events.due(NOON)] == ["after [erased]: refused"]
        assert [e.note for e in unit.lists.entries(EntryQuery("staff")).items] == ["brother of [erased]"]
        lines = unit.journal.find(AuditQuery()).items
        assert (lines[1].subject, lines[1].detail) == ("[erased]", "stolen [erased], not X京B123")
        assert unit.journal.recall("k0", "d", NOON)
        assert unit.journal.recall("k1", "d", NOON) is None
        assert unit.journal.recall("k2", "d", NOON) is None
        beside, shown = unit.reads.find(ReadQuery()).items
        assert (shown.frame.image, shown.frame.name, bool(shown.crop)) == (None, "upload [erased].jpg", True)
        (review,) = unit.reads.reviews(beside.id)
        assert (beside.raw, review.before, review.after) == ("[erased]", "[erased]", "AB99")


def test_erasing_what_is_not_there_changes_nothing(store: Store) -> None:
    fill(store, "AB12", "AB123", "XAB12")
    assert store.erase("CD34", NOON).rows == {}
    assert store.erase("AB12", NOON).rows == {"reads": 1, "frames": 1}
    with store.reading() as unit:
        assert [read.display for read in unit.reads.find(ReadQuery()).items] == ["XAB12", "AB123"]
    with pytest.raises(InputError):
        store.erase("-", NOON)


@pytest.mark.wall("D10")
@pytest.mark.parametrize("name", ["ab12cde.jpg", "AB-12-CDE.jpg", "cars/Ab12 cde_1.jpg", "xäb1/Äb1.png"])
def test_a_file_name_that_spells_an_erased_plate_otherwise_is_blackened(store: Store, name: str) -> None:
    with store.writing() as unit:
        unit.reads.save(replace(new_frame(), name=name), [new_read("XY98")])
    store.erase("Äb1" if "Ä" in name else "AB12CDE", NOON)
    with store.reading() as unit:
        (read,) = unit.reads.find(ReadQuery()).items
    assert read.frame.name is not None
    assert "[erased]" in read.frame.name


@pytest.mark.wall("D10")
@pytest.mark.parametrize(
    ("key", "spelt"),
    [("京B12", "京Ｂ１２"), ("京B12", "京ｂ-１２"), ("ÄB12", "A\u0308b12"), ("ÄB12", "a\u0308B 12")],
    ids=["wide", "wide and small", "as a Mac names files", "small"],
)
def test_an_erased_plate_is_found_however_unicode_spells_it(store: Store, key: str, spelt: str) -> None:
    with store.writing() as unit:
        unit.journal.append(Audit(NOON, "ann", "search", "/v1/reads", f"plate={spelt}"))
        unit.events.add(NewEvent("Alert", NOON, {"listed": spelt}))
        unit.reads.save(replace(new_frame(), name=f"{spelt}.jpg"), [new_read("XY98")])
        unit.reads.save(replace(new_frame(1), name="Ａ-AB12-ÄB123.jpg"), [new_read("XY98")])
    assert len(store.about(key).events) == 1
    assert store.erase(key, NOON).rows == {"events": 1, "audit": 1, "frames": 1}
    with store.reading() as unit:
        assert unit.events.after(0) == ()
        assert unit.journal.find(AuditQuery()).items[0].detail == "plate=[erased]"
        names = [read.frame.name for read in unit.reads.find(ReadQuery()).items]
        assert names == ["Ａ-AB12-ÄB123.jpg", "[erased].jpg"]
