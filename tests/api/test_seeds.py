"""The seeds' routes, letter by letter: what their clients send and what they must be told."""

import base64
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

import walls
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Detection
from platewise.store.protocol import Store
from platewise.store.records import NewSighting
from platewise.vision.reader import Reader

from .conftest import Send

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "seeds.json").read_text("utf-8"))
SINCE = "2020-12-01T19:00:00"


def _toll(send: Send, data: bytes) -> tuple[int, str]:
    response = send(data, "/upload-camera-image")
    assert response.mimetype == "application/json"
    return response.status_code, response.text.strip()


def _see(store: Store, **seen: str) -> None:
    with store.writing() as unit:
        for plate, time in seen.items():
            at = datetime.fromisoformat(f"{time}+00:00")
            unit.sightings.save(NewSighting(f"{plate}{time}", at, Plate(plate), 0.9))


def test_upload_names_the_most_confident_plate(send: Send, two_plates_jpeg: bytes) -> None:
    assert _toll(send, two_plates_jpeg) == (200, GOLDEN["upload-found"])


def test_upload_without_a_plate_is_also_http_200(send: Send, no_plate_jpeg: bytes) -> None:
    assert _toll(send, no_plate_jpeg) == (200, GOLDEN["upload-not-found"])


def test_upload_takes_only_the_field_image(send: Send, plate_jpeg: bytes) -> None:
    response = send(plate_jpeg, "/upload-camera-image", "file")
    assert response.status_code == 400
    assert "'image'" in response.get_json()["error"]["message"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 5000, "<script>.jpg", "京.jpg", ".."])
@pytest.mark.wall("U6")
def test_the_file_name_does_not_matter(
    http: FlaskClient, plate_jpeg: bytes, tmp_path: Path, name: str
) -> None:
    response = http.post("/upload-camera-image", data={"image": (BytesIO(plate_jpeg), name or "x")})
    assert response.get_json()["message"] == "License plate AB12CDE found"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [f for f in files if "passwd" in f.name or "script" in f.name or len(f.name) > 100]


def test_what_was_uploaded_is_found_by_check(http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    send(plate_jpeg, "/upload-camera-image")
    (told,) = http.get(f"/check-license-plate/AB12CDE/{before:%Y-%m-%dT%H:%M:%S}").get_json()
    assert (told["detected"], told["plate"]) == (True, "AB12CDE")
    seen = datetime.fromisoformat(told["time"]).replace(tzinfo=UTC)
    assert before <= seen <= before + timedelta(minutes=1)


@pytest.mark.parametrize("case", ["check-found", "check-not-found", "check-several"])
def test_check(http: FlaskClient, store: Store, case: str) -> None:
    _see(store, AB1234AB="2020-12-01T19:10:00")
    _see(store, AB1234AB="2020-12-01T19:14:23", GH888II="2020-12-01T18:59:59")
    asked = GOLDEN[case]
    response = http.get(asked["path"])
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.get_json() == asked["answer"]
    assert list(response.get_json()[0]) == list(asked["answer"][0])


def test_check_ignores_case_and_separators_and_answers_as_asked(http: FlaskClient, store: Store) -> None:
    _see(store, AB1234AB="2020-12-01T19:14:23")
    told = http.get(f"/check-license-plate/ab-1234-ab, AB 1234 AB,ab1234ab/{SINCE}").get_json()
    assert [one["plate"] for one in told] == ["ab-1234-ab", "AB 1234 AB", "ab1234ab"]
    assert all(one["detected"] for one in told)


@pytest.mark.wall("H11")
def test_check_takes_200_plates_in_their_order(http: FlaskClient, store: Store) -> None:
    _see(store, P77="2020-12-01T19:14:23")
    plates = [f"P{n}" for n in range(200)]
    told = http.get(f"/check-license-plate/{','.join(plates)}/{SINCE}").get_json()
    assert [one["plate"] for one in told] == plates
    assert [one["plate"] for one in told if one["detected"]] == ["P77"]
    assert http.get(f"/check-license-plate/{','.join([*plates, 'Q'])}/{SINCE}").status_code == 400


@pytest.mark.wall("H11")
def test_lists_of_every_length_keep_their_order(http: FlaskClient, wall: walls.Wall) -> None:
    for count in (1, 2, 3, 7, 50, 199, 200):
        plates = [f"Q{(n * 37) % 211}" for n in range(count)]
        told = http.get(f"/check-license-plate/{','.join(plates)}/{SINCE}").get_json()
        assert [one["plate"] for one in told] == plates
    statuses = {
        http.get(f"/check-license-plate/{','.join(['Q'] * n)}/{SINCE}").status_code for n in (201, 300)
    }
    assert statuses == {400}
    wall.measured("1 to 200 plates in order, 201 and 300 refused")


@pytest.mark.parametrize("plates", ["京A12345", "O0I1", "ÄÖ", "A", "AB12,AB12", "a" * 64])
@pytest.mark.wall("H11")
def test_check_takes_any_letters(http: FlaskClient, plates: str) -> None:
    told = http.get(f"/check-license-plate/{plates}/{SINCE}").get_json()
    assert [one["plate"] for one in told] == plates.split(",")


@pytest.mark.parametrize(
    "plates", ["%00", "AB%0012", "%FF%FE", "AB%FF", "-", ",", "AB12,", "%20", "A" * 65, "%C3%28"]
)
@pytest.mark.wall("H11")
def test_check_refuses_what_is_no_plate(http: FlaskClient, plates: str) -> None:
    response = http.get(f"/check-license-plate/{plates}/{SINCE}")
    assert (response.status_code, response.get_json()["error"]["code"]) == (400, "bad_plate")


def test_detections(send: Send, two_plates_jpeg: bytes) -> None:
    answer: dict[str, Any] = send(two_plates_jpeg, "/", "file").get_json()
    drawn = Image.open(BytesIO(base64.b64decode(answer.pop("output_image"))))
    assert (drawn.format, drawn.size) == ("JPEG", (640, 480))
    assert answer == GOLDEN["detections"]


def test_a_box_lies_inside_the_picture(
    send: Send, plate_jpeg: bytes, tiny_reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = [Detection(quad_of(box), 0.9) for box in ((-33.2, -9.4, 285, 64), (500, 460, 200.3, 60))]
    detector = tiny_reader.pipeline.detector  # type: ignore[attr-defined]
    monkeypatch.setattr(detector, "detect", lambda pixels: cut, raising=False)
    told = send(plate_jpeg, "/", "file").get_json()["detections"]
    assert [one["bounding_box"] for one in told] == [[0, 0, 252, 55], [500, 460, 140, 20]]


def test_detections_without_a_plate(send: Send, no_plate_jpeg: bytes) -> None:
    answer = send(no_plate_jpeg, "/", "file").get_json()
    assert list(answer) == ["detections", "output_image"]
    assert answer["detections"] == []


def test_get_of_the_same_path_stays_the_page(http: FlaskClient) -> None:
    assert http.get("/").mimetype == "text/html"


@pytest.mark.parametrize(("url", "field"), [("/upload-camera-image", "image"), ("/", "file")])
@pytest.mark.wall("D7")
def test_an_upload_with_a_key_counts_once(
    http: FlaskClient, send: Send, plate_jpeg: bytes, url: str, field: str
) -> None:
    first, second = (send(plate_jpeg, url, field, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.data == second.data
    assert len(http.get("/v1/reads").get_json()["items"]) == 1
