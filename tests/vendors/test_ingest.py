"""Plates that other systems read, as their cameras and recorders post them."""

import base64
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from conftest import draw

from .conftest import Running

HIKVISION = """<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<ipAddress>192.168.1.64</ipAddress><macAddress>44:19:b6:00:00:01</macAddress><channelID>1</channelID>
<dateTime>2025-10-09T10:01:02+02:00</dateTime><activePostCount>{count}</activePostCount>
<eventType>ANPR</eventType><eventState>active</eventState><channelName>Gate</channelName>
<UUID>0f1a3c1e</UUID>
<ANPR><country>HRV</country><licensePlate>{plate}</licensePlate><line>1</line><direction>forward</direction>
<confidenceLevel>93</confidenceLevel><plateType>unknown</plateType><plateColor>white</plateColor>
<plateCharBelieve>99,98,97,96,95,94,93,92</plateCharBelieve><vehicleType>vehicle</vehicleType>
<pictureInfoList><pictureInfo><fileName>detectionPicture.jpg</fileName><type>detectionPicture</type>
<plateRect><X>312</X><Y>625</Y><width>375</width><height>104</height></plateRect></pictureInfo></pictureInfoList>
</ANPR></EventNotificationAlert>"""
HEARTBEAT = """<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<dateTime>2025-10-09T10:01:02+02:00</dateTime><eventType>videoloss</eventType>
<eventState>inactive</eventState></EventNotificationAlert>"""
CROP = draw(((0, 0, 240, 50), "#ffffff"), size=(240, 50))
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>
<EventNotificationAlert><ANPR><licensePlate>&b;</licensePlate></ANPR></EventNotificationAlert>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<EventNotificationAlert><ANPR><licensePlate>&a;</licensePlate></ANPR></EventNotificationAlert>"""


def hikvision(site: Running, xml: str, query: str = "", **pictures: bytes) -> requests.Response:
    """Post as the camera does: a form whose parts have the names of files."""
    files = {"anpr.xml": ("anpr.xml", xml, "application/xml")}
    files |= {f"{name}.jpg": (f"{name}.jpg", data, "image/jpeg") for name, data in pictures.items()}
    return requests.post(f"{site.url}/v1/ingest/hikvision{query}", files=files, timeout=20)


class TestHikvision:
    def test_an_event_with_its_pictures(self, site: Running, plate_jpeg: bytes) -> None:
        xml = HIKVISION.format(plate="ZG1234AB", count=1)
        told = hikvision(site, xml, detectionPicture=plate_jpeg, licensePlatePicture=CROP)
        assert (told.status_code, told.json()["taken"]) == (200, 1)
        (read,) = site.reads()
        assert told.json()["reads"] == [read.id]
        assert (read.normalised, read.display, read.region) == ("ZG1234AB", "ZG 1234-AB", "hr")
        assert (read.confidence, read.pipeline, read.explain) == (0.93, "hikvision", ("as told",))
        assert [c.confidence for c in read.characters] == [0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92]
        assert (read.frame.width, read.frame.camera) == (640, "Gate")
        assert read.frame.captured_at.isoformat() == "2025-10-09T08:01:02+00:00"
        assert read.quad[0] == pytest.approx((199.68, 300), abs=0.1)
        shown = requests.get(f"{site.url}/v1/images/{read.crop}", timeout=20).content
        assert len(shown) > 100
        assert requests.get(f"{site.url}/v1/images/{read.frame.image}", timeout=20).status_code == 200

    def test_the_same_event_again_is_the_same_passing(self, site: Running) -> None:
        for count in (1, 2, 3):
            assert hikvision(site, HIKVISION.format(plate="ZG1234AB", count=count)).status_code == 200
        assert site.plates() == ["ZG1234AB"]
        assert site.events() == ["Passed"]

    def test_it_opens_the_gate(self, site: Running) -> None:
        site.park("Gate")
        hikvision(site, HIKVISION.format(plate="ZG1234AB", count=1))
        assert site.events() == ["Entered"]

    def test_the_owner_names_the_camera(self, site: Running) -> None:
        hikvision(site, HIKVISION.format(plate="ZG1234AB", count=1), "?camera=north")
        assert site.cameras() == ["north"]

    def test_the_reader_may_have_the_last_word(self, site: Running, plate_jpeg: bytes) -> None:
        xml = HIKVISION.format(plate="ZG1234AB", count=1)
        hikvision(site, xml, "?trust=reader", detectionPicture=plate_jpeg)
        assert site.plates() == ["AB12CDE"]
        assert site.reads()[0].pipeline == "tiny"

    @pytest.mark.parametrize("plate", ["unknown", "", "无车牌", "X" * 40])
    def test_no_plate_is_kept_as_unread(self, site: Running, plate: str) -> None:
        hikvision(site, HIKVISION.format(plate=plate, count=1))
        assert site.events() == ["Unread"]

    def test_the_event_alone(self, site: Running) -> None:
        """Some cameras post the XML as the body; pictures that are none take nothing from the event."""
        xml = HIKVISION.format(plate="ZG1234AB", count=1).encode()
        url = f"{site.url}/v1/ingest/hikvision"
        headers = {"Content-Type": "application/xml"}
        assert requests.post(url, data=xml, headers=headers, timeout=20).json()["taken"] == 1
        (read,) = site.reads()
        assert (read.frame.width, read.frame.image, read.crop) == (0, None, None)
        other = HIKVISION.format(plate="ZG77AB", count=1)
        assert hikvision(site, other, detectionPicture=b"no picture").json()["taken"] == 1

    def test_other_events_change_nothing(self, site: Running) -> None:
        assert hikvision(site, HEARTBEAT).json() == {"taken": 0, "reads": []}
        assert site.events() == []

    @pytest.mark.parametrize("xml", ["", "<a", "{}", BOMB, OUTSIDE, "<?xml version='1.0' encoding='x'?><a/>"])
    def test_what_is_no_xml_or_a_trap_is_refused(self, site: Running, xml: str) -> None:
        assert hikvision(site, xml).status_code in (400, 422)
        assert site.reads() == []

    def test_a_day_to_come_is_refused(self, site: Running) -> None:
        xml = HIKVISION.format(plate="ZG1234AB", count=1).replace("2025-10-09", "2036-10-09")
        answer = hikvision(site, xml)
        assert answer.status_code == 400
        assert "ahead of the server's clock" in answer.json()["error"]["message"]
        assert site.reads() == []

    def test_a_form_without_an_event(self, site: Running, plate_jpeg: bytes) -> None:
        files = {"detectionPicture.jpg": ("detectionPicture.jpg", plate_jpeg)}
        assert requests.post(f"{site.url}/v1/ingest/hikvision", files=files, timeout=20).status_code == 400


def lpv(**more: Any) -> dict[str, Any]:
    """Return an event of Axis's License Plate Verifier."""
    return {
        "plateASCII": "AB12CDE",
        "plateUTF8": "AB12CDE",
        "plateText": "AB12CDE",
        "plateCountry": "GB",
        "plateConfidence": "0.912",
        "carState": "new",
        "carID": "1431",
        "carMoveDirection": "in",
        "plateCoordinates": [200, 300, 240, 50],
        "capture_timestamp": "1759993262123",
        "sensorProviderID": "ACCC8E000001",
        **more,
    }


