"""What is recognised is kept, found, corrected, shown and erased."""

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from platewise import clock
from platewise.settings import Settings
from platewise.store.protocol import Store
from platewise.store.queries import SightingQuery
from platewise.train.index import read_index
from platewise.vision.reader import Reader
from platewise.web import create_app

from .conftest import Send

AT = "2025-11-20T05:30:00Z"


def _items(http: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    response = http.get(f"/v1/reads?{query}")
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.get_json()["items"]
    return items


def test_a_read_is_kept_with_its_pictures(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    answer = send(plate_jpeg, f"/v1/recognise?camera=north&captured_at={AT}").get_json()
    (kept,) = _items(http)
    assert kept["id"] == answer["reads"][0]["id"]
    assert (kept["plate"], kept["display"], kept["raw"]) == ("AB12CDE", "AB12 CDE", "AB12CDE")
    assert (kept["state"], kept["pipeline"]) == ("new", "tiny")
    assert (kept["frame"]["camera"], kept["frame"]["captured_at"]) == ("north", AT)
    frame, crop = (http.get(f"/v1/images/{key}") for key in (kept["frame"]["image"], kept["crop"]))
    assert Image.open(BytesIO(frame.data)).size == (640, 480)
    assert Image.open(BytesIO(crop.data)).size == pytest.approx((257, 55), abs=2)
    assert crop.mimetype == "image/jpeg"


@pytest.mark.wall("U5")
def test_stored_pictures_hold_no_metadata(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    file, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "a secret note"
    Image.open(BytesIO(plate_jpeg)).save(file, "JPEG", exif=exif, quality=95)
    assert b"a secret note" in file.getvalue()
    send(file.getvalue())
    (kept,) = _items(http)
    for key in (kept["frame"]["image"], kept["crop"]):
        picture = http.get(f"/v1/images/{key}").data
        assert b"secret" not in picture
        assert b"Exif" not in picture


def test_save_0_keeps_nothing(http: FlaskClient, send: Send, plate_jpeg: bytes, tmp_path: Path) -> None:
    assert send(plate_jpeg, "/v1/recognise?save=0").get_json()["reads"][0]["id"] is None
    assert _items(http) == []
    assert not [path for path in (tmp_path / "images").rglob("*") if path.is_file()]


def test_a_sighting_and_an_event_a_plate(store: Store, send: Send, two_plates_jpeg: bytes) -> None:
    send(two_plates_jpeg)
    with store.reading() as unit:
        sightings = unit.sightings.find(SightingQuery()).items
        events = unit.events.after(0)
    assert {s.normalised for s in sightings} == {"AB1234CD", "CD567EF"}
    assert [event.kind for event in events] == ["Passed", "Passed"]
    assert {event.sighting for event in events} == {s.id for s in sightings}


def test_the_same_arrival_again_changes_nothing(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    url = f"/v1/recognise?camera=north&captured_at={AT}"
    first, second = (send(plate_jpeg, url).get_json()["reads"][0]["id"] for _ in range(2))
    assert first == second
    assert len(_items(http)) == 1
    send(plate_jpeg, f"/v1/recognise?camera=south&captured_at={AT}")
    assert len(_items(http)) == 2


@pytest.mark.wall("D7")
def test_an_idempotency_key_gives_the_same_bytes_again(
    http: FlaskClient, send: Send, plate_jpeg: bytes, two_plates_jpeg: bytes
) -> None:
    headers = {"Idempotency-Key": "one"}
    first, second = (send(plate_jpeg, headers=headers) for _ in range(2))
    assert first.data == second.data
    assert len(_items(http)) == 1
    other = send(two_plates_jpeg, headers=headers)
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "conflict")
    assert send(plate_jpeg, headers={"Idempotency-Key": ""}).status_code == 400


@pytest.mark.wall("D7")
def test_a_key_is_forgotten_after_24_hours_and_the_arrival_is_not(
    http: FlaskClient, send: Send, plate_jpeg: bytes, two_plates_jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, url = {"Idempotency-Key": "one"}, f"/v1/recognise?camera=north&captured_at={AT}"
    first, now = send(plate_jpeg, url, headers=headers), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=23, minutes=59))
    assert send(plate_jpeg, url, headers=headers).data == first.data
    assert send(two_plates_jpeg, url, headers=headers).status_code == 409
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=24, seconds=1))
    again = send(plate_jpeg, url, headers=headers)
    assert again.get_json()["reads"][0]["id"] == first.get_json()["reads"][0]["id"]
    assert len(_items(http)) == 1, "the same picture of the same moment has no second effect"
    assert send(two_plates_jpeg, url, headers={"Idempotency-Key": "two"}).status_code == 200


