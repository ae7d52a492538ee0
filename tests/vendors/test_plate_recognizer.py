"""Clients of Plate Recognizer's Snapshot: Home Assistant's, Frigate's, the vendor's own, and what they do."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from platewise.core.geometry import quad_of
from platewise.core.read import Read

from .conftest import Running, Seen

PATH = "/v1/plate-reader/"


def ask(site: Running, picture: bytes, token: str = "0123456789abcdef", **data: Any) -> Any:
    """Post as all these clients do: a file without a name of its own, a token that is not ours."""
    headers = {"Authorization": f"Token {token}"}
    return requests.post(
        f"{site.url}{PATH}", data=data, files={"upload": picture}, headers=headers, timeout=20
    )


def test_home_assistants_client_finds_all_that_it_reads(site: Running, plate_jpeg: bytes) -> None:
    """It takes `results` apart without looking whether a key is there, and reckons with `usage`."""
    response = ask(site, plate_jpeg, regions=["gb", "ie"]).json()
    plates = [
        {
            "plate": result["plate"],
            "confidence": result["score"],
            "region_code": result["region"]["code"],
            "vehicle_type": result["vehicle"]["type"],
            "box_y_centre": result["box"]["ymin"] + (result["box"]["ymax"] - result["box"]["ymin"]) / 2,
            "box_x_centre": result["box"]["xmin"] + (result["box"]["xmax"] - result["box"]["xmin"]) / 2,
            "candidates": [candidate["plate"] for candidate in result["candidates"]],
        }
        for result in response["results"]
    ]
    (plate,) = plates
    assert (plate["plate"], plate["region_code"], plate["vehicle_type"]) == ("ab12cde", "gb", "Unknown")
    assert (plate["box_x_centre"], plate["box_y_centre"]) == pytest.approx((320, 325), abs=3)
    assert plate["candidates"][0] == "ab12cde"
    assert 0.9 < plate["confidence"] <= 1
    assert response["usage"]["max_calls"] - response["usage"]["calls"] > 0
    assert response["usage"]["calls"] == 1


@pytest.mark.wall("D7")
@pytest.mark.parametrize("as_file", [False, True], ids=["base64 in a field", "a file"])
def test_another_picture_under_the_same_key_is_refused(
    site: Running, plate_jpeg: bytes, two_plates_jpeg: bytes, as_file: bool
) -> None:
    """Its sender would take the plate of the first for that of the second, which was not kept."""

    def send(picture: bytes) -> Any:
        sent = base64.b64encode(picture).decode()
        way: Any = {"files": {"upload": picture}} if as_file else {"data": {"upload": sent, "regions": "gb"}}
        return requests.post(f"{site.url}{PATH}", headers={"Idempotency-Key": "k"}, timeout=20, **way)

    first, again, other = send(plate_jpeg), send(plate_jpeg), send(two_plates_jpeg)
    assert (first.status_code, first.content) == (201, again.content)
    assert other.status_code == 409
    assert site.plates() == ["AB12CDE"]


def test_frigates_client_takes_the_answer_and_matches_watched_plates(
    site: Running, plate_jpeg: bytes
) -> None:
    response = ask(site, plate_jpeg, regions=["gb"])
    assert response.status_code in (200, 201)
    top = response.json().get("results")[0]
    watched = {"ab12cde"}
    assert top.get("plate").lower() in watched
    assert [one["score"] for one in top.get("candidates")] == sorted(
        (one["score"] for one in top["candidates"]), reverse=True
    )


def test_a_limit_that_is_reached_is_429_and_says_how_long_to_wait(
    run: Callable[..., Running], plate_jpeg: bytes
) -> None:
    """The client doubles its pause and tries again on 429, and gives up on anything else."""
    site = run(reads_per_minute=2)
    token = site.token("viewer", "vendor:platerecognizer")
    assert [ask(site, plate_jpeg, token).status_code for _ in range(3)] == [201, 201, 429]
    refused = ask(site, plate_jpeg, token)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["status_code"] == 429
    assert "detail" in refused.json()


@pytest.mark.parametrize("status", [200, 201])
def test_the_status_is_the_clouds_or_the_sdks(
    run: Callable[..., Running], plate_jpeg: bytes, status: int
) -> None:
    assert ask(run(platerecognizer_status=status), plate_jpeg).status_code == status


def test_every_key_of_a_snapshot_is_there(site: Running, plate_jpeg: bytes) -> None:
    told = ask(site, plate_jpeg, camera_id="gate/7", timestamp="2025-10-12T16:17:27.574008").json()
    assert list(told) == [
        "processing_time", "results", "filename", "version", "camera_id", "timestamp", "usage",
    ]  # fmt: skip
    (result,) = told["results"]
    assert list(result) == ["box", "plate", "region", "score", "dscore", "candidates", "vehicle"]
    assert result["vehicle"] == {
        "score": 0.0, "type": "Unknown", "box": {"xmin": 0, "ymin": 0, "xmax": 0, "ymax": 0},
    }  # fmt: skip
    assert (told["camera_id"], told["timestamp"]) == ("gate/7", "2025-10-12T16:17:27.574008Z")
    (read,) = site.reads()
    assert (read.normalised, read.frame.camera) == ("AB12CDE", "gate_7")
    assert read.frame.captured_at.isoformat() == "2025-10-12T16:17:27.574008+00:00"


def test_make_and_colour_are_unknown_but_there_when_asked_for(site: Running, plate_jpeg: bytes) -> None:
    (result,) = ask(site, plate_jpeg, mmc="true", direction="true").json()["results"]
    assert result["model_make"][0]["make"] == result["color"][0]["color"] == "unknown"
    assert result["orientation"][0]["orientation"] == "Unknown"
    assert result["direction_score"] == 0
    (result,) = ask(site, plate_jpeg, mmc="false", direction="true").json()["results"]
    assert not {"model_make", "direction"} & set(result)


def test_the_picture_may_come_as_base64_in_a_form(site: Running, plate_jpeg: bytes) -> None:
    """Also one that is larger than forms usually are, in lines, or as a part of multipart."""
    large = plate_jpeg + b"\0" * 300_000
    for text in (base64.b64encode(plate_jpeg), base64.encodebytes(large), base64.b64encode(large)):
        told = requests.post(f"{site.url}{PATH}", data={"upload": text}, timeout=20)
        assert told.json()["results"][0]["plate"] == "ab12cde", told.text
        told = requests.post(f"{site.url}{PATH}", files={"upload": (None, text)}, timeout=20)
        assert told.json()["results"][0]["plate"] == "ab12cde", told.text


def test_the_picture_may_be_fetched_where_the_owner_allows_it(
    run: Callable[..., Running], plate_jpeg: bytes
) -> None:
    asked = []
    site = run(fetch=lambda url: asked.append(url) or plate_jpeg)
    data = {"upload_url": "https://example.org/car.jpg"}
    told = requests.post(f"{site.url}{PATH}", data=data, timeout=20).json()
    assert told["results"][0]["plate"] == "ab12cde"
    assert asked == [data["upload_url"]]
    refused = requests.post(f"{run().url}{PATH}", data=data, timeout=20)
    assert (refused.status_code, list(refused.json())) == (403, ["detail", "status_code"])


def test_the_address_may_lack_its_last_slash(site: Running, plate_jpeg: bytes) -> None:
    """Frigate's client has none; a redirect would lose the picture."""
    told = requests.post(
        f"{site.url}/v1/plate-reader", files={"upload": plate_jpeg}, timeout=20, allow_redirects=False
    )
    assert told.status_code == 201


