"""Alerts in a real browser: they come by themselves, and go when somebody sees to them."""

from pathlib import Path
from typing import Any

import pytest

from platewise.store.site import Entry, PlateList


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_an_alert_comes_by_itself_and_is_seen_to(open_page: Any, site: Any, picture: Path, size: str) -> None:
    with site.store.writing() as unit:
        unit.lists.put(PlateList("stolen", "watched"))
        unit.lists.add("stolen", [Entry("AB12 CDE", "a van")])
    page = open_page("/alerts", size)
    page.get_by_text("No alert is open").wait_for()
    page.get_by_text("connected").wait_for()
    answer = page.request.post(
        "/v1/recognise?camera=north",
        multipart={"image": {"name": "car.jpg", "mimeType": "image/jpeg", "buffer": picture.read_bytes()}},
    )
    assert answer.ok
    card = page.locator("li.alert")
    card.wait_for()
    assert "AB12 CDE" in card.inner_text()
    assert page.locator(".count").inner_text() == "1"  # it counts what came by itself, too
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("button", name="I see to it").click()
    page.get_by_text("No alert is open").wait_for()
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_text("saw to it").wait_for()
