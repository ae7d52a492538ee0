"""The pages without a browser: what they show, what they change, and that no text from outside runs."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from store_samples import NOON, after, keep, new_frame, new_read
from werkzeug.test import TestResponse

from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery
from platewise.store.records import NewRead, Review
from platewise.store.site import Camera, Entry, Gate, Lane, PlateList
from platewise.vision.reader import Reader
from platewise.web import create_app

HOSTILE = "<img src=x onerror=alert(1)>"
PAGES = ("/", "/live", "/search", "/review", "/lists", "/cameras", "/statistics", "/settings")
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}


def _post(http: FlaskClient, path: str, **form: Any) -> TestResponse:
    return http.post(path, data=form, headers=BROWSER)


def _plates(html: str) -> list[str]:
    return re.findall(r'<td><a [^>]*><span class="plate[^>]*>([^<]*)<', html)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_other_host_and_no_inline_script(http: FlaskClient, path: str) -> None:
    answer = http.get(path)
    html = answer.text
    sources = re.findall(r'(?:src|action)="([^"]+)"', html)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert all(source.startswith("/") for source in sources)
    assert not re.search(r"<script[^>]*>[^<]", html)
    assert not re.search(r"\s(?:style|on\w+)=", html)
    assert html.count("<h1") == html.count("<main") == 1


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_site_says_what_to_do(http: FlaskClient, path: str) -> None:
    assert path in ("/", "/cameras") or 'class="empty' in http.get(path).text


def test_the_first_page_names_every_region_and_its_parts_are_there(http: FlaskClient) -> None:
    from platewise.regions import library

    html = http.get("/").text
    assert ", ".join(sorted(library.load())) in html
    for source in re.findall(r'(?:src|href)="(/static[^"]+)"', html):
        assert http.get(source, buffered=True).status_code == 200


def test_no_text_from_outside_is_taken_for_html(http: FlaskClient, store: Store) -> None:
    name = HOSTILE.replace("/", "")
    with store.writing() as unit:
        unit.site.put(Gate(name, HOSTILE))
        unit.site.put(Lane("lane" + name, name, HOSTILE))
        unit.site.put(Camera(name, HOSTILE, "rtsp://me:secret@camera", "lane" + name))
        unit.lists.put(PlateList(name, "known", HOSTILE))
        unit.lists.add(name, [Entry("AB12" + HOSTILE, HOSTILE, None, None, HOSTILE)])
        read = Read(Plate("AB12", HOSTILE, HOSTILE), 0.5, new_read("AB12").read.quad, explain=(HOSTILE,))
        (kept,) = unit.reads.save(new_frame(camera=HOSTILE), [NewRead(read, HOSTILE, HOSTILE)])
        unit.reads.review(Review(kept.id, "accepted", HOSTILE, NOON, HOSTILE))
        keep(unit, "AB13", 1, 0.3, HOSTILE)
    for path in (
        *PAGES,
        f"/reads/{kept.id}",
        f"/live/{kept.id}",
        "/plates/AB12",
        f"/lists/{name}",
        f"/search?plate={HOSTILE}a1",
    ):
        html = http.get(path).text
        assert "<img src=x" not in html, path
        assert path in ("/", "/settings", "/statistics") or "&lt;img src=x" in html, path
    assert "secret" not in http.get("/cameras").text


def test_a_refusal_is_a_page_for_a_person_and_json_for_a_program(http: FlaskClient) -> None:
    page = http.get("/reads/7", headers=BROWSER)
    assert page.status_code == 404
    assert page.mimetype == "text/html"
    assert "There is no read 7." in page.text
    assert http.get("/nowhere", headers=BROWSER).mimetype == "text/html"
    assert http.get("/reads/7").get_json()["error"]["code"] == "not_found"
    assert http.get("/v1/reads/7", headers=BROWSER).is_json


class TestSearch:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["AB12 CDE", "CD34 EFG", "AB12 CDF"]),
            ({"plate": "ab12cde"}, ["AB12 CDE"]),
            ({"plate": "AB", "match": "prefix"}, ["AB12 CDE", "AB12 CDF"]),
            ({"plate": "*EF?", "match": "wildcard"}, ["CD34 EFG"]),
            ({"since": "2026-03-29T12:00:01"}, ["AB12 CDE"]),
            ({"until": "2026-03-29T12:00:01"}, ["CD34 EFG", "AB12 CDF"]),
            ({"camera": "south"}, ["AB12 CDE"]),
            ({"to": "50"}, ["CD34 EFG"]),
            ({"from": "51"}, ["AB12 CDE", "AB12 CDF"]),
            ({"state": "accepted"}, []),
        ],
    )
    def test_every_part_of_the_question(
        self, http: FlaskClient, store: Store, query: Mapping[str, str], found: list[str]
    ) -> None:
        with store.writing() as unit:
            keep(unit, "AB12 CDF", 0)
            keep(unit, "CD34 EFG", 0.5, 0.4)
            keep(unit, "AB12 CDE", 2, camera="south")
        assert _plates(http.get("/search", query_string=query).text) == found

    def test_a_misread_is_found_with_its_likelihood(self, http: FlaskClient, store: Store) -> None:
        with store.writing() as unit:
            keep(unit, "AB12 CD0")
        html = http.get("/search?plate=AB12CDO&match=misread").text
        assert _plates(html) == ["AB12 CD0"]
        assert "Is it AB12CDO?" in html

    def test_pages_follow_each_other(self, http: FlaskClient, store: Store) -> None:
        with store.writing() as unit:
            for i in range(31):
                keep(unit, f"AB{i:02} CDE", i)
        first = http.get("/search?match=prefix&plate=AB").text
        (older,) = re.findall(r'href="([^"]+)" rel="next"', first)
        second = http.get(older.replace("&amp;", "&")).text
        assert len(_plates(first)) == 30
        assert _plates(second) == ["AB00 CDE"]
        assert 'rel="next"' not in second
        (export,) = re.findall(r'href="(/v1/exports[^"]+)"', first)
        assert http.get(export.replace("&amp;", "&")).text.count("\n") == 32

    @pytest.mark.parametrize(
        "query", ["since=now", "from=x", "from=400", "match=near", "cursor=x", "state=lost"]
    )
    def test_a_bad_question_is_refused(self, http: FlaskClient, query: str) -> None:
        assert http.get(f"/search?{query}", headers=BROWSER).status_code in (400, 422)

    def test_a_query_cannot_lead_elsewhere(self, http: FlaskClient, store: Store) -> None:
        with store.writing() as unit:
            for i in range(31):
                keep(unit, f"AB{i:02} CDE", i)
        html = http.get("/search?_external=1&_scheme=javascript&_anchor=x").text
        assert "javascript" not in html


class TestReview:
    @pytest.fixture
    def queue(self, store: Store) -> list[int]:
        plates = ("AB12 CDE", 0.8), ("", 0.0), ("CD34 EFG", 0.4), ("EF56 GHI", 0.95)
        with store.writing() as unit:
            return [keep(unit, text, 0, sure).id for text, sure in plates]

    def _shown(self, http: FlaskClient, path: str = "/review") -> str:
        found = re.search(r'<p class="line"><span class="plate[^>]*>([^<]*)<', http.get(path).text)
        return found[1] if found else ""

    def test_the_least_sure_comes_first_and_the_unreadable_last(
        self, http: FlaskClient, queue: list[int]
    ) -> None:
        assert self._shown(http) == "CD34 EFG"
        answer = _post(http, f"/review/{queue[2]}", verdict="accepted")
        assert answer.location == f"/review?at={queue[0]}&last={queue[2]}&under=90"
        assert self._shown(http, answer.location) == "AB12 CDE"
        answer = _post(http, answer.location.replace(f"?at={queue[0]}", f"/{queue[0]}?"), verdict="rejected")
        assert self._shown(http, answer.location) == "unreadable"

    def test_a_correction_is_kept_beside_what_was_read(
        self, http: FlaskClient, store: Store, queue: list[int]
    ) -> None:
        answer = _post(http, f"/review/{queue[1]}", verdict="corrected", plate="gh-78", back="read")
        assert answer.location == f"/reads/{queue[1]}"
        html = http.get(answer.location).text
        assert "from unreadable to GH-78" in html
        with store.reading() as unit:
            (read,) = unit.reads.find(ReadQuery("GH78")).items
        assert (read.id, read.state, read.raw) == (queue[1], "corrected", "")

    @pytest.mark.parametrize(
        "form",
        [{}, {"verdict": "perhaps"}, {"verdict": "corrected"}, {"verdict": "corrected", "plate": "--"}],
    )
    def test_a_bad_verdict_changes_nothing(
        self, http: FlaskClient, store: Store, queue: list[int], form: Any
    ) -> None:
        assert _post(http, f"/review/{queue[0]}", **form).status_code == 422
        with store.reading() as unit:
            assert unit.reads.reviews(queue[0]) == ()

    def test_another_site_cannot_judge(self, http: FlaskClient, queue: list[int]) -> None:
        headers = {"Sec-Fetch-Site": "cross-site"}
        verdict = {"verdict": "accepted"}
        assert http.post(f"/review/{queue[0]}", data=verdict, headers=headers).status_code == 403


def test_a_read_shows_what_each_sign_may_be_and_where_it_is_listed(http: FlaskClient, store: Store) -> None:
    with store.writing() as unit:
        read = keep(unit, "AB12 CDE")
        unit.lists.put(PlateList("thieves", "watched"))
        unit.lists.add("thieves", [Entry("ab-12-cde", "Stolen")])
    html = http.get(f"/reads/{read.id}").text
    assert html.count("<tr>") == 3
    assert re.findall(r"<td><b>(.)</b> <small>90", html) == list("AB12CDE")
    assert "watched: Stolen" in html
    assert 'datetime="2026-03-29T12:00:00.123457+00:00"' in html


def test_a_read_leads_to_the_lists_that_its_plate_may_be_put_on(http: FlaskClient, store: Store) -> None:
    with store.writing() as unit:
        read, unread = keep(unit, "AB12 CDE"), keep(unit, "")
        unit.lists.put(PlateList("thieves", "watched"))
        unit.lists.put(PlateList("staff", "known", "Our own"))
        unit.lists.add("thieves", [Entry("ab-12-cde", "Stolen")])
    (way,) = re.findall(r'<a href="([^"]*put=[^"]*)">(.*?)</a>', http.get(f"/reads/{read.id}").text)
    assert way == ("/lists/staff?put=AB12+CDE", "Our own")
    assert '<input class="typed" name="plate" value="AB12 CDE"' in http.get(way[0]).text
    assert '<input class="typed" name="plate" value=""' in http.get("/lists/staff").text
    assert "put=" not in http.get(f"/reads/{unread.id}").text


def test_a_plate_is_erased_only_when_it_is_typed_again(http: FlaskClient, store: Store) -> None:
    with store.writing() as unit:
        keep(unit, "AB12 CDE")
    assert "<b>1</b> read<" in http.get("/plates/ab12cde").text
    assert _post(http, "/plates/AB12CDE/erase", again="AB12 CDF").status_code == 422
    answer = _post(http, "/plates/AB12CDE/erase", again="ab12-cde")
    assert answer.status_code == 303
    assert "Erased:" in http.get(answer.location).text
    assert "AB12" not in http.get("/search").text
    with store.reading() as unit:
        assert unit.reads.get(1) is None
    assert not store.about("AB12CDE").audit


def test_a_refusal_gives_back_what_was_typed_but_no_secret(http: FlaskClient) -> None:
    form = {"name": "ann", "role": "king", "password": "seven tin kettles"}
    headers = {**BROWSER, "Referer": "http://localhost/settings"}
    answer = http.post("/settings/people", data=form, headers=headers)
    (typed,) = re.findall(r'data-typed="([^"]*)"', answer.text)
    told = json.loads(unescape(typed))
    assert told["action"] == "/settings/people"
    assert told["fields"] == [["name", "ann"], ["role", "king"]]
    assert told["message"].startswith("A role is one of")
    assert "kettles" not in answer.text


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        ("/lists", {"name": "a/b", "kind": "known"}, ">name: a name has no / and no line breaks<"),
        ("/parking/main/enter", {"plate": "!!", "reason": "x"}, ">plate: a plate has letters or digits<"),
    ],
)
def test_a_refusal_says_what_is_wanted(http: FlaskClient, path: str, form: dict[str, str], told: str) -> None:
    answer = _post(http, path, **form)
    assert answer.status_code == 422
    assert told in answer.text


class TestLists:
    def test_a_list_is_made_filled_and_emptied(self, http: FlaskClient) -> None:
        answer = _post(http, "/lists", name="residents", kind="allowed", label="East wing")
        assert answer.location == "/lists/residents"
        entry = {"plate": "ab-12", "label": "Ann", "valid_until": "2020-01-01T00:00"}
        _post(http, "/lists/residents/entries", **entry)
        html = http.get("/lists/residents").text
        assert all(text in html for text in ("ab-12", "Ann", "no more", "2020-01-01 00:00:00", "East wing"))
        assert "begins so" in http.get("/lists/residents?plate=X").text
        _post(http, "/lists/residents/entries/remove", plate="AB12")
        assert "No plate is on this list yet" in http.get("/lists/residents").text
        _post(http, "/lists/residents/remove")
        assert "There is no list yet" in http.get("/lists").text

    def test_a_csv_file_is_brought_in(self, http: FlaskClient) -> None:
        _post(http, "/lists", name="staff", kind="known")
        file = (BytesIO(b"plate,label\nAB12,Ann\ncd 34,Bob\n"), "staff.csv")
        http.post("/lists/staff/import", data={"file": file}, headers=BROWSER)
        assert "2 plates added, 0 replaced." in http.get("/lists/staff").text
        assert "cd 34,Bob" in http.get("/v1/lists/staff/entries.csv").text

    @pytest.mark.parametrize(
        ("data", "told"), [(b"\xff\xfe", "UTF-8"), (b"a,b\n1,2", "plate"), (b"plate\n-", "2")]
    )
    def test_a_file_that_is_no_list_is_refused(self, http: FlaskClient, data: bytes, told: str) -> None:
        _post(http, "/lists", name="staff", kind="known")
        file = {"file": (BytesIO(data), "staff.csv")}
        answer = http.post("/lists/staff/import", data=file, headers=BROWSER)
        assert answer.status_code == 422
        assert told in answer.text

    def test_a_new_list_never_replaces_one(self, http: FlaskClient, store: Store) -> None:
        _post(http, "/lists", name="banned", kind="denied", label="Banned", new="1")
        answer = _post(http, "/lists", name="banned", kind="known", label="", new="1")
        assert answer.status_code == 409
        assert "there is a list &#39;banned&#39; already" in answer.text
        with store.reading() as unit:
            assert unit.lists.lists() == (PlateList("banned", "denied", "Banned"),)
        assert http.get("/lists").text.count('name="new"') == 1
        assert 'name="new"' not in http.get("/lists/banned").text

    def test_an_entry_that_would_never_hold_is_refused(self, http: FlaskClient) -> None:
        _post(http, "/lists", name="staff", kind="known")
        times = {"valid_from": "2027-01-02T00:00", "valid_until": "2026-01-01T00:00"}
        answer = _post(http, "/lists/staff/entries", plate="AB12", **times)
        assert answer.status_code == 422
        assert ">valid_until is not after valid_from" in answer.text

    def test_what_is_missing_is_said(self, http: FlaskClient) -> None:
        assert _post(http, "/lists", kind="known").status_code == 422
        assert _post(http, "/lists", name="x", kind="odd").status_code == 422
        assert http.get("/lists/x").status_code == 404
        assert _post(http, "/lists/x/import").status_code == 400


class TestCameras:
    def test_a_camera_keeps_the_source_that_is_never_shown(self, http: FlaskClient, store: Store) -> None:
        _post(http, "/gates", name="main", direction="in", label="Main gate")
        _post(http, "/lanes", name="left", gate="main")
        _post(http, "/cameras", name="north", source="rtsp://u:hush@c", lane="left", enabled="on")
        _post(http, "/cameras", name="north", label="Cold side", lane="left")
        html = http.get("/cameras").text
        assert "hush" not in html
        assert all(text in html for text in ("Cold side", "lane left", "Main gate", "off"))
        with store.reading() as unit:
            (camera,) = [one for one in unit.site.cameras() if one.name != "telegram"]
        assert camera == Camera("north", "Cold side", "rtsp://u:hush@c", "left", False)

    def test_a_new_camera_gate_or_lane_never_replaces_one(self, http: FlaskClient, store: Store) -> None:
        _post(http, "/gates", name="east", label="East", direction="in", driver="simulated", new="1")
        _post(http, "/cameras", name="north", label="Cold side", enabled="on", new="1")
        assert _post(http, "/gates", name="east", new="1").status_code == 409
        _post(http, "/lanes", name="left", gate="east", label="Left", new="1")
        assert _post(http, "/cameras", name="north", new="1").status_code == 409
        answer = _post(http, "/lanes", name="left", gate="main", new="1")
        assert answer.status_code == 409
        assert "there is a lane &#39;left&#39; already" in answer.text
        with store.reading() as unit:
            assert Gate("east", "East", "in", {"driver": "simulated"}) in unit.site.gates()
            assert Camera("north", "Cold side") in unit.site.cameras()
            assert Lane("left", "east", "Left") in unit.site.lanes()
        page = http.get("/cameras").text
        assert page.count('name="new"') == 3

    def test_a_lane_can_be_changed(self, http: FlaskClient, store: Store) -> None:
        _post(http, "/gates", name="east", new="1")
        _post(http, "/gates", name="west", new="1")
        _post(http, "/lanes", name="left", gate="east", label="Left", new="1")
        assert '<input type="hidden" name="name" value="left">' in http.get("/cameras").text
        _post(http, "/lanes", name="left", gate="west", label="Moved")
        with store.reading() as unit:
            assert Lane("left", "west", "Moved") in unit.site.lanes()

    def test_another_driver_takes_nothing_over_from_the_former(self, http: FlaskClient, store: Store) -> None:
        options = {"driver": "webhook", "url": "https://gate.example/a", "on": ["Left"]}
        http.put("/v1/gates/east", json={"options": options})
        assert "needs its broker" in _post(http, "/gates", name="east", driver="mqtt").text
        _post(http, "/gates", name="east", driver="mqtt", address="10.0.0.5", topic="gates/east")
        with store.reading() as unit:
            (gate,) = [one for one in unit.site.gates() if one.name == "east"]
        assert gate.options == {"driver": "mqtt", "host": "10.0.0.5", "topic": "gates/east", "on": ["Left"]}

    def test_a_gate_goes_with_its_lanes(self, http: FlaskClient, store: Store) -> None:
        _post(http, "/gates", name="main")
        _post(http, "/lanes", name="left", gate="main")
        assert _post(http, "/lanes/left/remove").status_code == 303
        assert _post(http, "/lanes/left/remove").status_code == 404
        assert _post(http, "/gates/main/remove").status_code == 303
        assert _post(http, "/cameras/north/remove").status_code == 404
        assert _post(http, "/lanes", name="left", gate="main").status_code == 422
        with store.reading() as unit:
            assert unit.site.gates() == unit.site.lanes() == ()  # the one of a new store was called main, too


class TestSettings:
    def test_retention_is_set_and_given_back(self, http: FlaskClient) -> None:
        _post(http, "/settings", keep_images="7", keep_audit="90")
        assert http.get("/v1/settings").get_json()["keep_images"] == 7
        assert 'name="keep_images" min="0" max="36500" value="7"' in http.get("/settings").text
        assert 'name="keep_audit" min="0" max="36500" value="90"' in http.get("/settings").text
        _post(http, "/settings")
        assert http.get("/v1/settings").get_json()["keep_images"] == 30
        assert _post(http, "/settings", keep_images="-1").status_code == 422

    def test_a_token_is_shown_once_and_revoked(self, http: FlaskClient) -> None:
        made = _post(http, "/settings/tokens", name="camera", role="operator", days="3", scope="reads:write")
        assert re.search(r">pw_[\w-]{43}<", made.text)
        html = http.get("/settings").text
        assert "operator reads:write" in html
        assert "pw_" not in html.replace("Bearer pw_…", "")
        (revoke,) = re.findall(r'action="(/settings/tokens/\d+/revoke)"', html)
        assert _post(http, revoke).status_code == 303
        assert _post(http, revoke).status_code == 404
        assert _post(http, "/settings/tokens", name="camera", role="king").status_code == 422

    def test_every_setting_of_the_environment_is_shown(self, http: FlaskClient) -> None:
        from dataclasses import fields

        from platewise.settings import Settings

        html = http.get("/settings").text
        assert all(f"PLATEWISE_{field.name.upper()}<" in html for field in fields(Settings))

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("postgresql+psycopg://platewise:hush@db/platewise", "platewise:…@db"),
            ("postgresql://platewise@db/platewise?password=hush&port=1", "password=…&amp;port=1"),
            ("postgresql://platewise:hush@db/platewise?port=1&sslpassword=hush", "port=1&amp;sslpassword=…"),
        ],
    )
    def test_the_password_of_a_database_is_not(
        self, tiny_reader: Any, store: Store, url: str, told: str
    ) -> None:
        reader = Reader(settings=replace(tiny_reader.settings, database=url))
        html = create_app(None, reader, store).test_client().get("/settings").text
        assert "hush" not in html
        assert told in html


class TestStatistics:
    def test_it_counts(self, http: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        from platewise import clock

        monkeypatch.setattr(clock, "now", lambda: after(3600))
        with store.writing() as unit:
            kept = [
                keep(unit, text, seconds) for text, seconds in (("AB12 CDE", 0), ("", 1), ("CD34 EFG", 2))
            ]
            unit.reads.review(Review(kept[0].id, "accepted", "ann", NOON))
        html = http.get("/statistics").text
        assert "<b>3</b> pictures" in html
        assert "12:00: 3 reads, 2 readable" in html
        assert "90 to 95 %: 2 reads" in html
        assert "of the judged were right" in html
        assert "Nothing was read" in http.get("/statistics?camera=south").text

    def test_24_hours_are_24_on_the_day_on_which_the_clock_is_turned_back(
        self, tiny_reader: Any, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from platewise import clock

        now = datetime(2026, 10, 25, 11, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda: now)
        with store.writing() as unit:
            for hours in (1, 24.5):
                unit.reads.save(replace(new_frame(), captured_at=now - timedelta(hours=hours)), [])
        reader = Reader(settings=replace(tiny_reader.settings, timezone="Europe/Zagreb"))
        assert "<b>1</b> pictures" in create_app(None, reader, store).test_client().get("/statistics").text

    @pytest.mark.parametrize("span", ["week", "month"])
    def test_longer_spans_are_drawn(self, http: FlaskClient, span: str) -> None:
        assert http.get(f"/statistics?span={span}").status_code == 200

    def test_an_unknown_span_is_refused(self, http: FlaskClient) -> None:
        assert http.get("/statistics?span=age").status_code == 422


def test_the_signs_of_chinese_plates_come_from_the_package(client: FlaskClient) -> None:
    answer = client.get("/font/signs.woff2")
    assert (answer.status_code, answer.mimetype) == (200, "font/woff2")
    assert answer.data[:4] == b"wOF2"
    with client.get("/static/page.css") as sheet:
        assert "/font/signs.woff2" in sheet.text


def test_another_password_is_confirmed(http: FlaskClient) -> None:
    ann = {"name": "ann", "password": "seven tin kettles"}
    _post(http, "/settings/people", role="manager", **ann)
    assert _post(http, "/login", **ann).status_code == 303
    answer = _post(http, "/account/password", old=ann["password"], new="eleven copper bells")
    assert "The password is changed; everywhere else" in http.get(answer.location).text