class TestConfig:
    def plates(self, site: Running, picture: bytes, config: Any, **data: Any) -> list[str]:
        told = ask(site, picture, config=json.dumps(config), **data)
        assert told.status_code == 201, told.text
        return [result["plate"] for result in told.json()["results"]]

    def test_thresholds(self, site: Running, two_plates_jpeg: bytes) -> None:
        everything = self.plates(site, two_plates_jpeg, {})
        assert sorted(everything) == ["ab1234cd", "cd567ef"]
        assert self.plates(site, two_plates_jpeg, {"threshold_o": 0.85}) == ["ab1234cd"]
        assert self.plates(site, two_plates_jpeg, {"threshold_d": 0.95}) == []
        assert site.plates() == [plate.upper() for plate in [*everything, "ab1234cd"]], "kept is what is told"

    def test_region_strict(self, site: Running, plate_jpeg: bytes) -> None:
        assert self.plates(site, plate_jpeg, {"region": "strict"}, regions="gb,us-ca") == ["ab12cde"]
        assert self.plates(site, plate_jpeg, {"region": "strict"}, regions=["fr"]) == []
        refused = ask(site, plate_jpeg, config='{"region":"strict"}', regions="atlantis")
        assert refused.status_code == 400

    def test_text_formats_choose_among_the_candidates(self, site: Running, two_plates_jpeg: bytes) -> None:
        told = ask(site, two_plates_jpeg, regions="gb").json()
        result = next(one for one in told["results"] if one["plate"] == "cd567ef")
        other = result["candidates"][1]["plate"]
        pattern = "".join("[0-9]" if sign.isdigit() else "[a-z]" for sign in other[:-1]) + other[-1]
        plates = self.plates(site, two_plates_jpeg, {"text_formats": [f"^{pattern}$"]}, regions="gb")
        assert other in plates
        assert site.plates()[-2:].count(other.upper()) == 1

    def test_a_format_that_would_take_for_ever_takes_no_time(self, site: Running, plate_jpeg: bytes) -> None:
        formats = ["(a?){50}a{50}", "(.*.*.*.*)*x", "((((a+)+)+)+)+b"]
        assert self.plates(site, plate_jpeg, {"text_formats": formats}) == ["ab12cde"]

    @pytest.mark.parametrize(
        "config",
        ["{", "[]", '{"threshold_o":2}', '{"text_formats":["("]}', '{"text_formats":"a"}', '{"region":"x"}',
         "[" * 100_000, json.dumps({"text_formats": ["a"] * 21}), json.dumps({"text_formats": ["a" * 201]}),
         json.dumps({"text_formats": ["(((a{100}){100}){100})"]})],
    )  # fmt: skip
    def test_what_is_no_config_is_400(self, site: Running, plate_jpeg: bytes, config: str) -> None:
        assert ask(site, plate_jpeg, config=config).status_code == 400
        assert site.reads() == []

    def test_keys_that_are_not_known_change_nothing(self, site: Running, plate_jpeg: bytes) -> None:
        config = {"detection_rule": "strict", "zoom_in_vehicles": 4, "plates_per_vehicle": 1, "mode": "fast"}
        assert self.plates(site, plate_jpeg, config) == ["ab12cde"]

    def test_redaction_tells_the_unreadable_too(
        self, run: Callable[..., Running], no_plate_jpeg: bytes
    ) -> None:
        site = run(pipeline=Seen(Read(None, 0.0, quad_of((9.6, 20, 100, 30)), 0.9)))
        assert self.plates(site, no_plate_jpeg, {}) == []
        told = ask(site, no_plate_jpeg, config='{"mode":"redaction"}').json()
        (result,) = told["results"]
        assert (result["plate"], result["candidates"]) == ("", [])
        assert result["box"] == {"xmin": 10, "ymin": 20, "xmax": 110, "ymax": 50}

    def test_vehicles_first(self, site: Running, plate_jpeg: bytes) -> None:
        """The vendor's own client turns this shape round: `plate`, `vehicle`, and the `props` of both."""
        told = ask(site, plate_jpeg, mmc="true", config='{"detection_mode":"vehicle"}').json()
        (result,) = told["results"]
        plate, vehicle = result["plate"], result["vehicle"]
        assert plate["props"]["plate"][0]["value"] == "ab12cde"
        assert plate["props"]["region"][0]["value"] == "gb"
        assert plate["box"]["xmin"] > 0
        assert [vehicle["props"][name][0]["score"] for name in ("make_model", "color", "orientation")] == [
            0
        ] * 3


