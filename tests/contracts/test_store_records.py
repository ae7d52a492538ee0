"""What every Store does with sightings, events, the site, lists, people and the journal."""

from datetime import timedelta

import pytest
from store_samples import NOON, after, new_sighting

from platewise.errors import Conflict, InputError
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery, EntryQuery, Imported, SightingQuery
from platewise.store.records import NewEvent, NewSighting
from platewise.store.site import (
    Answer,
    Audit,
    Camera,
    Entry,
    Gate,
    Lane,
    NewToken,
    PlateList,
    User,
)


def test_a_sighting_happens_once_for_each_key(store: Store) -> None:
    with store.writing() as unit:
        first, new = unit.sightings.save(new_sighting("k1", "AB 12"))
        again, newer = unit.sightings.save(new_sighting("k1", "CD 34", 9))
        assert unit.sightings.save(NewSighting("k2", after(1), None, 0.1))[0].normalised == ""
    assert (new, newer) == (True, False)
    assert again == first
    assert (first.display, first.normalised, first.region, first.seen_at) == ("AB 12", "AB12", "gb", NOON)
    assert (first.gate, first.lane, first.camera, first.direction) == ("gate", "lane 1", "north", "in")


def test_sightings_are_found_by_their_keys(store: Store) -> None:
    with store.writing() as unit:
        for i in range(3):
            unit.sightings.save(new_sighting(f"k{i}", "AB12"))
    with store.reading() as unit:
        assert {s.key for s in unit.sightings.keyed(["k2", "k0", *map(str, range(600))])} == {"k0", "k2"}
        assert unit.sightings.keyed([]) == ()


def test_sightings_are_found_newest_first(store: Store) -> None:
    with store.writing() as unit:
        for i in range(5):
            unit.sightings.save(new_sighting(f"k{i}", f"AB{i % 2}", i))
    with store.reading() as unit:
        page = unit.sightings.find(SightingQuery("ab-0", limit=2))
        rest = unit.sightings.find(SightingQuery("ab-0", limit=2, cursor=page.next))
        assert [s.key for s in page.items + rest.items] == ["k4", "k2", "k0"]
        assert rest.next is None
        some = SightingQuery(since=after(1), until=after(3), camera="north", gate="gate")
        assert [s.key for s in unit.sightings.find(some).items] == ["k2", "k1"]
        assert unit.sightings.find(SightingQuery(gate="other")).items == ()


def test_when_plates_were_last_seen(store: Store) -> None:
    with store.writing() as unit:
        for i, text in enumerate(("AB12", "CD34", "AB12", "京A12345")):
            unit.sightings.save(new_sighting(f"k{i}", text, i))
        asked = ["cd-34", "ab 12", "AB12", "ZZ9", "京a12345", ""]
        assert unit.sightings.latest(asked) == {
            "cd-34": after(1), "ab 12": after(2), "AB12": after(2), "京a12345": after(3),
        }  # fmt: skip
        assert unit.sightings.latest(["AB12"], until=after(2)) == {"AB12": NOON}
        assert unit.sightings.latest(["AB12"], since=after(2)) == {"AB12": after(2)}
        assert unit.sightings.latest(["AB12"], since=after(3)) == {}
        assert unit.sightings.latest([]) == {}
        assert unit.sightings.latest([f"AB{i}" for i in range(200)]) == {"AB12": after(2)}


def test_events_wait_in_the_outbox(store: Store) -> None:
    with store.writing() as unit:
        sighting, _ = unit.sightings.save(new_sighting("k", "AB12"))
        new = NewEvent("passed", NOON, {"plate": "京A", "at": [1, 2.5, None]}, sighting.id, ("mqtt", "hook"))
        event = unit.events.add(new)
        other = unit.events.add(NewEvent("unread", after(1), {}))
        assert unit.events.after(0) == (event, other)
        assert unit.events.after(event.id) == (other,)
        assert unit.events.after(0, limit=1) == (event,)
        assert unit.events.after(2**63) == ()
        assert unit.events.newest() == other.id
        assert event.payload == {"plate": "京A", "at": [1, 2.5, None]}
        assert unit.events.due(NOON - timedelta(microseconds=1)) == ()
        first, second = unit.events.due(NOON)
        assert (first.event, first.output, first.attempts, second.output) == (event, "mqtt", 0, "hook")
        unit.events.postpone(first.id, after(60), "refused")
        unit.events.delivered(second.id)
        unit.events.delivered(second.id)
        assert unit.events.due(after(59)) == ()
        (late,) = unit.events.due(after(60))
        assert (late.id, late.attempts, late.error) == (first.id, 1, "refused")
        with pytest.raises(InputError):
            unit.events.postpone(99, NOON, "")