class TestAxis:
    def post(self, site: Running, event: Any, query: str = "") -> requests.Response:
        return requests.post(f"{site.url}/v1/ingest/axis{query}", json=event, timeout=20)

    def test_an_event_with_its_pictures(self, site: Running, plate_jpeg: bytes) -> None:
        pictures = [
            {"ImageType": "plate", "BinaryImage": base64.b64encode(CROP).decode()},
            {"ImageType": "vehicle", "BinaryImage": base64.b64encode(plate_jpeg).decode()},
        ]
        assert self.post(site, lpv(ImageArray=pictures)).json()["taken"] == 1
        (read,) = site.reads()
        assert (read.display, read.region, read.confidence) == ("AB12 CDE", "gb", 0.912)
        assert (read.frame.camera, read.frame.captured_at.microsecond) == ("ACCC8E000001", 123000)
        assert read.quad[0] == pytest.approx((200, 300))
        assert read.crop
        assert read.frame.image

    def test_one_vehicle_is_one_passing(self, site: Running) -> None:
        for state in ("new", "update", "lost"):
            assert self.post(site, lpv(carState=state)).status_code == 200
        assert site.events() == ["Passed"]

    def test_the_last_word_may_be_waited_for(self, site: Running) -> None:
        for state, plate in (("new", "AB12CDF"), ("lost", "AB12CDE")):
            self.post(site, lpv(carState=state, plateUTF8=plate), "?on=lost&camera=north")
        assert (site.plates(), site.cameras()) == (["AB12CDE"], ["north"])
        assert self.post(site, lpv(), "?on=never").status_code == 422

    @pytest.mark.parametrize("event", [[], "x", 1, None])
    def test_what_is_no_event(self, site: Running, event: Any) -> None:
        assert self.post(site, event).status_code == 400

    @pytest.mark.parametrize(
        "more",
        [
            {"plateConfidence": "nan"},
            {"plateCoordinates": [1, 2, "x", 4]},
            {"plateCoordinates": [-9e99, 0, 9e99, 1]},
            {"ImageArray": [{"BinaryImage": "???"}, 7]},
            {"ImageArray": "x"},
            {"plateCountry": "ATLANTIS"},
            {"sensorProviderID": "\ud800\u0000/../x", "plateUTF8": "ab\u000012\ud800cde"},
        ],
    )
    def test_an_odd_part_takes_nothing_from_the_event(
        self, site: Running, more: dict[str, Any], plate_jpeg: bytes
    ) -> None:
        assert self.post(site, lpv(**more)).json()["taken"] == 1
        assert site.plates() == ["AB12CDE"]

    def test_json_that_is_too_deep(self, site: Running) -> None:
        for path in ("/v1/ingest/axis", "/api/plate-reads"):
            told = requests.post(f"{site.url}{path}", data="[" * 200_000, timeout=20)
            assert told.status_code == 400

    def test_a_time_that_is_none(self, site: Running) -> None:
        event = lpv(datetime="yesterday")
        del event["capture_timestamp"]
        assert self.post(site, event).status_code == 400


