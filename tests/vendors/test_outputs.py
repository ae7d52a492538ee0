"""Events in the formats of other systems, from a plate that a server read to a real receiver or broker."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest
import requests
from receivers import Got, Listener, Mosquitto, Receiver, eventually, means, receiving

from platewise.errors import InputError
from platewise.outputs import messages
from platewise.outputs.mqtt import Mqtt
from platewise.outputs.webhook import Webhook
from platewise.store.records import EventRecord

from .conftest import Running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def event(site: Running, plate_jpeg: bytes) -> EventRecord:
    """Return the event of a plate that the server read."""
    url = f"{site.url}/v1/recognise?camera=gate&captured_at=2025-09-29T05:56:13.606935Z"
    requests.post(url, files={"image": plate_jpeg}, timeout=20)
    with site.store.reading() as unit:
        (event,) = unit.events.after(0)
    return event


def post(receiver: Receiver, event: EventRecord, form: str) -> list[Got]:
    webhook = Webhook("hook", {"url": receiver.url, "format": form}, means().http)
    webhook.deliver(event)
    webhook.deliver(event)
    webhook.close()
    return receiver.got


def form_of(got: Got) -> dict[str, str]:
    """Take a form apart as a web framework does."""
    head = f"Content-Type: {got.headers['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + got.body, policy=HTTP).iter_parts()
    return {part.get_param("name", header="content-disposition"): part.get_content() for part in parts}


def test_a_stream_of_plate_recognizer(receiver: Receiver, event: EventRecord) -> None:
    """What the vendor's own tester of webhooks looks at."""
    first, second = post(receiver, event, "platerecognizer")
    assert first.body == second.body
    told = json.loads(form_of(first)["json"])
    assert told["hook"] == {
        "target": receiver.url, "id": "gate", "event": "recognition", "filename": told["data"]["filename"],
    }  # fmt: skip
    data = told["data"]
    assert (data["camera_id"], data["timestamp"]) == ("gate", "2025-09-29T05:56:13.606935Z")
    assert data["timestamp_local"] == "2025-09-29 05:56:13.606935+00:00"
    (result,) = data["results"]
    assert (result["plate"], result["region"]["code"]) == ("ab12cde", "gb")
    assert result["box"]["xmin"] == pytest.approx(200, abs=3)
    assert result["dscore"] == 0.9
    assert result["candidates"][0]["plate"] == "ab12cde"
    assert {"source_url", "position_sec", "direction", "vehicle", "model_make", "color"} <= set(result)


def test_results_of_openalpr(receiver: Receiver, event: EventRecord) -> None:
    got, again = post(receiver, event, "openalpr")
    assert got.headers["content-type"] == "application/json"
    assert (got.json["data_type"], got.json["version"], got.json["img_width"]) == ("alpr_results", 2, 640)
    assert uuid.UUID(got.json["uuid"]) == uuid.UUID(again.json["uuid"])
    assert got.json["epoch_time"] == 1759125373607
    (result,) = got.json["results"]
    assert (result["plate"], result["matches_template"], len(result["coordinates"])) == ("AB12CDE", 1, 4)
    assert 90 < result["confidence"] <= 100


def test_a_group_of_openalpr(receiver: Receiver, event: EventRecord) -> None:
    """What a webhook processor of Rekor's agents reads: one vehicle, its best plate."""
    told = post(receiver, event, "openalpr-group")[0].json
    assert told["data_type"] == "alpr_group"
    assert (told["best_plate_number"], told["best_region"]) == ("AB12CDE", "gb")
    assert told["best_confidence"] == told["best_plate"]["confidence"]
    assert told["uuids"] == [told["best_uuid"]]
    assert told["epoch_start"] <= told["epoch_end"]
    assert told["vehicle"]["color"] == told["vehicle"]["make_model"] == []
    assert (told["camera_label"], told["is_parked"]) == ("gate", False)


FORMS = ("platerecognizer", "openalpr", "openalpr-group")


@pytest.mark.parametrize("form", FORMS)
def test_what_tells_of_no_plate_has_no_form_there(receiver: Receiver, event: EventRecord, form: str) -> None:
    others = (
        replace(event, kind="Unread", payload={**event.payload, "plate": None}),
        replace(event, kind="Opened", payload={"gate": "north", "plate": "AB12CDE"}),
        replace(event, kind="Alert"),
    )
    for other in others:
        assert post(receiver, other, form) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_test_is_seen_there_too(receiver: Receiver, form: str) -> None:
    assert "test" in post(receiver, messages.test(), form)[0].body.decode().lower()


def test_a_format_that_there_is_not(receiver: Receiver) -> None:
    with pytest.raises(InputError, match="format"):
        Webhook("hook", {"url": receiver.url, "format": "csv"}, means().http)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    yield broker
    broker.kill()


def test_frigates_message(event: EventRecord, mosquitto: Mosquitto) -> None:
    """What automations and scripts read in ``frigate/tracked_object_update``."""
    topic, heard = "frigate/tracked_object_update", Listener(mosquitto)
    output = Mqtt("home", {**mosquitto.options, "format": "frigate"}, means().brokers)
    output.deliver(replace(event, kind="Unread", payload={**event.payload, "plate": None}))
    output.deliver(event)
    eventually(lambda: heard.on(topic))
    (told,) = (json.loads(content) for content in heard.on(topic))
    assert len(heard.on("platewise/main/event")) == 2, "our own topics stay"
    output.close()
    heard.close()
    assert (told["type"], told["plate"], told["camera"], told["name"]) == ("lpr", "AB12CDE", "gate", None)
    assert told["timestamp"] == pytest.approx(1759125373.606935)
    assert told["plate_box"] == pytest.approx([200, 300, 440, 350], abs=3)
    assert 0.9 < told["score"] <= 1
    assert told["id"]
