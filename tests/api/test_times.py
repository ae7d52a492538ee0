"""Times in requests: read exactly, repaired where a query lost its plus, else refused with a reason."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

import walls
from platewise.core.plate import Plate
from platewise.settings import Settings
from platewise.store.memory import MemoryStore
from platewise.store.records import NewSighting
from platewise.vision.reader import Reader
from platewise.web import create_app
from platewise.web.times import local, parse_time

pytestmark = pytest.mark.wall("H10")

ZAGREB = ZoneInfo("Europe/Zagreb")

READ_AS = {
    "2020-11-20T05:30:00Z": "2020-11-20T05:30:00",
    "2020-11-20t05:30:00z": "2020-11-20T05:30:00",
    "2020-11-20 05:30:00Z": "2020-11-20T05:30:00",
    "2020-11-20T05:30Z": "2020-11-20T05:30:00",
    "2020-11-20T05:30:00.123456Z": "2020-11-20T05:30:00.123456",
    "2020-11-20T05:30:00.123456789Z": "2020-11-20T05:30:00.123456",
    "2020-11-20T06:30:00+01:00": "2020-11-20T05:30:00",
    "2020-11-20T06:30:00 01:00": "2020-11-20T05:30:00",
    "2020-11-20T06:30:00+0100": "2020-11-20T05:30:00",
    "2020-11-20T04:30:00-01:00": "2020-11-20T05:30:00",
    # without an offset: the site's zone, winter and summer
    "2020-11-20T06:30:00": "2020-11-20T05:30:00",
    "2020-07-20T07:30:00": "2020-07-20T05:30:00",
    "2020-11-20": "2020-11-19T23:00:00",
    # 25 October 2026, 03:00 becomes 02:00: the first 02:30 is meant
    "2020-10-25T02:30:00": "2020-10-25T00:30:00",
    "2020-10-25T03:00:00": "2020-10-25T02:00:00",
    # 29 March 2026, 02:00 becomes 03:00: 02:30 does not exist, and is read as 03:30
    "2020-03-29T02:30:00": "2020-03-29T01:30:00",
    "2020-03-29T03:30:00": "2020-03-29T01:30:00",
}
REFUSED = [
    "", " ", "now", "yesterday", "2026", "2020-11", "20261120T053000Z", "2020-W47-5", "2020-W47-5T05:30:00Z",
    "2020-324",
    "2020-13-01T00:00:00Z", "2020-02-30T00:00:00Z", "2020-11-20T24:00:00Z", "2020-11-20T05:60:00Z",
    "2020-11-20T23:59:60Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "0001-01-01", "10000-01-01T00:00:00Z", "-2020-11-20T05:30:00Z", "+2020-11-20T05:30:00Z",
    "2020-11-20T05:30:00+25:00", "2020-11-20T05:30:00Zulu", "2020-11-20T05:30:00 CET", "2020-11-20T5:30Z",
    "2020-11-20T05:30:00,5Z", "2020-11-20T05:30:00.Z", "1795152600", "1e9", "٢٠٢٦-١١-٢٠T٠٥:٣٠:٠٠Z",
    "2020-11-20T05:30:00+01", "2020-11-20T05:30:00--01:00", "2020-11-20T05", "\x00",
    "2020-11-20T05:30:00Z\x00",
    "２０２６-11-20T05:30:00Z", "2026/11/20 05:30", "20.11.2026", "T05:30:00Z", "05:30", "null", "NaN",
    "'", "<b>",
    "2020-11-20T05:30:00+24:00", "2020-11-20T05:30:00.1234567890123456789012345Z ", "2020-11-20T05:30:00ZZ",
    "2020-11-20T05:30:00+01:00:00:00", "2020-11-20T05:30:00+1:00", "2020-11-31T00:00:00Z",
    "2020-00-10T00:00:00Z", "2020-10-00T00:00:00Z", "2020-11-20T-5:30:00Z", "2020-11-20T05:30:-1Z",
    "2020-11-20T25:00:00Z", "2020-11-20T05:30:61Z", "2020-11-20T05:30:00+01:60",
    "2020-1-2T03:04:05Z", "Fri, 20 Nov 2026 05:30:00 GMT", "20 November 2026", "noon", "P1D",
    "%2B", "0x7ea", "٢",
]  # fmt: skip


@pytest.fixture
def client(tiny_reader: Reader) -> FlaskClient:
    settings = Settings(pipeline="tiny", timezone="Europe/Zagreb", data=tiny_reader.settings.data)
    return create_app({}, Reader(settings=settings)).test_client()


@pytest.mark.parametrize(("text", "utc"), READ_AS.items())
def test_a_time_is_read(text: str, utc: str) -> None:
    assert parse_time(text, ZAGREB) == datetime.fromisoformat(f"{utc}+00:00")


@pytest.mark.parametrize("text", READ_AS)
def test_in_the_path(client: FlaskClient, text: str) -> None:
    assert client.get(f"/check-license-plate/AB12/{text}").status_code == 200


@pytest.mark.parametrize("text", [text for text in READ_AS if text[-1] in "Zz0" and len(text) > 19])
def test_in_the_query_the_plus_need_not_be_escaped(client: FlaskClient, text: str) -> None:
    assert client.get(f"/v1/reads?since={text}").status_code == 200


@pytest.mark.parametrize("text", REFUSED)
def test_refused_in_path_and_query(client: FlaskClient, text: str) -> None:
    quoted = text.encode().hex(" ")
    escaped = "".join(f"%{pair}" for pair in quoted.split())
    answers = [client.get(f"/v1/reads?since={escaped}")]
    if escaped and "%2f" not in escaped:  # an empty part or a slash makes another route
        answers.append(client.get(f"/check-license-plate/AB12/{escaped}"))
    for answer in answers:
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_time")


def test_a_time_without_offset_is_refused_outside_the_seed_routes(client: FlaskClient) -> None:
    answer = client.get("/v1/reads?since=2020-11-20T06:30:00")
    assert answer.status_code == 400
    assert "offset" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("until", ["2020-11-19T05:30:00Z", "2020-11-20T06:30:00+01:00"])
@pytest.mark.parametrize(
    "path",
    [
        "reads", "visits", "passages", "journeys", "alerts", "statistics", "lots/main/occupancy",
        "visits.csv", "exports/reads.csv", "exports/sightings/onvif", "exports/corrections.zip",
    ],
)  # fmt: skip
def test_a_span_in_which_nothing_can_lie_is_refused(client: FlaskClient, path: str, until: str) -> None:
    answer = client.get(f"/v1/{path}", query_string={"since": "2020-11-20T05:30:00Z", "until": until})
    fault = answer.get_json()["error"]
    assert (answer.status_code, fault["code"]) == (400, "bad_time")
    assert fault["message"] == "the span of time is empty: until must be after from (since)"


@pytest.mark.parametrize("path", ["search", "parking/main/visits", "tolls/journeys", "tolls/passages"])
def test_a_page_says_that_a_span_is_empty_and_keeps_its_form(client: FlaskClient, path: str) -> None:
    asked = {"since": "2020-11-20T05:30", "until": "2020-11-19T05:30", "plate": "ab 12"}
    answer = client.get(f"/{path}", query_string=asked, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "the span of time is empty" in answer.text
    assert "was found" not in answer.text
    assert all(f'value="{value}"' in answer.text for value in asked.values())


@pytest.mark.parametrize(
    ("seen", "asked", "told"),
    [
        ("2020-10-25T00:30:00", "2020-10-25T02:30:00", "2020-10-25T02:30:00"),
        ("2020-10-25T01:30:00", "2020-10-25T02:30:00", "2020-10-25T02:30:00"),
        ("2020-10-25T00:29:59", "2020-10-25T02:30:00", ""),
        ("2020-03-29T01:30:00", "2020-03-29T02:30:00", "2020-03-29T03:30:00"),
        ("2020-03-29T01:29:59", "2020-03-29T02:30:00", ""),
    ],
)
def test_where_the_clock_is_turned(tiny_reader: Reader, seen: str, asked: str, told: str) -> None:
    settings = Settings(pipeline="tiny", timezone="Europe/Zagreb", data=tiny_reader.settings.data)
    store = MemoryStore()
    with store.writing() as unit:
        at = datetime.fromisoformat(f"{seen}+00:00")
        unit.sightings.save(NewSighting("one", at, Plate("AB12"), 0.9))
    client = create_app({}, Reader(settings=settings), store).test_client()
    assert client.get(f"/check-license-plate/AB12/{asked}").get_json()[0]["time"] == told


def test_local_drops_the_fraction() -> None:
    time = datetime.fromisoformat("2020-12-01T18:14:23.999999+00:00")
    assert local(time, ZAGREB) == "2020-12-01T19:14:23"


def test_eighty_texts_and_more_are_tried(wall: walls.Wall) -> None:
    assert len(READ_AS) + len(REFUSED) >= 80
    wall.measured(f"{len(READ_AS)} times read as written down, {len(REFUSED)} refused with 400, 0 faults")
