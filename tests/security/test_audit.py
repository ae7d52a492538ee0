"""The audit log must not be in the way of what it tells of."""

import logging

from platewise.errors import StoreBusy


def test_a_change_and_its_line_are_kept_together_or_not_at_all(whole, monkeypatch):
    """A server that dies right after a change has its line, and one that cannot write it changes nothing."""
    from platewise.web.access import guard

    client = whole.log_in("manager")
    monkeypatch.setattr(guard, "_note", lambda entry: None)  # nothing is written afterwards
    own = {"Sec-Fetch-Site": "same-origin"}
    assert client.put("/v1/lists/staff", json={"kind": "allowed"}, headers=own).status_code == 200
    assert client.post("/lanes", data={"name": "l9", "gate": "main"}, headers=own).status_code == 303
    assert [entry.action for entry in whole.audit()[:2]] == ["cameras_page.put_lane", "lists.put_list"]

    def broken(*_):
        raise StoreBusy("another writer holds the store")

    monkeypatch.setattr(guard, "_line", broken)
    assert client.put("/v1/lists/other", json={"kind": "allowed"}, headers=own).status_code == 503
    with whole.store.reading() as unit:
        assert [one.name for one in unit.lists.lists()] == ["staff"]


def test_what_is_done_stands_even_if_the_log_cannot_take_its_line(site, monkeypatch, caplog):
    client = site.log_in("manager")

    def busy():
        raise StoreBusy("another writer holds the store")

    monkeypatch.setattr(site.store, "writing", busy)
    with caplog.at_level(logging.ERROR):
        answer = client.put("/lists", headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.text) == (200, "reached")
    assert "the audit log could not take" in caplog.text
    assert "a-manager" in caplog.text
    monkeypatch.undo()
    client.put("/lists", headers={"Sec-Fetch-Site": "same-origin"})
    assert site.audit()[0].action == "lists"


def test_nothing_is_asked_behind_what_the_log_cuts(whole):
    """A long word before it must not hide which plate was looked for."""
    client, before = whole.log_in("viewer"), len(whole.audit())
    assert client.get(f"/search?x={'A' * 300}&plate=AB12CDE").status_code == 200
    assert whole.audit()[0].detail.endswith("plate=AB12CDE")
    for path in (f"/search?x={'A' * 5000}&plate=AB12CDE", f"/v1/reads?camera={'A' * 5000}"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (414, "too_long")
    plates = ",".join(["AB12 CDE"] * 199 + ["ZZ99 ZZZ"])
    assert client.get(f"/check-license-plate/{plates}/2025-01-01").status_code == 200
    assert "ZZ99 ZZZ" in whole.audit()[0].subject
    assert len(whole.audit()) == before + 2


def test_the_log_says_that_more_plates_were_asked_for_and_what_it_cuts(whole):
    client, own = whole.client(), whole.token("viewer")
    body = {"plates": [f"{'A' * 36}{number:04d}" for number in range(25)], "since": "2025-01-01T00:00:00Z"}
    assert client.post("/v1/plates/seen", json=body, headers=own).status_code == 200
    assert "and 5 more (token " in whole.audit()[0].detail
    manager = whole.token("manager")
    answer = client.put(f"/v1/lists/staff?x={'A' * 5000}", json={"kind": "known"}, headers=manager)
    assert answer.status_code == 200
    assert whole.audit()[0].detail.endswith("A…")