@pytest.mark.wall("D7")
def test_eight_at_once_with_one_key_are_one(site: Flask, http: FlaskClient, plate_jpeg: bytes) -> None:
    def send(_: int) -> tuple[int, bytes]:
        response = site.test_client().post(
            "/v1/recognise", data={"image": (BytesIO(plate_jpeg), "a.jpg")}, headers={"Idempotency-Key": "k"}
        )
        return response.status_code, response.data

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(8)))
    assert len(answers) == 1
    assert answers.pop()[0] == 200
    assert len(_items(http)) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("plate=ab12-cde", 1),
        ("plate=ab12", 0),
        ("plate=ab12&match=prefix", 2),
        ("plate=A*E&match=wildcard", 1),
        ("plate=A812CDE&match=misread", 1),
        ("camera=north", 1),
        ("camera=south", 0),
        ("min_confidence=0.985", 1),
        ("max_confidence=0.5", 1),
        ("state=new", 3),
        ("state=new&state=accepted", 3),
        ("state=rejected", 0),
        (f"since={AT}&until=2025-11-20T05:30:01Z", 1),
        ("since=2025-11-20T06:30:00%2B01:00&until=2025-11-20T05:31:00Z", 1),
        ("since=2025-11-20T06:30:00+01:00&until=2025-11-20T06:31:00+01:00", 1),
        ("limit=2", 2),
    ],
)
def test_search(
    http: FlaskClient, send: Send, plate_jpeg: bytes, two_plates_jpeg: bytes, query: str, found: int
) -> None:
    send(plate_jpeg, f"/v1/recognise?camera=north&captured_at={AT}")
    send(two_plates_jpeg)
    assert len(_items(http, query)) == found


def test_pages_follow_the_cursor(http: FlaskClient, send: Send, two_plates_jpeg: bytes) -> None:
    for second in range(3):
        send(two_plates_jpeg, f"/v1/recognise?captured_at=2025-11-20T05:30:0{second}Z")
    seen, cursor = [], ""
    while True:
        page = http.get(f"/v1/reads?limit=4{cursor}").get_json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("since=yesterday", 400),
        ("since=2025-11-20T05:30:00", 400),
        ("until=9999-12-31T23:59:59-14:00", 400),
        ("since=2025-11-20T24:00:00Z", 400),
        ("limit=0", 422),
        ("limit=501", 422),
        ("match=like", 422),
        ("cursor=nonsense", 422),
        ("min_confidence=nan", 422),
        ("state=odd", 422),
        ("plate=%00", 422),
        ("x=1", 422),
    ],
)
def test_a_bad_search_is_refused(http: FlaskClient, query: str, status: int) -> None:
    assert http.get(f"/v1/reads?{query}").status_code == status


def test_a_correction_stands_beside_what_was_read(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    number = send(plate_jpeg).get_json()["reads"][0]["id"]
    body = {"verdict": "corrected", "plate": "ab13 cde", "region": "gb", "reason": "dirt"}
    answer = http.post(f"/v1/reads/{number}/review", json=body).get_json()
    assert (answer["plate"], answer["display"], answer["raw"]) == ("AB13CDE", "AB13 CDE", "AB12CDE")
    assert answer["state"] == "corrected"
    (review,) = http.get(f"/v1/reads/{number}").get_json()["reviews"]
    assert (review["before"], review["after"], review["reason"]) == ("AB12 CDE", "AB13 CDE", "dirt")
    assert [item["id"] for item in _items(http, "plate=AB13CDE")] == [number]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verdict": "good"},
        {"verdict": "corrected"},
        {"verdict": "accepted", "plate": "AB12"},
        {"verdict": "corrected", "plate": "--"},
        {"verdict": "corrected", "plate": "A" * 11},
        {"verdict": "corrected", "plate": "AB12", "region": "atlantis"},
        {"verdict": "accepted", "by": "me"},
    ],
)
def test_a_bad_review_is_refused(http: FlaskClient, send: Send, plate_jpeg: bytes, body: Any) -> None:
    number = send(plate_jpeg).get_json()["reads"][0]["id"]
    assert http.post(f"/v1/reads/{number}/review", json=body).status_code == 422
    assert http.get(f"/v1/reads/{number}").get_json()["state"] == "new"


