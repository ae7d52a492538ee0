"""The pages of car parks in a real Chromium: they are live, and all is done by them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .test_pages import TOO_WIDE, UNNAMED

expect = pytest.importorskip("playwright.sync_api", reason="needs playwright (the [dev] extra)").expect

Open = Callable[..., Any]
PAGES = (
    "/parking?all=1",
    "/parking/main",
    "/parking/main/visits?plate=CD567EG",
    "/parking/main/settings",
    "/parking/main/sign",
    "/parking/visit/1",
    "/parking/visit/3",
)
SAME = {"Sec-Fetch-Site": "same-origin"}
TARIFF = """name = "Town"
currency = "EUR"
zone = "UTC"
[[bands]]
name = "always"
steps = [{minutes = 60, price = 2.00}]
"""


def _send(page: Any, picture: Path | bytes, camera: str = "telegram") -> None:
    """Send a picture as a camera does."""
    data = picture if isinstance(picture, bytes) else picture.read_bytes()
    file = {"name": "car.jpg", "mimeType": "image/jpeg", "buffer": data}
    assert page.request.post(f"/v1/recognise?camera={camera}", multipart={"image": file}, headers=SAME).ok


@pytest.fixture
def filled(open_page: Open, doubtful_picture: Path) -> Any:
    """Return a page of a site with CD567EF and AB1234CD inside, and an exit that has no entry."""
    page = open_page("/parking")
    for path, form in (
        ("/gates", {"name": "exit", "direction": "out", "lot": "main", "driver": "simulated"}),
        ("/lanes", {"name": "exit", "gate": "exit"}),
        ("/cameras", {"name": "exit", "lane": "exit", "enabled": "on"}),
    ):
        assert page.request.post(path, form=form, headers=SAME).ok
    _send(page, doubtful_picture)
    return page


@pytest.fixture
def looked_at(filled: Any, plate_jpeg: bytes) -> Any:
    """Return the page of a car park with an exit alone."""
    _send(filled, plate_jpeg, "exit")
    filled.goto("/parking")
    return filled


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "phone"])
def test_every_page_fits_and_names_its_controls(
    looked_at: Any, open_page: Open, size: str, scheme: str
) -> None:
    page = open_page(size=size, color_scheme=scheme)
    for path in PAGES:
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert page.evaluate(TOO_WIDE) <= 0, path
        assert page.evaluate(UNNAMED) == [], path


def test_cars_come_and_go_before_ones_eyes(filled: Any, plate_jpeg: bytes) -> None:
    filled.goto("/parking")
    filled.get_by_text("live", exact=True).wait_for()
    expect(filled.locator("#now .free b")).to_have_text("98")
    _send(filled, plate_jpeg)
    filled.locator("#cars tr.fresh").wait_for()
    expect(filled.locator("#now .free b")).to_have_text("97")
    expect(filled.locator("#cars .plate").first).to_have_text("AB12 CDE")
    expect(filled.locator("#newest")).to_have_text("AB12 CDE came in, 97 free")
    _send(filled, plate_jpeg + b"again", "exit")
    expect(filled.locator("#now .free b")).to_have_text("98")
    expect(filled.locator("#cars .plate")).to_have_count(2)


def test_what_somebody_types_is_not_taken_away(looked_at: Any, plate_jpeg: bytes) -> None:
    looked_at.get_by_text("live", exact=True).wait_for()
    looked_at.locator("#cases summary", has_text="Correct the plate").click()
    looked_at.locator("#cases [name=plate]").fill("AB12 CDF")
    looked_at.locator("h1").click()
    _send(looked_at, plate_jpeg)
    expect(looked_at.locator("#now .free b")).to_have_text("97")
    expect(looked_at.locator("#cases [name=plate]")).to_have_value("AB12 CDF")


def test_a_lone_exit_is_merged_with_an_entry(looked_at: Any) -> None:
    case = looked_at.locator(".case")
    expect(case.locator(".tag")).to_have_text("exit without entry")
    case.get_by_text("Merge", exact=True).click()
    expect(case.locator(".partner")).to_have_count(2)
    case.locator(".partner", has_text="AB-1234-CD").locator("input").check()
    case.locator("form", has_text="Merge the two").get_by_label("Reason").fill("compared the pictures")
    case.get_by_role("button", name="Merge the two").click()
    looked_at.get_by_text("Nothing needs a look").wait_for()
    expect(looked_at.locator("#now .free b")).to_have_text("99")


def test_a_car_is_let_in_and_out_by_hand(filled: Any) -> None:
    filled.goto("/parking")
    filled.get_by_text("Let a car in").click()
    filled.locator("[name=plate].typed:visible").fill("xy98 zzz")
    filled.locator("form", has=filled.get_by_role("button", name="Let it in")).get_by_label("Reason").fill(
        "new"
    )
    filled.get_by_role("button", name="Let it in").click()
    filled.get_by_text("XY98ZZZ is inside.").wait_for()
    filled.locator("#cars a", has_text="XY98ZZZ").click()
    filled.wait_for_url("**/parking/visit/*")
    filled.get_by_text("It has left", exact=True).click()
    filled.locator("form", has=filled.get_by_role("button", name="Let it out")).get_by_label("Reason").fill(
        "gone"
    )
    filled.get_by_role("button", name="Let it out").click()
    filled.get_by_text("XY98ZZZ has left.").wait_for()
    assert "gone" in filled.locator(".history").inner_text()


def test_a_tariff_is_set_and_paid(filled: Any) -> None:
    filled.goto("/parking/main/settings")
    filled.locator("textarea").fill(TARIFF)
    filled.get_by_role("button", name="Keep").click()
    filled.get_by_text("The car park is kept.").wait_for()
    expect(filled.locator(".tariff td").first).to_have_text("2.00 EUR")
    filled.goto("/parking")
    expect(filled.locator("td.money").first).to_have_text("2.00 EUR")
    filled.locator("#cars a").first.click()
    filled.get_by_label("Reason").last.fill("paid at the desk")
    filled.get_by_role("button", name="Note the payment").click()
    filled.get_by_text("2.00 EUR is noted; 0.00 EUR is owed.").wait_for()


def test_the_sign_follows_the_count(filled: Any, plate_jpeg: bytes) -> None:
    filled.goto("/parking/main/sign")
    expect(filled.locator("#free")).to_have_text("98")
    box = filled.locator("#free").bounding_box()
    assert box["height"] > 400
    _send(filled, plate_jpeg)
    expect(filled.locator("#free")).to_have_text("97", timeout=20_000)
    lot = {"capacity": 3}
    assert filled.request.put("/v1/lots/main", data=lot, headers=SAME).ok
    expect(filled.locator("#free")).to_have_text("FULL", timeout=20_000)
    expect(filled.locator("#sign")).to_have_attribute("data-full", "yes")


def test_without_scripts_the_pages_still_work(looked_at: Any, open_page: Open) -> None:
    page = open_page("/parking", java_script_enabled=False)
    page.locator("#cases summary", has_text="It is right").click()
    page.locator("#cases [name=reason]:visible").fill("before the cameras")
    page.get_by_role("button", name="Accept it").click()
    assert "AB12 CDE is accepted." in page.locator("#said").inner_text()
    page.goto("/parking/main/visits?plate=CD567EG")
    assert page.locator("#near ~ table .plate").all_inner_texts() == ["CD 567EF"]
