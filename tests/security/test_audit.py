"""The audit log must not be in the way of what it tells of."""

import logging

from platewise.errors import StoreBusy


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
