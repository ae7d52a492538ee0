"""The page Read in a real Chromium: a picture chosen, dropped, pasted or taken from the samples is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GIVE = """([name, carrier, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], "car.jpg", { type: "image/jpeg" }));
    const kind = name === "DragEvent" ? "drop" : "paste";
    const detail = { [carrier]: data, bubbles: true, cancelable: true };
    document.dispatchEvent(new window[name](kind, detail));
}"""


def test_a_chosen_picture_shows_its_plate(page: Any, picture: Path) -> None:
    page.set_input_files("#file", picture)
    row = page.locator("#reads tbody tr")
    assert row.locator(".plate").inner_text() == "AB12 CDE"
    assert row.count() == 1
    assert row.locator(".bars li").first.inner_text().startswith("A")
    assert row.locator("canvas").bounding_box()["width"] > 0
    assert page.locator("#overlay text").text_content() == "AB12 CDE"
    assert "AB12 CDE" in page.locator("#status").inner_text()


def test_the_outline_lies_on_the_plate(page: Any, picture: Path) -> None:
    page.set_input_files("#file", picture)
    outline = page.locator("#overlay polygon").bounding_box()
    photo = page.locator("#photo").bounding_box()
    scale = photo["width"] / 640
    assert outline["x"] - photo["x"] == pytest.approx(200 * scale, abs=8)
    assert outline["y"] - photo["y"] == pytest.approx(300 * scale, abs=8)
    assert outline["width"] == pytest.approx(240 * scale, abs=14)


@pytest.mark.parametrize(
    ("event", "carrier"), [("DragEvent", "dataTransfer"), ("ClipboardEvent", "clipboardData")]
)
def test_a_dropped_and_a_pasted_picture_are_read(page: Any, picture: Path, event: str, carrier: str) -> None:
    page.evaluate(GIVE, [event, carrier, list(picture.read_bytes())])
    assert page.locator("#reads tbody .plate").inner_text() == "AB12 CDE"


def test_the_read_leads_to_its_own_page(page: Any, picture: Path) -> None:
    page.set_input_files("#file", picture)
    page.locator("#reads a.plate").click()
    page.wait_for_url("**/reads/1")
    assert page.locator("h1").inner_text() == "AB12 CDE"


def test_another_way_of_reading_can_be_chosen(page: Any, picture: Path) -> None:
    page.locator(".options summary").click()
    ways = page.locator("#pipeline option").all_inner_texts()
    assert ways[0] == "tiny (this server's own)"
    assert {way.split(":")[0] for way in ways[1:]} >= {"contour", "haar", "window", "yolo-attention"}
    page.select_option("#pipeline", "window")
    with page.expect_request(lambda request: request.method == "POST") as asked:
        page.set_input_files("#file", picture)
    assert "pipeline=window" in asked.value.url
    page.locator("#result").wait_for()


def test_nothing_is_kept_where_nobody_wants_it(page: Any, picture: Path) -> None:
    page.locator(".options summary").click()
    page.locator("#save").uncheck()
    page.set_input_files("#file", picture)
    assert page.locator("#reads tbody .plate").inner_text() == "AB12 CDE"
    assert page.locator("#reads a.plate").count() == 0
    page.goto("/search")
    assert "Nothing has been kept yet" in page.locator("main").inner_text()


def test_what_is_not_a_picture_gets_a_clear_message(page: Any, site: Any, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear reader")
    page.set_input_files("#file", tmp_path / "letter.jpg")
    page.locator("#problem").wait_for()
    assert "picture" in page.locator("#problem").inner_text()
    assert not page.locator("#result").is_visible()
    assert [told for told in site.complaints if "415" not in told] == []
    site.complaints.clear()  # Chromium itself writes a line for every answer over 399


def test_a_sample_is_read_at_a_click(page: Any) -> None:
    sample = page.locator("[data-sample]").first
    sample.click()
    page.locator("#result").wait_for()
    width = "image => image.naturalWidth"
    assert page.locator("#photo").evaluate(width) == sample.locator("img").evaluate(width)


def test_it_fits_a_narrow_phone(open_page: Callable[..., Any], picture: Path) -> None:
    page = open_page(size="phone")
    page.set_viewport_size({"width": 320, "height": 640})
    page.locator(".options summary").click()
    page.set_input_files("#file", picture)
    page.locator("#result").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_keyboard_reaches_every_control(page: Any) -> None:
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert {"file", "Options", "Search", "Skip to the content"} <= reached