def test_info_and_statistics(site: Running, plate_jpeg: bytes) -> None:
    for _ in range(3):
        ask(site, plate_jpeg)
    info = requests.get(f"{site.url}/info/", timeout=20).json()
    assert set(info) == {"version", "license_key", "webhooks"}
    told = requests.get(f"{site.url}/v1/statistics/", timeout=20).json()
    assert (told["usage"]["calls"], told["total_calls"]) == (3, 3)
    assert {"month", "year", "resets_on"} <= set(told["usage"])
    ours = requests.get(f"{site.url}/v1/statistics", timeout=20).json()
    assert ours["frames"] == 3, "Platewise's own statistics have the address without the slash"


@pytest.mark.parametrize(
    ("files", "data", "status"),
    [
        ({}, {}, 400),
        ({"upload": b"no picture"}, {}, 400),
        ({}, {"upload": "no base64!"}, 400),
        ({}, {"upload_url": "file:///etc/passwd"}, 403),
        ({"upload": b"x" * (11 * 2**20)}, {}, 413),
    ],
)
def test_what_cannot_be_read_is_told_as_plate_recognizer_tells_it(
    site: Running, files: Any, data: Any, status: int
) -> None:
    told = requests.post(f"{site.url}{PATH}", files=files, data=data, timeout=20)
    assert (told.status_code, set(told.json())) == (status, {"detail", "status_code"})


