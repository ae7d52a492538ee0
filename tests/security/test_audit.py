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
