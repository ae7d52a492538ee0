"""The pages of car parks without a browser: what they show, and what a person does by them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platewise import clock
from platewise.register import lots
from platewise.register.readings import Reading
from platewise.register.values import Lot, Sighting
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery
from platewise.store.site import Camera, Entry, Gate, Lane, PlateList

from .conftest import Send
from .parking import TARIFF, ago, opened, seen, visits

HOSTILE = "<img src=x onerror=alert(1)>"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
PAGES = (
    "/parking?all=1",
    "/parking/main",
    "/parking/main/visits",
    "/parking/main/settings",
    "/parking/visit/1",
)
RULES = {
    "longest_stay": "24",
    "lost_after": "72",
    "usual_stay": "120",
    "debounce": "30",
    "double_entry": "mend",
}


def _post(http: FlaskClient, path: str, **form: Any) -> TestResponse:
    return http.post(path, data=form, headers=BROWSER)


def _plates(html: str) -> list[str]:
    return re.findall(r'<td><a href="/parking/visit/\d+"><span class="plate[^>]*>([^<]*)<', html)


def _free(html: str) -> str:
    found = re.search(r'<p class="free \w+"><b>([^<]*)<', html)
    assert found
    return found[1]


def _directed(store: Store) -> None:
    """Give the car park an entrance and an exit, each with a camera."""
    with store.writing() as unit:
        for way in ("in", "out"):
            unit.site.put(Gate(way, direction=way, lot="main"))  # type: ignore[arg-type]
            unit.site.put(Lane(way, way))
            unit.site.put(Camera(way, lane=way))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_other_host_and_no_inline_script(http: FlaskClient, path: str) -> None:
    opened(http, "AB12 CDE")
    answer = http.get(path)
    assert answer.status_code == 200
    assert all(source.startswith("/") for source in re.findall(r'(?:src|action)="([^"]+)"', answer.text))
    assert not re.search(r"<script[^>]*>[^<]", answer.text)
    assert not re.search(r"\s(?:style|on\w+)=", answer.text)
    assert answer.text.count("<h1") == answer.text.count("<main") == 1
    for source in re.findall(r'(?:src|href)="(/static[^"]+)"', answer.text):
        assert http.get(source, buffered=True).status_code == 200


def test_no_text_from_outside_is_taken_for_html(http: FlaskClient, store: Store) -> None:
    with store.writing() as unit:
        unit.lots.put(Lot("main", label=HOSTILE))
        unit.site.put(Gate("main", HOSTILE, options={"driver": HOSTILE}, lot="main"))
        unit.lists.put(PlateList(HOSTILE, "denied"))
        unit.lists.add(HOSTILE, [Entry("AB12CDE")])
    _post(http, "/parking/main/enter", plate="AB12 CDE", reason=HOSTILE)
    for path in (*PAGES, "/parking/main/sign", f"/parking/main/visits?plate={HOSTILE}a1", "/cameras"):
        html = http.get(path).text
        assert "<img src=x" not in html, path
        assert "&lt;img src=x" in html, path


class TestLots:
    def test_the_only_one_is_shown_at_once(self, http: FlaskClient) -> None:
        assert http.get("/parking").location == "/parking/main"
        assert "A new car park" in http.get("/parking?all=1").text
        answer = _post(http, "/parking", name="north", label="North deck", capacity="12")
        assert answer.location == "/parking/north/settings"
        html = http.get("/parking").text
        assert "North deck" in html
        assert re.findall(r'<p class="free good"><b>(\d+)<', html) == ["100", "12"]

    def test_without_one_the_page_says_what_to_do(self, http: FlaskClient, store: Store) -> None:
        _post(http, "/gates/main/remove")
        assert _post(http, "/parking/main/remove").location == "/parking?all=1"
        assert "There is no car park." in http.get("/parking").text
        assert http.get("/parking/main", headers=BROWSER).status_code == 404

    def test_a_second_of_one_name_is_refused(self, http: FlaskClient, store: Store) -> None:
        assert _post(http, "/parking", name="main", capacity="3").status_code == 409
        with store.reading() as unit:
            assert [lot.capacity for lot in unit.lots.lots()] == [100]

    def test_one_with_a_gate_stays(self, http: FlaskClient) -> None:
        assert _post(http, "/parking/main/remove").status_code == 409

    def test_settings_are_kept_and_those_not_shown_stay(self, http: FlaskClient) -> None:
        http.put("/v1/lots/main", json={"policy": {"sure": 5, "memory": 7200}})
        form = {**RULES, "longest_stay": "1.5", "allowed_only": "on", "label": "Market", "capacity": "40"}
        assert _post(http, "/parking/main/settings", **form, tariff=TARIFF).status_code == 303
        lot = http.get("/v1/lots/main").get_json()
        assert (lot["label"], lot["capacity"], lot["tariff"]) == ("Market", 40, TARIFF.strip())
        rules = {name: lot["policy"][name] for name in ("longest_stay", "allowed_only", "sure", "memory")}
        assert rules == {"longest_stay": 5400, "allowed_only": True, "sure": 5, "memory": 7200}
        html = http.get("/parking/main/settings").text
        assert 'name="longest_stay" value="1.5"' in html
        assert "What a stay from now costs" in html

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"tariff": "name = "}, "the tariff is no TOML"),
            ({"tariff": "name = 'Town'"}, "currency: Field required"),
            ({"capacity": "0"}, "capacity"),
            ({"capacity": "1"}, "2 places are taken"),
            ({"longest_stay": "soon"}, "longest stay: &#39;soon&#39; is no number"),
            ({"longest_stay": "0"}, "longest_stay"),
            ({"debounce": "x"}, "debounce"),
        ],
    )
    def test_what_cannot_be_is_told_beside_what_was_typed(
        self, http: FlaskClient, change: dict[str, str], told: str
    ) -> None:
        opened(http, "AB12 CDE")
        opened(http, "XY98 ZZZ")
        form = {**RULES, "label": "Market", "capacity": "40", "tariff": "", **change}
        answer = _post(http, "/parking/main/settings", **form)
        assert answer.status_code == 422
        assert told in answer.text
        assert 'value="Market"' in answer.text
        assert all(value in unescape(answer.text) for value in change.values())
        assert http.get("/v1/lots/main").get_json()["label"] == ""


class TestOneLot:
    def test_who_comes_and_goes_before_the_camera(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes, two_plates_jpeg: bytes
    ) -> None:
        assert "Nobody is inside." in http.get("/parking/main").text
        seen(send, plate_jpeg, ago(minutes=125))
        html = http.get("/parking/main").text
        assert (_free(html), _plates(html)) == ("99", ["AB12 CDE"])
        assert "2 h 05 min" in html
        assert re.search(r'<img class="crop" src="/v1/images/\w', html)
        assert "Owes" not in html
        seen(send, plate_jpeg, ago(minutes=5))
        html = http.get("/parking/main").text
        assert (_free(html), _plates(html)) == ("100", [])

    def test_a_full_one_says_so(self, http: FlaskClient, store: Store) -> None:
        with store.writing() as unit:
            unit.lots.put(Lot("main", 1))
        opened(http, "AB12 CDE")
        html = http.get("/parking/main").text
        assert _free(html) == "Full"
        assert "no place is free" in html
        answer = _post(http, "/parking/main/enter", plate="XY98 ZZZ", reason="friend")
        assert answer.status_code == 409
        assert "the car park is full" in answer.text

    def test_only_the_latest_are_listed_and_the_rest_is_a_click_away(self, http: FlaskClient) -> None:
        for number in range(52):
            opened(http, f"AB{number:02} CDE")
        html = http.get("/parking/main").text
        assert len(_plates(html)) == 50
        assert "All 52 inside" in html
        second = http.get("/parking/main/visits?state=inside").text
        (older,) = re.findall(r'href="([^"]+)" rel="next"', second)
        assert len(_plates(http.get(older.replace("&amp;", "&")).text)) == 2

    def test_a_day_can_be_looked_at(self, http: FlaskClient) -> None:
        today = f"{clock.now():%Y-%m-%d}"
        opened(http, "AB12 CDE")
        html = http.get("/parking/main").text
        assert "1 inside" in html
        assert 'rel="next"' not in html
        (before,) = re.findall(r'href="([^"]+)" rel="prev"', html)
        html = http.get(before).text
        assert "1 inside</title>" not in html
        assert re.findall(r'href="/parking/main\?day=([^"]+)" rel="next"', html) == [today]
        assert "inside</title>" not in http.get("/parking/main?day=2999-01-01").text

    @pytest.mark.parametrize("day", ["soon", "1999-12-31", "3000-01-01", "2026-02-30"])
    def test_a_bad_day_is_refused(self, http: FlaskClient, day: str) -> None:
        assert http.get(f"/parking/main?day={day}").status_code == 422

    def test_the_lists_of_a_plate_are_named(self, http: FlaskClient, store: Store) -> None:
        with store.writing() as unit:
            unit.lists.put(PlateList("banned", "denied"))
            unit.lists.add("banned", [Entry("AB12CDE")])
        opened(http, "AB12 CDE")
        html = http.get("/parking/main").text
        assert '<a class="tag denied" href="/lists/banned">banned</a>' in html
        assert "denied plate inside" in html


class TestByHand:
    def _log(self, store: Store) -> list[tuple[str, str]]:
        with store.reading() as unit:
            return [(line.action, line.detail) for line in unit.journal.find(AuditQuery()).items[::-1]]

    def test_in_corrected_and_out(self, http: FlaskClient, store: Store) -> None:
        answer = _post(http, "/parking/main/enter", plate="ab12 cde", reason="camera down")
        assert "AB12CDE is inside." in http.get(answer.location).text
        answer = _post(http, "/parking/visit/1/correct", plate="AB12CDF", reason="seen", back="lot")
        assert answer.location == "/parking/main#look"
        at = f"{clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%M}"
        assert _post(http, "/parking/visit/1/close", at=at, reason="gone").status_code == 422
        answer = _post(http, "/parking/visit/1/close", reason="gone")
        html = http.get(answer.location).text
        assert answer.location == "/parking/visit/1"
        assert all(
            text in html for text in ("AB12CDF has left.", "camera down", "AB12CDE is AB12CDF: seen", "gone")
        )
        (visit,) = visits(http)
        assert (visit["state"], visit["plate"]) == ("left", "AB12CDF")
        assert [action for action, _ in self._log(store)] == ["open", "correct", "close"]

    def test_a_count(self, http: FlaskClient, store: Store) -> None:
        opened(http, "AB12 CDE")
        answer = _post(http, "/parking/main/count", counted="3", reason="evening round")
        assert "3 are inside and 97 places are free, as counted." in http.get(answer.location).text
        html = http.get("/parking/main").text
        assert _free(html) == "97"
        assert html.count("counted, plate unknown") == 2
        assert ("count", "3, not 1: evening round") in self._log(store)
        assert _post(http, "/parking/main/count", counted="101", reason="x").status_code == 422

    def test_a_lone_exit_is_merged_with_its_entry_and_split_again(
        self, http: FlaskClient, store: Store, send: Send, plate_jpeg: bytes
    ) -> None:
        _directed(store)
        opened(http, "XX99 XXX")
        opened(http, "AB72 CQF")
        seen(send, plate_jpeg, clock.now(), "out")
        html = http.get("/parking/main").text
        assert "exit without entry" in html
        assert re.findall(
            r'name="with" value="(\d)"', html.split('id="cases"')[1].split("</fieldset>")[0]
        ) == ["2", "1"]
        answer = _post(http, "/parking/visit/3/merge", **{"with": "2"}, reason="same picture")
        assert answer.location == "/parking/visit/2"
        assert "Split" in http.get(answer.location).text
        assert _free(http.get("/parking/main").text) == "99"
        _post(http, "/parking/visit/2/split", reason="another car")
        assert {v["state"] for v in visits(http)} == {"inside", "unmatched"}
        assert _post(http, "/parking/visit/2/merge", reason="x").status_code == 422
        assert _post(http, "/parking/visit/2/merge", number="77", reason="x").status_code == 404

    def test_two_plates_are_merged_by_number_only_if_that_is_meant(self, http: FlaskClient) -> None:
        opened(http, "AB12 CDE")
        opened(http, "XY98 ZZZ")
        form = {"number": "2", "reason": "one car"}
        answer = _post(http, "/parking/visit/1/merge", **form)
        assert answer.status_code == 409
        assert "visit 1 is AB12CDE and visit 2 is XY98ZZZ" in answer.text
        assert len(visits(http)) == 2
        assert _post(http, "/parking/visit/1/merge", **form, differ="on").status_code == 303
        assert len(visits(http)) == 1

    def test_what_is_accepted_needs_no_look_any_more(
        self, http: FlaskClient, store: Store, send: Send, plate_jpeg: bytes
    ) -> None:
        _directed(store)
        seen(send, plate_jpeg, clock.now(), "out")
        assert "exit without entry" in http.get("/parking/main").text
        _post(http, "/parking/visit/1/accept", reason="was here before the cameras", back="lot")
        assert "Nothing needs a look" in http.get("/parking/main").text

    @pytest.mark.parametrize("act", ["close", "correct", "merge", "split", "accept", "pay"])
    def test_everything_needs_a_reason(self, http: FlaskClient, act: str) -> None:
        opened(http, "AB12 CDE")
        opened(http, "XY98 ZZZ")
        before = visits(http)
        form = {"plate": "AB12CDF", "with": "2", "amount": "1", "currency": "EUR", "key": "k"}
        assert _post(http, f"/parking/visit/1/{act}", **form).status_code == 422
        assert visits(http) == before

    def test_another_site_does_nothing(self, http: FlaskClient) -> None:
        form = {"plate": "AB12CDE", "reason": "x"}
        headers = {"Sec-Fetch-Site": "cross-site"}
        assert http.post("/parking/main/enter", data=form, headers=headers).status_code == 403
        assert visits(http) == []

    def test_a_gate_with_a_driver_is_opened(self, http: FlaskClient, store: Store) -> None:
        assert "Open main" not in http.get("/parking/main").text
        _post(http, "/gates", name="main", direction="both", lot="main", driver="simulated")
        assert "Open main" in http.get("/parking/main").text
        answer = _post(http, "/parking/main/open", gate="main", reason="delivery")
        assert "The gate main is told to open." in http.get(answer.location).text
        with store.reading() as unit:
            assert [event.kind for event in unit.events.after(0)] == ["Opened"]


class TestOneVisit:
    def test_its_pictures_and_readings(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes, two_plates_jpeg: bytes
    ) -> None:
        seen(send, plate_jpeg, ago(hours=3))
        html = http.get("/parking/visit/1").text
        assert "It is still inside." in html
        seen(send, plate_jpeg, ago(hours=1))
        html = http.get("/parking/visit/1").text
        assert html.count('class="stage"') == 2
        assert "<b>2 h</b> of stay" in html
        assert "Parking is free here." in html
        assert "over 1,000 to 1" in html
        assert http.get("/parking/visit/2", headers=BROWSER).status_code == 404

    def test_what_is_no_longer_kept_is_told_as_it_was(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        seen(send, plate_jpeg, ago(hours=1))
        assert http.delete("/v1/plates/AB12CDE").status_code == 200
        html = http.get("/parking/visit/1").text
        assert "Its plate was erased" in html
        assert "Counted by a person" not in html

    def test_an_exit_that_nobody_could_read_was_seen_all_the_same(
        self, http: FlaskClient, store: Store
    ) -> None:
        unread = Sighting("k", ago(hours=1), Reading(""), gate="main", direction="out")
        with store.writing() as unit:
            state = unit.lots.state("main", clock.now())
            unit.lots.apply("main", lots.admit(unread, state))
        html = http.get("/parking/visit/1").text
        assert "Seen at gate main, its plate not read" in html
        assert "Counted by a person" not in html

    def test_a_day_of_another_year_is_told_with_it(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        came = datetime(2021, 3, 4, 12, tzinfo=UTC)
        seen(send, plate_jpeg, came)
        assert "4 Mar 2021 12:00" in http.get("/parking/main/visits").text

    def test_a_receipt_and_what_was_paid(self, http: FlaskClient, store: Store) -> None:
        flat = re.sub(r"price = [\d.]+", "price = 2.50", TARIFF)
        http.put("/v1/lots/main", json={"tariff": flat})
        opened(http, "AB12 CDE")
        assert "2.50 EUR" in http.get("/parking/main").text
        html = http.get("/parking/visit/1").text
        assert 'name="amount" value="2.50"' in html
        (key,) = re.findall(r'name="key" value="([\w-]+)"', html)
        form = {"key": key, "amount": "1.50", "currency": "EUR", "reason": "paid at the desk"}
        for _ in range(2):
            answer = _post(http, "/parking/visit/1/pay", **form)
        html = http.get(answer.location).text
        assert "1.50 EUR is noted; 1.00 EUR is owed." in html
        assert html.count("−1.50") == 1
        assert html.count("1.50 EUR: paid at the desk") == 1
        assert "1.00 EUR" in http.get("/parking/main").text
        _post(http, "/parking/visit/1/pay", **{**form, "key": "other", "amount": "0,50"})
        assert "0.50 EUR is noted; 0.50 EUR is owed." in http.get("/parking/visit/1").text
        answer = _post(http, "/parking/visit/1/pay", **{**form, "amount": "all"})
        assert answer.status_code == 422
        assert "amount: give an amount such as 4.50" in answer.text

    def test_money_of_another_currency_stops_no_page(self, http: FlaskClient, store: Store) -> None:
        http.put("/v1/lots/main", json={"tariff": TARIFF})
        opened(http, "AB12 CDE")
        _post(http, "/parking/visit/1/pay", key="k", amount="1.00", currency="EUR", reason="desk")
        http.put("/v1/lots/main", json={"tariff": TARIFF.replace('"EUR"', '"HUF"')}, headers=BROWSER)
        assert http.get("/parking/main").status_code == 200
        assert "There is no telling: the receipt is in HUF" in http.get("/parking/visit/1").text

    def test_a_lone_exit_has_no_price(
        self, http: FlaskClient, store: Store, send: Send, plate_jpeg: bytes
    ) -> None:
        _directed(store)
        http.put("/v1/lots/main", json={"tariff": TARIFF})
        seen(send, plate_jpeg, clock.now(), "out")
        html = http.get("/parking/visit/1").text
        assert "An exit without its entry is no stay" in html
        assert "No entry fits this exit." in html


def test_the_page_of_a_plate_names_its_visits(http: FlaskClient) -> None:
    opened(http, "AB12 CDE")
    html = http.get("/plates/AB12CDE").text
    assert "<b>1</b> visit<" in html
    assert '<a href="/parking/visit/1">Visit 1</a>' in html


class TestVisits:
    def test_every_part_of_the_question(self, http: FlaskClient) -> None:
        for plate in ("AB12 CDE", "AB12 CDF", "XY98 ZZZ"):
            opened(http, plate)
        _post(http, "/parking/visit/3/close", reason="gone")
        ask = lambda query: _plates(http.get(f"/parking/main/visits?{query}").text)  # noqa: E731
        assert ask("") == ["XY98ZZZ", "AB12CDF", "AB12CDE"]
        assert ask("state=left") == ["XY98ZZZ"]
        assert ask("until=2020-01-01T00:00") == []
        assert ask("plate=xy-98 zzz") == ["XY98ZZZ"]
        assert http.get("/parking/nowhere/visits", headers=BROWSER).status_code == 404
        assert http.get("/parking/main/visits?state=odd", headers=BROWSER).status_code == 422

    def test_a_misread_plate_is_found_inside(self, http: FlaskClient) -> None:
        for plate in ("AB12 CDE", "XY98 ZZZ"):
            opened(http, plate)
        html = http.get("/parking/main/visits?plate=AB12CDF").text
        assert "No visit was found of exactly this plate" in html
        assert _plates(html) == ["AB12CDE"]
        assert _plates(http.get("/parking/main/visits?plate=98z").text) == ["XY98ZZZ"]

    def test_the_csv_file_has_what_was_found(self, http: FlaskClient) -> None:
        for plate in ("AB12 CDE", "XY98 ZZZ"):
            opened(http, plate)
        html = http.get("/parking/main/visits?plate=AB12CDE").text
        (export,) = re.findall(r'href="(/v1/visits.csv[^"]+)"', html)
        lines = http.get(export.replace("&amp;", "&")).text.splitlines()
        assert len(lines) == 2
        assert "AB12CDE" in lines[1]


class TestSign:
    def test_it_shows_a_number_and_no_plate(self, http: FlaskClient, store: Store) -> None:
        with store.writing() as unit:
            unit.lots.put(Lot("main", 1, label="Market"))
        html = http.get("/parking/main/sign").text
        assert '<span id="free">1</span>' in html
        assert "place free" in html
        opened(http, "AB12 CDE")
        html = http.get("/parking/main/sign").text
        assert '<span id="free">FULL</span>' in html
        assert 'http-equiv="refresh"' in html
        assert "AB12" not in html
        answer = http.get("/parking/main/sign.json")
        assert answer.get_json() == {"free": 0, "capacity": 1}
        assert answer.headers["Cache-Control"] == "no-store"
        assert http.get("/parking/x/sign.json").status_code == 404


def test_a_gate_leads_into_a_car_park_and_keeps_what_the_form_does_not_show(
    http: FlaskClient, store: Store
) -> None:
    form = {"name": "east", "direction": "in", "lot": "main", "driver": "webhook"}
    assert _post(http, "/gates", **form).status_code == 422
    _post(http, "/gates", **form, address="https://gate.example/hush")
    options = {"driver": "webhook", "url": "https://gate.example/hush", "on": ["Left"], "secret": "s"}
    http.put("/v1/gates/east", json={"lot": "main", "options": options}, headers=BROWSER)
    _post(http, "/gates", **form, label="East")
    html = http.get("/cameras").text
    assert "hush" not in html
    assert "driver webhook" in html
    with store.reading() as unit:
        (gate,) = [one for one in unit.site.gates() if one.name == "east"]
    assert (gate.label, gate.lot, gate.options) == ("East", "main", options)
    _post(http, "/gates", name="east", direction="in")
    with store.reading() as unit:
        (gate,) = [one for one in unit.site.gates() if one.name == "east"]
    assert gate.lot is None
    assert "driver" not in gate.options
