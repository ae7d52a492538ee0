"""The pages of a toll road in a real Chromium."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tolling import ROAD, TARIFF

from platewise import clock
from platewise.gatehouse import applying, pairing
from platewise.register.site_file import parse

from ..conftest import draw

COLOURS = {"AB12CDE": "#ffffff", "AB1234CD": "#00ff00", "CD567EF": "#ffff00"}


def see(site: Any, camera: str, ago: float, plate: str) -> None:
    """Have a camera send a picture that it took so many seconds ago."""
    at = clock.now() - timedelta(seconds=ago)
    query = {"camera": camera, "captured_at": at.isoformat()}
    picture = draw(((200, 300, 240, 50), COLOURS[plate]))
    sent = httpx.post(f"{site.address}/v1/recognise", params=query, files={"image": picture}, timeout=60)
    assert sent.status_code == 200


def pair(site: Any) -> None:
    pairing.pair_due(site.store, clock.now())


@pytest.fixture
def road(site: Any) -> Any:
    """Return the site after a day: one has travelled, one went missing, front and rear differed once."""
    with site.store.writing() as unit:
        applying.apply(unit, parse(ROAD + TARIFF), clock.now() - timedelta(days=3), "ann")
    for camera, ago in (("w1f", 1000), ("w1r", 999.3), ("m1f", 800), ("e1f", 590), ("e1r", 589.3)):
        see(site, camera, ago, "AB12CDE")
    for camera, ago in (("w2f", 90_000), ("m1f", 89_800)):
        see(site, camera, ago, "AB1234CD")
    see(site, "w1f", 500, "AB1234CD")
    see(site, "w1r", 499.5, "CD567EF")
    pair(site)
    return site


def test_the_road_is_live(road: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("/tolls")
    page.get_by_text("live", exact=True).wait_for()
    rows = page.locator("#journeys tbody tr")
    before = rows.count()
    for camera, ago in (("w2f", 470), ("m1f", 270), ("e1f", 70)):
        see(road, camera, ago, "CD567EF")
    pair(road)
    page.locator("#passages tr.fresh").first.wait_for()
    rows.nth(before).wait_for()
    assert page.get_by_role("img", name="km/h, error bar").count() >= 2


@pytest.mark.parametrize("size", ["wide", "phone"])
def test_a_missing_exit_is_completed(road: Any, open_page: Callable[..., Any], size: str) -> None:
    page = open_page("/tolls", size)
    case = page.locator(".case", has_text="exit missing")
    case.get_by_text("Say where it entered and left").click()
    case.get_by_label("Left at").select_option("east")
    case.get_by_label("Reason").first.fill("the driver said so")
    case.get_by_role("button", name="Complete it").click()
    page.get_by_text("is completed, 3.20 EUR.").wait_for()
    assert page.locator(".case", has_text="exit missing").count() == 0
    page.locator("#journeys tr", has_text="completed").get_by_role("link").click()
    page.get_by_text("not seen").wait_for()
    page.get_by_text("completed, entry west, exit east: the driver said so").wait_for()


def test_two_plates_are_said_to_be_one_vehicle(road: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("/tolls")
    case = page.locator(".case", has_text="two plates")
    case.get_by_text("One vehicle", exact=True).click()
    case.get_by_label("The plate that counts").fill("AB1234CD")
    case.get_by_label("Reason").first.fill("a trailer")
    case.get_by_role("button", name="It is one").click()
    page.get_by_text("It is one vehicle with the plate AB1234CD.").wait_for()
    assert page.locator(".case", has_text="two plates").count() == 0


def test_journeys_and_passages_are_found(road: Any, open_page: Callable[..., Any]) -> None:
    page = open_page("/tolls/journeys")
    page.get_by_label("Plate").fill("ab12 cde")
    page.get_by_role("button", name="Find").click()
    page.get_by_text("1 journey, newest first").wait_for()
    page.goto("/tolls/passages?gate=mid")
    page.get_by_text("2 passages, newest first").wait_for()


def test_without_a_site_it_says_what_to_do(open_page: Callable[..., Any]) -> None:
    page = open_page("/tolls")
    page.get_by_text("platewise site apply").wait_for()