def test_no_events_yet(store: Store) -> None:
    with store.reading() as unit:
        assert (unit.events.newest(), unit.events.after(0), unit.events.due(NOON)) == (0, (), ())


def test_what_refers_to_nothing_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict), store.writing() as unit:
        unit.sightings.save(new_sighting("k", "AB12", read=99))
    with pytest.raises(Conflict), store.writing() as unit:
        unit.events.add(NewEvent("passed", NOON, {}, sighting=99))
    with store.reading() as unit:
        assert unit.sightings.find(SightingQuery()).items == ()


def test_the_site(store: Store) -> None:
    gate, lane = Gate("main", "Main gate", "in", {"barrier": True}), Lane("l1", "main")
    cameras = Camera("b", lane="l1"), Camera("a", "Front", "rtsp://u:p@cam", None, False, {"fps": 5})
    with store.writing() as unit:
        assert unit.site.remove(Gate("main"))  # what a fresh store holds may go
        assert unit.site.remove(Camera("telegram"))
        for record in (gate, lane, *cameras):
            unit.site.put(record)
        assert (unit.site.gates(), unit.site.lanes()) == ((gate,), (lane,))
        assert unit.site.cameras() == (cameras[1], cameras[0])
        unit.site.put(Camera("b", "Back", lane="l1"))
        assert unit.site.cameras()[1].label == "Back"
        assert unit.site.remove(Gate("main"))
        assert unit.site.lanes() == ()
        assert unit.site.cameras()[1].lane is None
        assert unit.site.remove(Camera("a"))
        assert not unit.site.remove(Camera("a"))
        for record in (Lane("x", "nowhere"), Camera("c", lane="nowhere")):
            with pytest.raises(InputError, match="nowhere"):
                unit.site.put(record)
    assert "u:p" not in repr(cameras[1])


def test_settings(store: Store) -> None:
    with store.writing() as unit:
        unit.site.set({"retention": "30", "zone": "Europe/Zagreb"})
        unit.site.set({"retention": "7", "zone": None, "other": None})
        assert unit.site.settings() == {"retention": "7"}


def test_lists_match_in_any_spelling_and_only_while_valid(store: Store) -> None:
    entry = Entry(" ab-12 cde ", "Ann", NOON, after(60), "blue")
    with store.writing() as unit:
        unit.lists.put(PlateList("staff", "allowed", "Staff"))
        unit.lists.put(PlateList("banned", "denied"))
        assert unit.lists.add("staff", [entry, Entry("CD34")]) == Imported(2, 0)
        unit.lists.add("banned", [Entry("AB12CDE")])
    with store.reading() as unit:
        matches = unit.lists.matches("Ab12 cDe", NOON)
        assert [(m.list.name, m.list.kind, m.entry.text) for m in matches] == [
            ("banned", "denied", "AB12CDE"), ("staff", "allowed", "ab-12 cde"),
        ]  # fmt: skip
        assert (matches[1].entry.label, matches[1].entry.note, matches[1].entry.valid_until) == (
            "Ann", "blue", after(60),
        )  # fmt: skip
        assert [m.list.name for m in unit.lists.matches("AB12CDE", after(60))] == ["banned"]
        assert [m.list.name for m in unit.lists.matches("AB12CDE", after(-1))] == ["banned"]
        assert unit.lists.matches("", NOON) == ()
        assert [plates.name for plates in unit.lists.lists()] == ["banned", "staff"]


def test_many_entries_at_once_replace_those_of_the_same_plate(store: Store) -> None:
    with store.writing() as unit:
        unit.lists.put(PlateList("staff", "allowed"))
        assert unit.lists.add("staff", (Entry(f"A{i:04}") for i in range(1203))) == Imported(1203, 0)
        again = [Entry("a-0001", "first"), Entry("A 0001", "second"), Entry("NEW1")]
        assert unit.lists.add("staff", again) == Imported(1, 1)
        first = unit.lists.entries(EntryQuery("staff", "a 000", limit=2))
        assert [(e.normalised, e.label) for e in first.items] == [("A0000", ""), ("A0001", "second")]
        rest = unit.lists.entries(EntryQuery("staff", "A000", cursor=first.next))
        assert ([e.normalised for e in rest.items][::7], rest.next) == (["A0002", "A0009"], None)
        assert unit.lists.discard("staff", ["a0000", "a-0000", "nobody"]) == 1
        unit.lists.put(PlateList("staff", "watched"))
        assert unit.lists.matches("A0002", NOON)[0].list.kind == "watched"
        assert unit.lists.remove("staff")
        assert not unit.lists.remove("staff")
        assert unit.lists.matches("A0002", NOON) == ()