@pytest.mark.parametrize(
    "url", ["/v1/reads/77", "/v1/reads/77/review", "/v1/images/nothing", "/v1/images/..%2f"]
)
def test_what_is_not_there_is_404(http: FlaskClient, url: str) -> None:
    answer = http.post(url, json={"verdict": "accepted"}) if url.endswith("review") else http.get(url)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_corrections_are_exported_as_training_reads_them(
    http: FlaskClient, send: Send, plate_jpeg: bytes, tmp_path: Path
) -> None:
    ids = [send(plate_jpeg).get_json()["reads"][0]["id"] for _ in range(3)]
    http.post(f"/v1/reads/{ids[0]}/review", json={"verdict": "corrected", "plate": "XY99"})
    http.post(f"/v1/reads/{ids[1]}/review", json={"verdict": "accepted"})
    http.post(f"/v1/reads/{ids[2]}/review", json={"verdict": "rejected"})
    with zipfile.ZipFile(BytesIO(http.get("/v1/exports/corrections.zip").data)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    labelled = read_index(tmp_path / "out")
    assert {item.plates[0].text for item in labelled} == {"XY99", "AB12CDE"}
    for item in labelled:
        assert Image.open(BytesIO(item.image.read_bytes())).size == item.size


@pytest.mark.wall("D10")
def test_everything_held_on_a_plate_and_its_erasure(
    http: FlaskClient, send: Send, store: Store, two_plates_jpeg: bytes
) -> None:
    send(two_plates_jpeg)
    http.put("/v1/lists/staff", json={"kind": "known"})
    http.post("/v1/lists/staff/entries", json={"entries": [{"plate": "AB 1234 CD"}]})
    held = http.get("/v1/plates/ab1234cd").get_json()
    assert {name: len(held[name]) for name in ("reads", "sightings", "events", "entries")} == dict.fromkeys(
        ("reads", "sightings", "events", "entries"), 1
    )
    assert held["images"]
    first, again = (http.delete("/v1/plates/ab-1234-cd", headers={"Idempotency-Key": "k"}) for _ in range(2))
    erased = first.get_json()
    assert again.data == first.data
    assert erased["complete"]
    assert erased["images"]
    left = http.get("/v1/plates/AB1234CD").get_json()
    assert not any(left[name] for name in left if name not in ("plate", "audit"))
    with store.reading() as unit:
        log = json.dumps([str(line) for line in unit.journal.find(_everything()).items])
    assert "ab-1234-cd" not in log.lower()
    assert [item["plate"] for item in _items(http)] == ["CD567EF"]


def _everything() -> Any:
    from platewise.store.queries import AuditQuery

    return AuditQuery(limit=500)


@pytest.mark.usefixtures("tiny_reader")
def test_reads_are_appended_to_a_csv_file(tmp_path: Path, two_plates_jpeg: bytes, plate_jpeg: bytes) -> None:
    path = tmp_path / "reads.csv"
    reader = Reader(settings=Settings(pipeline="tiny", data=tmp_path, csv=path))
    client = create_app({}, reader).test_client()
    for data in (plate_jpeg, two_plates_jpeg):
        client.post(f"/v1/recognise?captured_at={AT}&camera==cmd", data={"image": (BytesIO(data), "x.jpg")})
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "time,camera,plate,region,confidence,read"
    assert lines[1].startswith("2025-11-20T05:30:00+00:00,'=cmd,AB12CDE,gb,0.99")
    assert len(lines) == 4


@pytest.mark.usefixtures("tiny_reader")
def test_the_csv_file_gets_its_folder_and_never_the_rows_of_another(
    tmp_path: Path, plate_jpeg: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def read_into(path: Path) -> str:
        reader = Reader(settings=Settings(pipeline="tiny", data=tmp_path, csv=path))
        answer = create_app({}, reader).test_client().post("/", data={"file": (BytesIO(plate_jpeg), "x.jpg")})
        assert answer.status_code == 200
        return path.read_text("utf-8")

    assert read_into(tmp_path / "new" / "reads.csv").count("\n") == 2
    other = tmp_path / "other.csv"
    other.write_text("image,plate\n", "utf-8")
    assert read_into(other) == "image,plate\n"
    assert f"reads cannot be appended to {other}: it holds other columns" in caplog.messages


@pytest.mark.usefixtures("tiny_reader")
def test_a_debug_folder_that_cannot_be_written_fails_no_read(
    tmp_path: Path, plate_jpeg: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "debug"
    folder.write_bytes(b"a file")
    reader = Reader(settings=Settings(pipeline="tiny", data=tmp_path, debug_folder=folder))
    answer = create_app({}, reader).test_client().post("/", data={"file": (BytesIO(plate_jpeg), "x.jpg")})
    assert [one["ocr_pred"] for one in answer.get_json()["detections"]] == ["AB12CDE"]
    assert f"the stages of a read cannot be written to {folder}" in caplog.text


@pytest.mark.usefixtures("tiny_reader")
def test_debug_pictures_of_each_stage(tmp_path: Path, plate_jpeg: bytes) -> None:
    folder = tmp_path / "debug"
    reader = Reader(settings=Settings(pipeline="tiny", data=tmp_path, debug_folder=folder))
    create_app({}, reader).test_client().post("/", data={"file": (BytesIO(plate_jpeg), "x.jpg")})
    names = {path.name for path in folder.rglob("*.png")}
    assert names == {"2-detections.png", "3-crop-1.png", "4-lattice-1.png"}


def test_times_are_utc_and_rfc_3339(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    send(plate_jpeg)
    received = _items(http)[0]["frame"]["received_at"]
    assert received.endswith("Z")
    assert abs((datetime.fromisoformat(received) - datetime.now(UTC)).total_seconds()) < 60
