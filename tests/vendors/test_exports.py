"""Sightings in the forms of standards, read as their consumers read them."""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from .conftest import Running

TT, WSNT = "{http://www.onvif.org/ver10/schema}", "{http://docs.oasis-open.org/wsn/b-2}"


@pytest.fixture
def seen(site: Running, plate_jpeg: bytes, no_plate_jpeg: bytes) -> Running:
    """Return a server with two sightings of a plate, the first one at a gate, and an erased picture."""
    site.park("gate")
    for camera, second in (("gate", 1), ("yard", 2)):
        url = f"{site.url}/v1/recognise?camera={camera}&captured_at=2025-11-20T05:00:0{second}Z"
        requests.post(url, files={"image": plate_jpeg}, timeout=20)
    return site


def export(site: Running, standard: str, query: str = "") -> requests.Response:
    return requests.get(f"{site.url}/v1/exports/sightings/{standard}{query}", timeout=20)


def test_onvif_is_what_an_onvif_consumer_takes(seen: Running) -> None:
    response = export(seen, "onvif")
    assert response.headers["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(response.content)
    assert root.tag == f"{WSNT}Notify"
    messages = root.findall(f"{WSNT}NotificationMessage")
    assert len(messages) == 2
    newest = messages[0]
    topic = newest.find(f"{WSNT}Topic")
    assert topic is not None
    assert topic.text == "tns1:RuleEngine/Recognition/LicensePlate"
    told = newest.find(f"{WSNT}Message/{TT}Message")
    assert told is not None
    assert told.get("UtcTime") == "2025-11-20T05:00:02Z"
    number = told.find(f".//{TT}LicensePlateInfo/{TT}PlateNumber")
    assert number is not None
    assert (number.text, float(number.get("Likelihood", 0)) > 0.9) == ("AB12CDE", True)
    assert told.findtext(f".//{TT}CountryCode") == "GB"
    items = {one.get("Name"): one.get("Value") for one in told.iter(f"{TT}SimpleItem")}
    assert (items["VideoSource"], set(items)) == (
        "yard",
        {"VideoSource", "ObjectId", "Likelihood", "ImageURI"},
    )
    assert requests.get(items["ImageURI"], timeout=20).headers["Content-Type"] == "image/jpeg"


def test_what_is_exported_as_onvif_is_taken_as_onvif(seen: Running, site: Running) -> None:
    from platewise.dialects.onvif import claims_of

    claims = claims_of(export(seen, "onvif").content)
    assert [(one.plate, one.camera, one.country) for one in claims] == [
        ("AB12CDE", "yard", "GB"), ("AB12CDE", "gate", "GB"),
    ]  # fmt: skip


def test_ngsi_entities(seen: Running) -> None:
    response = export(seen, "ngsi")
    assert response.headers["Content-Type"] == "application/ld+json"
    newest, oldest = response.json()
    assert newest["type"] == "AnprFlowObserved"
    assert newest["id"].startswith("urn:ngsi-ld:AnprFlowObserved:")
    assert newest["id"] != oldest["id"]
    assert newest["vehiclePlateNotRead"] is False
    assert newest["observedVehicle"]["licensePlate"]["identifier"] == "AB12CDE"
    assert newest["observedVehicle"]["country"] == {"code": "GB"}
    assert (newest["observedBy"], oldest["laneId"]) == ("yard", "north-1")
    assert oldest["observedVehicle"]["direction"] == "towards"
    assert {one["imageType"] for one in newest["refImages"]} == {"overview", "plate"}
    assert datetime.fromisoformat(newest["dateObserved"]) <= datetime.fromisoformat(newest["dateReceived"])
    assert newest["@context"]


def test_apds_observations(seen: Running) -> None:
    newest, oldest = export(seen, "apds").json()
    assert newest["observedCredentialType"] == "licensePlate"
    assert newest["observedCredentialId"] == "AB12CDE"
    assert newest["observedCredentialCountry"] == "GB"
    assert 0.9 < newest["observedCredentialConfidence"] <= 1
    assert len(newest["observedCredentialCharacterConfidence"]) == 7
    assert (oldest["towardsObserver"], oldest["hierarchyElement"]) == (True, "north")
    assert "towardsObserver" not in newest


def test_a_country_that_is_not_known_is_xx(site: Running) -> None:
    body = {"plate_number": "ZZZ1", "timestamp": "2025-11-20T05:00:00Z"}
    requests.post(f"{site.url}/api/plate-reads", json=body, timeout=20)
    (told,) = export(site, "apds").json()
    assert (told["observedCredentialCountry"], told["observedCredentialId"]) == ("XX", "ZZZ1")
    assert "CountryCode" not in export(site, "onvif").text


@pytest.mark.parametrize("standard", ["onvif", "ngsi", "apds"])
def test_a_search_and_nothing_found(seen: Running, standard: str) -> None:
    def found(query: str) -> int:
        response = export(seen, standard, query)
        assert response.status_code == 200
        if standard == "onvif":
            return len(ElementTree.fromstring(response.content))
        listed: list[Any] = response.json()
        return len(listed)

    assert found("?camera=gate&plate=ab-12-cde&since=2025-11-20T05:00:00Z") == 1
    assert found("?gate=north") == 1
    assert found("?plate=XX1") == 0
    for query in ("?plate=-", "?colour=red"):
        assert export(seen, standard, query).status_code == 422
    assert export(seen, standard, "?since=never").status_code == 400


def test_a_standard_that_there_is_not(site: Running) -> None:
    assert export(site, "datex").status_code == 422


def test_an_unread_plate(site: Running, plate_jpeg: bytes) -> None:
    from .test_ingest import HIKVISION, hikvision

    hikvision(site, HIKVISION.format(plate="unknown", count=1))
    (told,) = export(site, "ngsi").json()
    assert told["vehiclePlateNotRead"] is True
    assert "licensePlate" not in told["observedVehicle"]