NOTIFY = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"
 xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics"><s:Body>
<wsnt:Notify><wsnt:NotificationMessage>
<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
>tns1:RuleEngine/Recognition/LicensePlate</wsnt:Topic>
<wsnt:Message><tt:Message UtcTime="2025-10-09T08:01:02.345Z" PropertyOperation="Changed">
<tt:Source><tt:SimpleItem Name="VideoSource" Value="gate"/></tt:Source>
<tt:Data><tt:SimpleItem Name="ObjectId" Value="15"/>
<tt:ElementItem Name="BoundingBox"><tt:BoundingBox left="-0.375" top="-0.25" right="0.375" bottom="-0.4583"/>
</tt:ElementItem>
<tt:ElementItem Name="LicensePlateInfo"><tt:LicensePlateInfo>
<tt:PlateNumber Likelihood="0.9">AB12CDE</tt:PlateNumber>
<tt:CountryCode Likelihood="0.7">GB</tt:CountryCode></tt:LicensePlateInfo></tt:ElementItem></tt:Data>
</tt:Message></wsnt:Message></wsnt:NotificationMessage></wsnt:Notify></s:Body></s:Envelope>"""
METADATA = """<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:VideoAnalytics>
<tt:Frame UtcTime="2025-10-09T08:01:02Z"><tt:Object ObjectId="1"><tt:Appearance><tt:VehicleInfo>
<tt:Type Likelihood="0.9">Car</tt:Type></tt:VehicleInfo></tt:Appearance></tt:Object>
<tt:Object ObjectId="2"><tt:Appearance><tt:LicensePlateInfo><tt:PlateNumber>ABC-123</tt:PlateNumber>
<tt:Likelihood>0.8</tt:Likelihood><tt:CountryCode>ROU</tt:CountryCode></tt:LicensePlateInfo></tt:Appearance>
</tt:Object></tt:Frame></tt:VideoAnalytics></tt:MetadataStream>"""
ITEMS = """<tt:Message xmlns:tt="http://www.onvif.org/ver10/schema" UtcTime="2025-10-09T08:01:02Z"><tt:Data>
<tt:SimpleItem Name="PlateNumber" Value="AB12CDE"/><tt:SimpleItem Name="Likelihood" Value="88"/>
</tt:Data></tt:Message>"""


class TestOnvif:
    def post(self, site: Running, xml: str, query: str = "") -> requests.Response:
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        url = f"{site.url}/v1/ingest/onvif{query}"
        return requests.post(url, data=xml.encode(), headers=headers, timeout=20)

    def test_a_notification(self, site: Running) -> None:
        assert self.post(site, NOTIFY).json()["taken"] == 1
        (read,) = site.reads()
        assert (read.display, read.region, read.confidence) == ("AB12 CDE", "gb", 0.9)
        assert (read.frame.camera, read.frame.captured_at.isoformat()) == (
            "gate", "2025-10-09T08:01:02.345000+00:00",
        )  # fmt: skip
        self.post(site, NOTIFY)
        assert site.events() == ["Passed"]

    def test_metadata_with_several_objects(self, site: Running) -> None:
        assert self.post(site, METADATA, "?camera=north").json()["taken"] == 1
        (read,) = site.reads()
        assert (read.normalised, read.confidence, read.frame.camera) == ("ABC123", 0.8, "north")

    def test_simple_items(self, site: Running) -> None:
        assert self.post(site, ITEMS).json()["taken"] == 1
        assert (site.plates(), site.reads()[0].confidence) == (["AB12CDE"], 0.88)

    def test_an_event_without_a_plate(self, site: Running) -> None:
        assert self.post(site, NOTIFY.replace("LicensePlateInfo", "Other")).json()["taken"] == 0

    def test_what_is_too_much(self, site: Running) -> None:
        deep = "<a>" * 100_000 + "</a>" * 100_000
        assert self.post(site, deep).status_code == 422
        one = METADATA[METADATA.index('<tt:Object ObjectId="2">') : METADATA.index("</tt:Frame>")]
        assert self.post(site, METADATA.replace(one, one * 51)).status_code == 422
        assert site.reads() == []
        assert self.post(site, METADATA.replace(one, one * 50)).json()["taken"] == 50

    @pytest.mark.parametrize("xml", ["", "plate", BOMB, OUTSIDE])
    def test_what_is_no_xml_or_a_trap(self, site: Running, xml: str) -> None:
        assert self.post(site, xml).status_code == 422


def dumped(*plates: tuple[str, float]) -> dict[str, Any]:
    """Return what Blue Iris posts with its macro for JSON."""
    predictions = [
        {"plate": plate, "confidence": sure, "label": f"Plate: {plate}", "x_min": 200, "y_min": 300,
         "x_max": 440, "y_max": 350, "valid_ocr_annotation": False}
        for plate, sure in plates
    ]  # fmt: skip
    return {
        "ai_dump": [
            {"api": "objects", "found": {"predictions": [{"label": "car", "confidence": 0.9}]}},
            {"api": "alpr", "found": {"success": True, "predictions": predictions}},
        ],
        "camera": "drive",
        "ALERT_PATH": "drive.20251009_100102.12345.jpg",
        "ALERT_CLIP": "@123456",
        "timestamp": "2025-10-09T08:01:02.000Z",
    }


class TestBlueIris:
    def post(self, site: Running, body: Any, key: str = "old-key") -> requests.Response:
        headers = {"x-api-key": key}
        return requests.post(f"{site.url}/api/plate-reads", json=body, headers=headers, timeout=20)

    def test_a_dump_with_its_picture(self, site: Running, plate_jpeg: bytes) -> None:
        body = {**dumped(("ab12cde", 0.91), ("XY34ZZZ", 0.7)), "Image": base64.b64encode(plate_jpeg).decode()}
        told = self.post(site, body)
        assert (told.status_code, told.json()["message"]) == (
            201, "Processed 2 plates, 0 duplicates, 0 ignored",
        )  # fmt: skip
        assert [one["plate"] for one in told.json()["processed"]] == ["AB12CDE", "XY34ZZZ"]
        read = site.reads()[0]
        assert (read.normalised, read.confidence, read.frame.camera) == ("AB12CDE", 0.91, "drive")
        assert read.quad[2] == pytest.approx((440, 350))
        assert read.frame.image
        assert read.crop

    def test_the_same_again_is_409(self, site: Running) -> None:
        body = dumped(("AB12CDE", 0.9))
        assert self.post(site, body).status_code == 201
        told = self.post(site, body)
        assert (told.status_code, told.json()["duplicates"], told.json()["processed"]) == (
            409,
            ["AB12CDE"],
            [],
        )

    @pytest.mark.parametrize(
        ("body", "plates"),
        [
            ({"memo": "AB12CDE:85%,car:90%,person:60%"}, {"AB12CDE": 0.85}),
            ({"memo": "[XY34ZZZ]:70%, DayPlate:80%"}, {"XY34ZZZ": 0.7}),
            ({"plate_number": "ab12 cde", "camera": "drive"}, {"AB12CDE": 0.0}),
            ({"ai_dump": dumped(("AB12CDE", 0.5))["ai_dump"][1]}, {"AB12CDE": 0.5}),
        ],
    )
    def test_the_older_forms(self, site: Running, body: dict[str, Any], plates: dict[str, float]) -> None:
        assert self.post(site, body).status_code == 201
        assert {read.normalised: read.confidence for read in site.reads()} == plates

    @pytest.mark.parametrize(
        "body",
        [{}, [], {"ai_dump": []}, {"memo": "car:90%"}, {"plate_number": 7}, dumped(),
         {"ai_dump": [{"api": "alpr", "found": {"predictions": [{"plate": None}, 7]}}]},
         dumped(*((f"P{n}", 0.5) for n in range(51)))],
    )  # fmt: skip
    def test_without_a_plate_it_is_400(self, site: Running, body: Any) -> None:
        told = self.post(site, body)
        assert (told.status_code, list(told.json())) == (400, ["error"])
        assert site.reads() == []

    def test_the_key_of_the_header_is_a_token(self, site: Running) -> None:
        token = site.token("operator", "vendor:blueiris")
        assert self.post(site, dumped(("AB12CDE", 0.9)), token).status_code == 201
        refused = self.post(site, dumped(("AB12CDE", 0.9)))
        assert (refused.status_code, list(refused.json())) == (401, ["error"])


PUSHED = {
    "hikvision": ("/v1/ingest/hikvision", HIKVISION.format(plate="ZG1234AB", count=1)),
    "axis": ("/v1/ingest/axis", json.dumps(lpv())),
    "onvif": ("/v1/ingest/onvif", NOTIFY),
    "blueiris": ("/api/plate-reads", json.dumps(dumped(("AB12CDE", 0.9)))),
}


@pytest.mark.parametrize("family", PUSHED)
class TestTokens:
    """A word that opens a gate needs a token, an operator's, in whatever way a camera can send it."""

    def post(self, site: Running, family: str, query: str = "", **more: Any) -> int:
        path, body = PUSHED[family]
        url = f"{site.url}{path}{query}"
        return requests.post(url, data=body.encode(), timeout=20, **more).status_code

    def test_in_the_address_or_as_a_password(self, site: Running, family: str) -> None:
        token = site.token("operator", f"vendor:{family}")
        assert self.post(site, family) == 401
        assert self.post(site, family, f"?token={token}") in (200, 201)
        assert self.post(site, family, "?camera=other", auth=("camera", token)) in (200, 201)
        assert self.post(site, family, auth=("camera", "wrong")) == 401
        assert self.post(site, family, f"?token={site.token('viewer', f'vendor:{family}')}") == 403

    def test_of_another_family(self, site: Running, family: str) -> None:
        others = [f"vendor:{name}" for name in PUSHED if name != family]
        assert self.post(site, family, f"?token={site.token('operator', *others)}") == 403

    def test_off_is_not_there(self, run: Callable[..., Running], family: str) -> None:
        assert self.post(run(vendors=("platerecognizer",)), family) == 404


def test_what_was_told_is_drawn_on_its_page(site: Running, plate_jpeg: bytes) -> None:
    """A claim has no lattice and perhaps no picture: the pages bear that."""
    hikvision(site, HIKVISION.format(plate="ZG1234AB", count=1))
    hikvision(site, HIKVISION.format(plate="ZG77AB", count=1), detectionPicture=plate_jpeg)
    for read in site.reads():
        shown = requests.get(f"{site.url}/reads/{read.id}", headers={"Accept": "text/html"}, timeout=20)
        assert shown.status_code == 200, shown.text
    for path in ("/search", "/v1/plates/ZG1234AB", "/v1/reads?plate=ZG1234AB&match=misread"):
        assert requests.get(f"{site.url}{path}", timeout=20).status_code in (200, 404)
    picture = requests.get(f"{site.url}/v1/images/{site.reads()[1].crop}", timeout=20).content
    assert Image.open(BytesIO(picture)).size[0] > 10