def test_lists_refuse_what_cannot_be_meant(store: Store) -> None:
    with store.writing() as unit:
        for call in (
            lambda: unit.lists.add("nobody", [Entry("A1")]),
            lambda: unit.lists.discard("nobody", ["A1"]),
            lambda: unit.lists.entries(EntryQuery("nobody")),
        ):
            with pytest.raises(InputError, match="nobody"):
                call()
        unit.lists.put(PlateList("staff", "allowed"))
        for query in (
            EntryQuery("staff", limit=0),
            EntryQuery("staff", cursor="A1"),
            EntryQuery("staff", cursor=""),
        ):
            with pytest.raises(InputError):
                unit.lists.entries(query)
    with pytest.raises(InputError), store.writing() as unit:
        unit.lists.add("staff", [Entry("A1"), Entry("--")])


def test_users(store: Store) -> None:
    ann = User("ann", "manager", "$argon2id$...", NOON)
    with store.writing() as unit:
        unit.access.put_user(User("bob", "viewer", "x", NOON))
        unit.access.put_user(User("ann", "viewer", "y", after(1)))
        unit.access.put_user(ann)
        assert unit.access.users() == (ann, User("bob", "viewer", "x", NOON))
        assert unit.access.remove_user("bob")
        assert not unit.access.remove_user("bob")
    assert "argon2" not in repr(ann)


def test_tokens(store: Store) -> None:
    new = NewToken("till", "d1", ("read", "write"), NOON, after(60), "ann")
    with store.writing() as unit:
        token = unit.access.add_token(new)
        other = unit.access.add_token(NewToken("bot", "d2", (), NOON))
        assert unit.access.token("d1") == token
        assert unit.access.token("d3") is None
        assert (token.scopes, token.expires_at, token.user, token.revoked_at) == (
            ("read", "write"), after(60), "ann", None,
        )  # fmt: skip
        unit.access.touch_token(token.id, after(5))
        assert unit.access.revoke_token(token.id, after(6))
        assert not unit.access.revoke_token(token.id, after(7))
        assert not unit.access.revoke_token(2**63, after(7))
        unit.access.touch_token(99, NOON)
        first, second = unit.access.tokens()
        assert (first.used_at, first.revoked_at, second) == (after(5), after(6), other)
        with pytest.raises(Conflict):
            unit.access.add_token(new)
    assert "d1" not in repr(new)


def test_the_audit_log(store: Store) -> None:
    with store.writing() as unit:
        for i in range(4):
            unit.journal.append(Audit(after(i), "ann" if i % 2 else "bob", "erase", f"read {i}", "because"))
    with store.reading() as unit:
        page = unit.journal.find(AuditQuery(limit=3))
        assert [line.subject for line in page.items] == ["read 3", "read 2", "read 1"]
        assert [line.subject for line in unit.journal.find(AuditQuery(cursor=page.next)).items] == ["read 0"]
        some = AuditQuery("ann", "erase", after(1), after(3))
        assert [line.subject for line in unit.journal.find(some).items] == ["read 1"]
        assert unit.journal.find(AuditQuery(action="other")).items == ()
        assert [line.id for line in unit.journal.find(AuditQuery(subject="read 2")).items] == [3]


@pytest.mark.wall("D7")
def test_an_idempotency_key_answers_for_24_hours(store: Store) -> None:
    answer, day = Answer(201, "application/json", b'{"a":\xff}'), 24 * 3600
    with store.writing() as unit:
        assert unit.journal.recall("k", "d", NOON) is None
        unit.journal.remember("k", "d", answer, NOON)
        assert unit.journal.recall("k", "d", after(day - 1)) == answer
        with pytest.raises(Conflict):
            unit.journal.recall("k", "other", NOON)
        with pytest.raises(Conflict):
            unit.journal.remember("k", "d", answer, after(day - 1))
        assert unit.journal.recall("k", "d", after(day)) is None
        unit.journal.remember("k", "other", answer, after(day))
        assert unit.journal.recall("k", "other", after(day)) == answer