def test_a_bad_time_is_400(site: Running, plate_jpeg: bytes) -> None:
    assert ask(site, plate_jpeg, timestamp="yesterday").status_code == 400


def test_what_it_reads_drives_the_car_park(site: Running, plate_jpeg: bytes) -> None:
    site.park("north")
    ask(site, plate_jpeg, camera_id="north")
    assert site.events() == ["Entered"]
    assert requests.get(f"{site.url}/v1/lots/main", timeout=20).json()["inside"] == 1


class TestTokens:
    def test_the_token_is_taken_where_the_client_puts_it(self, site: Running, plate_jpeg: bytes) -> None:
        token = site.token("viewer", "vendor:platerecognizer")
        assert ask(site, plate_jpeg, token).status_code == 201
        refused = ask(site, plate_jpeg, "0123456789abcdef")
        assert (refused.status_code, list(refused.json())) == (401, ["detail", "status_code"])

    def test_it_reaches_this_family_alone(self, site: Running, plate_jpeg: bytes) -> None:
        token = site.token("viewer", "vendor:platerecognizer")
        headers = {"Authorization": f"Bearer {token}"}
        for path in ("/v1/vision/alpr", "/v3/recognize", "/v1/recognise"):
            assert requests.post(f"{site.url}{path}", headers=headers, timeout=20).status_code == 403
        other = site.token("viewer", "vendor:openalpr")
        assert ask(site, plate_jpeg, other).status_code == 403

    def test_this_way_to_carry_a_token_opens_no_other_route(self, site: Running) -> None:
        token = site.token("manager")
        headers = {"Authorization": f"Token {token}"}
        assert requests.get(f"{site.url}/v1/reads", headers=headers, timeout=20).status_code == 401
        assert requests.get(f"{site.url}/v1/reads?token={token}", timeout=20).status_code == 401
        assert requests.get(f"{site.url}/v1/reads?secret_key={token}", timeout=20).status_code == 401

    def test_an_open_family_takes_the_vendors_own_key(
        self, run: Callable[..., Running], plate_jpeg: bytes
    ) -> None:
        site = run(open_vendors=("platerecognizer",))
        mine = site.token("viewer")
        assert ask(site, plate_jpeg).status_code == 201
        assert requests.post(f"{site.url}/v1/vision/alpr", timeout=20).status_code == 401
        assert ask(site, plate_jpeg, mine[:-4] + "xxxx").status_code == 401, "a bad token of ours is refused"

    def test_a_family_that_is_off_is_not_there(self, run: Callable[..., Running], plate_jpeg: bytes) -> None:
        site = run(vendors=("codeproject",))
        assert ask(site, plate_jpeg).status_code == 404
        assert requests.get(f"{site.url}/info/", timeout=20).status_code == 404
        told = requests.post(f"{site.url}/v1/vision/alpr", files={"upload": plate_jpeg}, timeout=20)
        assert told.status_code == 200
