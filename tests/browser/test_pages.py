"""The other pages in a real Chromium: what was read is found, judged, listed and counted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="needs playwright (the [dev] extra)").expect

Open = Callable[..., Any]

PAGES = (
    "/",
    "/live",
    "/search",
    "/search?plate=CD567EF&match=misread",
    "/reads/1",
    "/plates/CD567EF",
    "/review",
    "/alerts",
    "/calibration",
    "/lists",
    "/lists/residents",
    "/cameras",
    "/statistics",
    "/settings",
)
UNNAMED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a")]
    .filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent.trim()
        || e.querySelector("img")?.alt)).map((e) => e.outerHTML)"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def filled(open_page: Open, doubtful_picture: Path) -> Any:
    """Return a page of a site that has read CD567EF and AB1234CD and has a list and a camera."""
    page = open_page()
    page.set_input_files("#file", doubtful_picture)
    page.locator("#result").wait_for()
    for path, form in (
        ("/lists", {"name": "residents", "kind": "allowed", "label": "Residents"}),
        ("/lists/residents/entries", {"plate": "AB12 34CD", "label": "Ann"}),
        ("/cameras", {"name": "north", "enabled": "on"}),
    ):
        assert page.request.post(path, form=form, headers={"Sec-Fetch-Site": "same-origin"}).ok
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_every_page_fits_and_names_its_controls(filled: Any, open_page: Open, size: str, scheme: str) -> None:
    page = open_page(size=size, color_scheme=scheme)
    for path in PAGES:
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert page.evaluate(TOO_WIDE) <= 0, path
        assert page.evaluate(UNNAMED) == [], path


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_long_names_leave_the_page_its_width(
    filled: Any, open_page: Open, doubtful_picture: Path, size: str
) -> None:
    name, ours = "n" * 100, {"Sec-Fetch-Site": "same-origin"}
    for path, form in (
        ("/cameras", {"name": name, "label": "k" * 150, "enabled": "on"}),
        ("/lists", {"name": name, "kind": "watched", "label": "w" * 150}),
        (f"/lists/{name}/entries", {"plate": "CD 567 EF", "label": "l" * 150, "note": "z" * 150}),
    ):
        assert filled.request.post(path, form=form, headers=ours).ok
    sent = {"image": {"name": "a.png", "mimeType": "image/png", "buffer": doubtful_picture.read_bytes()}}
    told = filled.request.post(f"/v1/recognise?camera={name}", multipart=sent, headers=ours).json()
    page = open_page(size=size)
    reads = [f"/reads/{one['id']}" for one in told["reads"]]
    for path in ("/cameras", "/lists", f"/lists/{name}", "/alerts", "/search", "/live", *reads):
        page.goto(path)
        assert page.evaluate(TOO_WIDE) <= 0, path


def test_a_read_is_found(filled: Any) -> None:
    filled.goto("/search")
    filled.keyboard.press("/")
    filled.keyboard.type("cd 567")
    filled.locator("select[name=match]").select_option("prefix")
    filled.keyboard.press("Enter")
    filled.get_by_role("button", name="Search").click()
    expect(filled.locator("tbody .plate")).to_have_text(["CD 567EF"])
    filled.locator("tbody a").click()
    filled.wait_for_url("**/reads/*")
    outline, photo = filled.locator(".stage polygon"), filled.locator(".stage img")
    assert outline.bounding_box()["x"] > photo.bounding_box()["x"]
    assert photo.evaluate("image => image.complete && image.naturalWidth") == 640


def test_a_doubtful_read_is_corrected_by_keyboard(filled: Any) -> None:
    filled.goto("/review")
    expect(filled.locator(".judged .line .plate")).to_have_text("CD 567EF")
    filled.keyboard.press("c")
    filled.keyboard.type("CD 568EF")
    filled.keyboard.press("Enter")
    filled.get_by_text("CD 568EF: corrected.").wait_for()
    expect(filled.locator("main")).to_contain_text("No doubtful read is waiting")
    filled.keyboard.press("u")
    filled.get_by_role("heading", name="Review").wait_for()
    expect(filled.locator(".judged .line .plate")).to_have_text("CD 568EF")
    filled.keyboard.press("r")
    filled.get_by_text("CD 568EF: rejected.").wait_for()
    filled.goto("/search?state=rejected")
    assert filled.locator("tbody .plate").all_inner_texts() == ["CD 568EF"]


def test_the_arrows_lead_through_the_queue(filled: Any) -> None:
    filled.goto("/review?under=100")
    plate = filled.locator(".judged .line .plate")
    expect(plate).to_have_text("CD 567EF")
    filled.keyboard.press("ArrowRight")
    expect(plate).to_have_text("AB-1234-CD")
    filled.keyboard.press("ArrowLeft")
    expect(plate).to_have_text("CD 567EF")
    filled.wait_for_load_state()  # so soon after the one before, the browser may load the page itself
    filled.keyboard.press("a")
    filled.get_by_text("CD 567EF: accepted.").wait_for()
    expect(plate).to_have_text("AB-1234-CD")


def test_new_reads_come_by_themselves(filled: Any, plate_jpeg: bytes) -> None:
    filled.goto("/live")
    filled.get_by_text("connected").wait_for()
    assert filled.locator("#live li").count() == 2
    file = {"name": "car.jpg", "mimeType": "image/jpeg", "buffer": plate_jpeg}
    assert filled.request.post("/v1/recognise?camera=north", multipart={"image": file}).ok
    filled.locator("#live li.fresh").wait_for()
    expect(filled.locator("#live .plate").first).to_have_text("AB12 CDE")
    expect(filled.locator("#newest")).to_have_text("AB12 CDE, north")
    filled.keyboard.press("p")
    filled.get_by_text("paused").wait_for()


def test_a_plate_is_put_on_a_list_and_known_when_seen(filled: Any) -> None:
    filled.goto("/lists")
    filled.get_by_label("Name", exact=True).fill("watch")
    filled.get_by_label("Kind").select_option("watched")
    filled.get_by_role("button", name="Make the list").click()
    filled.get_by_label("Plate", exact=True).fill("cd-567-ef")
    filled.get_by_role("button", name="Put it on").click()
    filled.get_by_text("is on the list").wait_for()
    filled.goto("/search?plate=CD567EF")
    filled.locator("tbody a").click()
    assert filled.get_by_role("link", name="watched: watch").is_visible()


def test_statistics_are_drawn(filled: Any) -> None:
    filled.goto("/statistics")
    over_time, confidence = filled.locator("svg.plot").all()
    assert over_time.locator("rect.part").count() == 1
    assert confidence.locator("rect.part").count() == 2
    foot = over_time.locator("line").first.bounding_box()["y"]
    bar = over_time.locator("rect.part").bounding_box()
    assert bar["height"] > 20
    assert bar["y"] + bar["height"] == pytest.approx(foot, abs=3) or bar["y"] < foot
    assert "100.0" in filled.locator(".tiles").inner_text()


def test_a_plate_is_erased_once_it_is_typed_again(filled: Any) -> None:
    filled.goto("/plates/CD567EF")
    filled.get_by_text("Erase this plate").click()
    filled.get_by_label("Type the plate").fill("cd 567 ef")
    filled.get_by_role("button", name="Erase it").click()
    filled.get_by_text("Erased:").wait_for()
    filled.goto("/search?plate=CD567EF")
    assert "Nothing was found" in filled.locator("main").inner_text()


def test_a_token_is_shown_once(filled: Any) -> None:
    filled.goto("/settings")
    form = filled.locator("form[action='/settings/tokens']")
    form.get_by_label("Name").fill("gate camera")
    form.get_by_role("button").click()
    assert filled.locator("#secret").inner_text().startswith("pw_")
    filled.goto("/settings")
    assert filled.locator("#secret").count() == 0
    assert "gate camera" in filled.locator("main").inner_text()


def test_the_first_account_closes_the_server_and_its_owner_logs_in(filled: Any) -> None:
    filled.goto("/settings")
    form = filled.locator("form[action='/settings/people']")
    form.get_by_label("Name").fill("ann")
    form.get_by_label("Password").fill("seven tin kettles")
    form.get_by_role("button").click()
    filled.wait_for_url("**/login?next=**")
    assert filled.locator("nav").count() == 0
    filled.get_by_label("Name").fill("ann")
    filled.get_by_label("Password").fill("seven tin kettles")
    filled.get_by_role("button", name="Log in").click()
    filled.wait_for_url("**/settings")
    filled.get_by_text("ann", exact=True).first.click()
    filled.get_by_role("button", name="Log out").click()
    filled.wait_for_url("**/login")


def test_without_scripts_the_pages_still_work(filled: Any, open_page: Open) -> None:
    page = open_page("/review", java_script_enabled=False)
    page.get_by_role("button", name="Accept").click()
    assert "CD 567EF: accepted." in page.locator("#said").inner_text()
    page.goto("/search")
    page.get_by_label("Plate").fill("cd567ef")
    page.get_by_role("button", name="Search").click()
    assert page.locator("tbody .plate").all_inner_texts() == ["CD 567EF"]


def test_what_was_typed_comes_back_after_a_refusal(filled: Any, site: Any) -> None:
    page = filled
    page.goto("/lists")
    page.get_by_role("textbox", name="Name").fill("residents")
    page.get_by_label("Kind").select_option("watched")
    page.get_by_label("Label").fill("Those of the west wing")
    page.get_by_role("button", name="Make the list").click()
    page.get_by_role("link", name="Go back").click()
    expect(page.get_by_role("alert")).to_contain_text("there is a list 'residents' already")
    assert page.get_by_role("textbox", name="Name").input_value() == "residents"
    assert page.get_by_label("Kind").input_value() == "watched"
    assert page.get_by_label("Label").input_value() == "Those of the west wing"
    page.reload()
    assert page.get_by_label("Label").input_value() == ""  # it is kept nowhere

    page.goto("/cameras")
    page.get_by_text("Change", exact=True).first.click()
    box = page.locator("li.box", has_text="north").first
    box.get_by_label("Label").fill("Cold side")
    box.get_by_label("In use").uncheck()
    box.locator("[name=lane]").evaluate("(select) => select.append(new Option('gone', 'gone', true, true))")
    box.get_by_role("button", name="Change it").click()
    page.get_by_role("link", name="Go back").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no lane 'gone'")
    assert box.get_by_label("Label").input_value() == "Cold side"
    assert not box.get_by_label("In use").is_checked()
    site.complaints[:] = [one for one in site.complaints if "status of 4" not in one]


def test_a_plate_is_taken_off_a_list_only_when_confirmed(filled: Any) -> None:
    filled.goto("/lists/residents")
    button = filled.get_by_role("button", name="Take it off")
    expect(button).to_be_hidden()
    filled.get_by_label("Take AB12 34CD off").click()
    button.click()
    filled.get_by_text("No plate is on this list yet").wait_for()
