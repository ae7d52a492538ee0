"""/v1/lists and their entries, /v1/cameras, /v1/settings."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from platewise.store.protocol import Store
from platewise.store.site import Camera

LIST = "/v1/lists/staff"


@pytest.fixture
def staff(http: FlaskClient) -> FlaskClient:
    assert http.put(LIST, json={"kind": "known", "label": "Staff"}).status_code == 200
    return http


def _plates(http: FlaskClient, query: str = "") -> list[str]:
    return [one["plate"] for one in http.get(f"{LIST}/entries{query}").get_json()["items"]]


def test_a_list_is_made_changed_and_removed(staff: FlaskClient) -> None:
    assert staff.get("/v1/lists").get_json() == {
        "items": [{"name": "staff", "kind": "known", "label": "Staff"}]
    }
    staff.put(LIST, json={"kind": "denied"})
    assert staff.get("/v1/lists").get_json()["items"][0]["kind"] == "denied"
    assert staff.delete(LIST).get_json() == {"removed": 1}
    assert staff.delete(LIST).status_code == 404


@pytest.mark.parametrize("name", [".", ".."])
@pytest.mark.parametrize("path", ["/lists", "/cameras", "/gates", "/parking"])
def test_a_name_that_no_address_leads_to_is_refused(http: FlaskClient, path: str, name: str) -> None:
    form = {"name": name, "kind": "known", "direction": "both", "capacity": "3"}
    done = http.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert (done.status_code, "more than dots" in done.text) == (422, True)


def test_entries_ignore_case_and_separators(staff: FlaskClient) -> None:
    entry = {"plate": "ab-12 cde", "label": "Ann", "valid_until": "2027-01-01T00:00:00+01:00"}
    assert staff.post(f"{LIST}/entries", json={"entries": [entry]}).get_json() == {"added": 1, "replaced": 0}
    again = {"entries": [{"plate": "AB12CDE"}]}
    assert staff.post(f"{LIST}/entries", json=again).get_json() == {"added": 0, "replaced": 1}
    staff.post(f"{LIST}/entries", json={"entries": [entry]})
    (kept,) = staff.get(f"{LIST}/entries").get_json()["items"]
    assert (kept["normalised"], kept["valid_until"]) == ("AB12CDE", "2026-12-31T23:00:00Z")
    assert staff.delete(f"{LIST}/entries/Ab12-cDe").get_json() == {"removed": 1}
    assert staff.delete(f"{LIST}/entries/AB12CDE").status_code == 404


def test_entries_in_pages(staff: FlaskClient) -> None:
    staff.post(f"{LIST}/entries", json={"entries": [{"plate": f"P{n:03}"} for n in range(7)]})
    first = staff.get(f"{LIST}/entries?limit=5").get_json()
    rest = staff.get(f"{LIST}/entries?limit=5&cursor={first['next']}").get_json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (5, 2, None)
    assert _plates(staff, "?plate=p00") == [f"P00{n}" for n in range(7)]


def test_csv_goes_out_and_comes_back(staff: FlaskClient) -> None:
    entries = [
        {"plate": "AB 12", "label": '=HYPERLINK("http://x")', "note": "a, b\nc"},
        {"plate": "CD34", "label": "'quoted'", "valid_from": "2026-01-01T00:00:00Z"},
        {"plate": "京A12345", "label": "+1"},
    ]
    staff.post(f"{LIST}/entries", json={"entries": entries})
    before = staff.get(f"{LIST}/entries").get_json()["items"]
    out = staff.get(f"{LIST}/entries.csv")
    assert out.content_type == "text/csv; charset=utf-8"
    assert not [
        cell for line in out.text.splitlines() for cell in line.split(",") if cell[:1] in "=+-@" and cell
    ]
    staff.delete(LIST)
    staff.put(LIST, json={"kind": "known"})
    back = staff.post(f"{LIST}/entries.csv", data=out.data, content_type="text/csv")
    assert back.get_json() == {"added": 3, "replaced": 0}
    assert staff.get(f"{LIST}/entries").get_json()["items"] == before


@pytest.mark.parametrize("parted", [",", ";", "\t"])
def test_csv_of_a_spreadsheet(staff: FlaskClient, parted: str) -> None:
    lines = "\ufeffPlate |Colour|label", "ab-12|red|Ann", 'CD34|blue|"Ben, Eve; and others"', ""
    text = "\r\n".join(lines).replace("|", parted)
    assert staff.post(f"{LIST}/entries.csv", data=text.encode()).get_json() == {"added": 2, "replaced": 0}
    assert _plates(staff) == ["ab-12", "CD34"]
    found = staff.get(f"{LIST}/entries").get_json()["items"]
    assert [one["label"] for one in found] == ["Ann", "Ben, Eve; and others"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "plate"),
        (b"number\nAB12\n", "plate"),
        (b"plate\n--\n", "Line 2, plate"),
        (b"plate,valid_from\nAB12,soon\n", "Line 2, valid_from"),
        (b"plate\n\xff\xfe\n", "UTF-8"),
        (b"plate\n" + b"A" * 200_000 + b"\n", "CSV"),
        (b"plate\nA\x00B\n", "Line 2"),
    ],
)
def test_a_bad_csv_is_refused_whole(staff: FlaskClient, text: bytes, told: str) -> None:
    response = staff.post(f"{LIST}/entries.csv", data=text)
    assert response.status_code == 422
    assert told in response.get_json()["error"]["message"]
    assert _plates(staff) == []


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("PUT", LIST, {"kind": "nice"}),
        ("PUT", LIST, {}),
        ("PUT", LIST, None),
        ("PUT", "/v1/lists/" + "a" * 101, {"kind": "known"}),
        ("PUT", "/v1/lists/a%00b", {"kind": "known"}),
        ("POST", f"{LIST}/entries", {"entries": []}),
        ("POST", f"{LIST}/entries", {"entries": [{"plate": "-"}]}),
        ("POST", f"{LIST}/entries", {"entries": [{"plate": "AB12", "label": "\ud800"}]}),
        ("POST", f"{LIST}/entries", {"entries": [{"plate": "A\ud800"}]}),
        ("PUT", "/v1/cameras/north", {"lane": "nowhere"}),
        ("PUT", "/v1/cameras/north", {"source": "\x00"}),
        ("PUT", "/v1/cameras/north", {"source": "file:///etc/passwd"}),
        ("PUT", "/v1/cameras/north", {"source": "rtsp:camera"}),
        ("PUT", "/v1/cameras/north", {"source": "192.168.1.20:554/stream1"}),
        ("PUT", "/v1/cameras/north", {"source": "pictures/north"}),
        ("PUT", "/v1/cameras/north", {"enabled": "perhaps"}),
        ("PUT", "/v1/settings", {"keep_images": -1}),
        ("PUT", "/v1/settings", {"keep_image": 1}),
    ],
)
def test_a_bad_body_is_refused(staff: FlaskClient, method: str, url: str, body: Any) -> None:
    response = staff.open(url, method=method, json=body)
    assert (response.status_code, response.get_json()["error"]["code"]) == (422, "bad_parameter")


@pytest.mark.parametrize("url", ["/v1/lists/none/entries", "/v1/lists/none/entries.csv", "/v1/cameras/none"])
def test_what_is_not_there_is_404(http: FlaskClient, url: str) -> None:
    assert http.get(url).status_code == 404


@pytest.mark.wall("D7")
def test_a_write_with_a_key_happens_once(staff: FlaskClient) -> None:
    headers, body = {"Idempotency-Key": "k1"}, {"entries": [{"plate": "AB12"}]}
    first, second = (staff.post(f"{LIST}/entries", json=body, headers=headers) for _ in range(2))
    assert first.get_json() == {"added": 1, "replaced": 0}
    assert second.data == first.data
    other = staff.post(f"{LIST}/entries", json={"entries": [{"plate": "CD34"}]}, headers=headers)
    assert other.status_code == 409
    elsewhere = staff.put("/v1/lists/other", json={"kind": "known"}, headers=headers)
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    "source",
    ["RTSP://u:p@[::1]:554/x", "https://cam/v.mjpg", "webcam:0", "/srv/cameras/north", "C:\\cameras"],
)
def test_what_a_camera_may_see_through(http: FlaskClient, source: str) -> None:
    assert http.put("/v1/cameras/north", json={"source": source}).get_json()["has_source"] is True


def test_a_camera_keeps_its_options_as_long_as_its_source(http: FlaskClient, store: Store) -> None:
    with store.writing() as unit:
        unit.site.put(Camera("north", source="rtsp://cam/x", options={"timeout": 20}))
    for body, kept in (({"label": "North"}, {"timeout": 20}), ({"source": "http://cam/x"}, {})):
        http.put("/v1/cameras/north", json=body)
        with store.reading() as unit:
            assert {one.name: one.options for one in unit.site.cameras()}["north"] == kept


def test_a_source_that_is_refused_is_told_with_those_there_are(http: FlaskClient) -> None:
    told = http.put("/v1/cameras/north", json={"source": "me:hush@cam/x"}).get_json()["error"]["message"]
    assert "hush" not in told
    assert all(kind in told for kind in ("rtsp://", "http://", "webcam:N", "folder"))


@pytest.mark.wall("C4")
def test_a_camera_never_shows_where_it_is(http: FlaskClient) -> None:
    url = "/v1/cameras/north"
    http.put(url, json={"label": "North", "source": "rtsp://admin:secret@10.0.0.9/"})
    http.put(url, json={"label": "North gate"})
    shown = http.get(url).get_json()
    assert shown == {
        "name": "north",
        "label": "North gate",
        "lane": None,
        "enabled": True,
        "has_source": True,
    }
    assert shown in http.get("/v1/cameras").get_json()["items"]
    http.put(url, json={"source": ""})
    assert http.get(url).get_json()["has_source"] is False
    assert http.delete(url).get_json() == {"removed": 1}
    assert http.delete(url).status_code == 404


def test_settings_fall_back_to_those_of_the_server(http: FlaskClient) -> None:
    own = {"keep_images": 30, "keep_reads": 365, "keep_audit": 365, "timezone": "UTC"}
    assert http.get("/v1/settings").get_json() == own
    assert http.put("/v1/settings", json={"keep_images": 7, "keep_reads": 0}).get_json()["keep_images"] == 7
    assert http.put("/v1/settings", json={"keep_audit": 90}).get_json() == {**own, "keep_audit": 90}
    assert http.put("/v1/settings", json={}).get_json() == own
