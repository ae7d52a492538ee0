"""Clients of CodeProject.AI's licence plate reader: Blue Iris, Frigate's scripts, the module itself."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from conftest import draw
from platewise.core.geometry import quad_of
from platewise.core.read import Read

from .conftest import Running, Seen

PATHS = ("/v1/vision/alpr", "/v1/image/alpr")


def ask(site: Running, picture: bytes, path: str = PATHS[0], **data: Any) -> requests.Response:
    return requests.post(f"{site.url}{path}", data=data, files={"upload": picture}, timeout=20)


@pytest.mark.parametrize("path", PATHS)
def test_blue_iris_finds_what_it_draws_and_names(site: Running, plate_jpeg: bytes, path: str) -> None:
    told = ask(site, plate_jpeg, path).json()
    assert (told["success"], told["code"], told["count"]) == (True, 200, 1)
    (found,) = told["predictions"]
    assert (found["label"], found["plate"]) == ("Plate: AB12CDE", "AB12CDE")
    assert 0.9 < found["confidence"] <= 1
    box = [found[name] for name in ("x_min", "y_min", "x_max", "y_max")]
    assert box == pytest.approx([200, 300, 440, 350], abs=3)
    assert all(isinstance(value, int) for value in box)
    assert told["message"] == "Found Plate: AB12CDE"


def test_frigates_script_takes_the_first_prediction(site: Running, two_plates_jpeg: bytes) -> None:
    """It asks `predictions[0]` for `plate` and `confidence`, and the others as candidates."""
    response = ask(site, two_plates_jpeg)
    response.raise_for_status()
    predictions = response.json().get("predictions") or []
    assert predictions[0].get("plate") in ("AB1234CD", "CD567EF")
    assert all(isinstance(one.get("confidence"), float) for one in predictions)


def test_what_older_and_newer_servers_add_is_there(site: Running, plate_jpeg: bytes) -> None:
    told = ask(site, plate_jpeg).json()
    assert told["moduleId"] == "ALPR"
    assert (told["command"], told["executionProvider"], told["canUseGPU"]) == ("alpr", "CPU", False)
    assert told["processMs"] >= told["inferenceMs"] >= 0
    assert parsedate_to_datetime(told["timestampUTC"]).tzinfo is not None


def test_the_annotation_is_yolos(site: Running, plate_jpeg: bytes) -> None:
    (found,) = ask(site, plate_jpeg).json()["predictions"]
    klass, *shares = found["plate_annotation"].split()
    assert klass == "0"
    assert [float(share) for share in shares] == pytest.approx([0.5, 325 / 480, 0.375, 50 / 480], abs=0.01)


def test_no_plate_is_a_success_without_predictions(site: Running, no_plate_jpeg: bytes) -> None:
    told = ask(site, no_plate_jpeg).json()
    assert (told["success"], told["predictions"], told["message"]) == (True, [], "No plates found")


def test_min_confidence(site: Running, two_plates_jpeg: bytes) -> None:
    told = ask(site, two_plates_jpeg, min_confidence="0.85", operation="plate").json()
    assert [one["plate"] for one in told["predictions"]] == ["AB1234CD"]
    assert ask(site, two_plates_jpeg, min_confidence="much").json()["success"] is False


@pytest.mark.parametrize(
    ("files", "status"), [({}, 400), ({"upload": b"no picture"}, 415), ({"upload": b"x" * 11 * 2**20}, 413)]
)
def test_what_cannot_be_read_is_no_success(site: Running, files: Any, status: int) -> None:
    response = requests.post(f"{site.url}{PATHS[0]}", files=files, timeout=20)
    assert response.status_code == status
    assert response.json()["success"] is False
    assert response.json()["error"]


def test_deepstacks_name_of_the_field_is_understood(site: Running, plate_jpeg: bytes) -> None:
    response = requests.post(f"{site.url}{PATHS[0]}", files={"image": plate_jpeg}, timeout=20)
    assert response.json()["predictions"][0]["plate"] == "AB12CDE"


class TestCustomModel:
    """What the module asks of the custom detector: a label that says day or night, and a box."""

    def test_the_list_names_the_model(self, site: Running) -> None:
        told = requests.post(f"{site.url}/v1/vision/custom/list", timeout=20).json()
        assert (told["success"], told["models"]) == (True, ["license-plate"])

    @pytest.mark.parametrize(("colour", "label"), [("#00ff00", "DayPlate"), ("#ffffff", "NightPlate")])
    def test_a_plate_in_colour_is_seen_by_day(self, site: Running, colour: str, label: str) -> None:
        picture = draw(((200, 300, 240, 50), colour))
        told = ask(site, picture, "/v1/vision/custom/license-plate", min_confidence="0.4").json()
        (found,) = told["predictions"]
        assert (found["label"], found["x_min"] < found["x_max"]) == (label, True)

    def test_a_plate_that_cannot_be_read_is_found_too(
        self, run: Callable[..., Running], no_plate_jpeg: bytes
    ) -> None:
        site = run(pipeline=Seen(Read(None, 0.0, quad_of((10, 20, 100, 30)), 0.9)))
        told = ask(site, no_plate_jpeg, "/v1/vision/custom/license-plate").json()
        assert [one["confidence"] for one in told["predictions"]] == [0.9]
        assert ask(site, no_plate_jpeg).json()["predictions"] == []


def test_blue_iris_can_send_no_token_so_the_owner_may_open_the_family(
    run: Callable[..., Running], plate_jpeg: bytes
) -> None:
    site = run(open_vendors=("codeproject",))
    token = site.token("viewer", "vendor:codeproject")
    assert ask(site, plate_jpeg).json()["success"]
    assert requests.post(f"{site.url}/v1/recognise", timeout=20).status_code == 401
    closed = run()
    closed.token("viewer")
    assert ask(closed, plate_jpeg).status_code == 401
    assert ask(closed, plate_jpeg, f"{PATHS[0]}?token={token}").status_code == 401
    own = closed.token("viewer", "vendor:codeproject")
    assert ask(closed, plate_jpeg, f"{PATHS[0]}?token={own}").status_code == 200


def test_reads_are_kept_with_their_camera(site: Running, plate_jpeg: bytes) -> None:
    site.park("drive")
    ask(site, plate_jpeg, camera="drive")
    assert (site.plates(), site.cameras(), site.events()) == (["AB12CDE"], ["drive"], ["Entered"])
