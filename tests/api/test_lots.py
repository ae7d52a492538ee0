"""/v1/lots: car parks, their rules and tariffs, how full they are, and what stays cost."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from platewise import clock
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery

from .conftest import Send
from .parking import TARIFF, ago, free, opened, seen, text, visits

LOT = "/v1/lots/main"


def _quote(http: FlaskClient, entered: str, left: str, *lists: str) -> dict[str, Any]:
    stay = {"entered": entered, "left": left, "lists": list(lists)}
    answer: dict[str, Any] = http.post(f"{LOT}/quote", json=stay).get_json()
    return answer


def test_a_fresh_server_has_one_with_100_places(http: FlaskClient) -> None:
    (lot,) = http.get("/v1/lots").get_json()["items"]
    assert (lot["name"], lot["capacity"], lot["inside"], lot["free"]) == ("main", 100, 0, 100)
    assert lot["policy"]["debounce"] == 30
    assert http.get(LOT).get_json() == lot


def test_one_is_made_changed_and_removed(http: FlaskClient) -> None:
    rules = {"debounce": 5, "double_entry": "refuse", "allowed_only": True, "lost_after": 3600}
    made = http.put("/v1/lots/roof", json={"label": "Roof", "capacity": 3, "policy": rules, "tariff": TARIFF})
    assert made.status_code == 200, made.text
    lot = http.get("/v1/lots/roof").get_json()
    assert lot == made.get_json()
    assert (lot["label"], lot["free"], lot["tariff"]) == ("Roof", 3, TARIFF.strip())
    assert lot["policy"].items() >= rules.items()
    given = {name: lot[name] for name in ("label", "capacity", "policy", "tariff")}
    assert http.put("/v1/lots/roof", json=given).get_json() == lot
    assert http.delete("/v1/lots/roof").get_json() == {"removed": 1}
    assert http.delete("/v1/lots/roof").status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"capacity": 0}, "capacity"),
        ({"policy": {"debounce": -1}}, "debounce"),
        ({"policy": {"double_entry": "perhaps"}}, "double_entry"),
        ({"policy": {"misreads": {}}}, "misreads"),
        ({"tariff": "name ="}, "the tariff is no TOML"),
        ({"tariff": "a = " + "[" * 9000}, "the tariff is no TOML"),
        ({"tariff": TARIFF.replace("until = 20", "until = 19")}, "0 bands hold on mon 19:00"),
        ({"tariff": TARIFF.replace("Europe/Zagreb", "Europe")}, "no time zone"),
        ({"tariff": TARIFF.replace("2.00", "2.001")}, "decimals"),
    ],
)
def test_what_cannot_be_meant_is_named(http: FlaskClient, body: dict[str, Any], told: str) -> None:
    refused = http.put("/v1/lots/roof", json=body)
    assert refused.status_code == 422
    assert told in refused.get_json()["error"]["message"]
    assert http.get("/v1/lots/roof").status_code == 404


def test_it_never_holds_fewer_than_are_inside(http: FlaskClient) -> None:
    opened(http, "AB1")
    opened(http, "AB2")
    refused = http.put(LOT, json={"capacity": 1})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "conflict")
    assert http.put(LOT, json={"capacity": 2}).get_json()["free"] == 0
    assert http.delete(LOT).status_code == 409


def test_an_unknown_one_is_404(http: FlaskClient) -> None:
    assert http.get("/v1/lots/none").status_code == 404
    assert http.get("/v1/lots/none/occupancy").status_code == 404
    assert http.get("/v1/lots/none/cases").status_code == 404
    body = {"counted": 1, "reason": "counted"}
    assert http.post("/v1/lots/none/reconcile", json=body).status_code == 404
    stay = {"entered": "2026-01-01T00:00:00Z", "left": "2026-01-01T01:00:00Z"}
    assert http.post("/v1/lots/none/quote", json=stay).status_code == 404


class TestOccupancy:
    def test_it_has_a_point_for_each_change(self, http: FlaskClient, send: Send, plate_jpeg: bytes) -> None:
        came, went = ago(hours=2), ago(hours=1)
        seen(send, plate_jpeg, came)
        seen(send, plate_jpeg, went)
        opened(http, "ZZ9")
        told = http.get(f"{LOT}/occupancy").get_json()
        assert (told["lot"], told["capacity"], told["inside"], told["free"]) == ("main", 100, 1, 99)
        assert [point["inside"] for point in told["points"]] == [0, 1, 0, 1]
        assert [point["at"] for point in told["points"][1:3]] == [text(came), text(went)]

    def test_a_span_begins_with_the_count_of_then(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        seen(send, plate_jpeg, ago(hours=2))
        since, until = text(ago(hours=1)), text(ago(minutes=30))
        told = http.get(f"{LOT}/occupancy?since={since}&until={until}").get_json()
        assert told["points"] == [{"at": since, "inside": 1}]


class TestTheCount:
    def test_too_many_are_lost_and_to_be_looked_at(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        seen(send, plate_jpeg, ago(hours=5))
        done = http.post(f"{LOT}/reconcile", json={"counted": 0, "reason": "walked round"})
        assert done.get_json() == {
            "lot": "main",
            "label": "",
            "capacity": 100,
            "inside": 0,
            "free": 100,
        }
        (case,) = http.get(f"{LOT}/cases").get_json()["cases"]
        assert (case["reason"], case["visit"]["state"]) == ("exit not seen", "lost")
        assert [case["visit"]] == visits(http, "state=lost")

    def test_those_lacking_have_no_plate(self, http: FlaskClient) -> None:
        http.post(f"{LOT}/reconcile", json={"counted": 2, "reason": "walked round"})
        cases = http.get(f"{LOT}/cases").get_json()["cases"]
        told = [(case["reason"], case["visit"]["plate"]) for case in cases]
        assert told == [("counted, plate unknown", None)] * 2
        assert free(http) == 98

    @pytest.mark.parametrize("body", [{"counted": 101, "reason": "x"}, {"counted": -1, "reason": "x"}])
    def test_an_impossible_count_is_refused(self, http: FlaskClient, body: dict[str, Any]) -> None:
        assert http.post(f"{LOT}/reconcile", json=body).status_code == 422

    @pytest.mark.parametrize("body", [{"counted": 1}, {"counted": 1, "reason": " "}])
    def test_it_needs_a_reason(self, http: FlaskClient, body: dict[str, Any]) -> None:
        assert http.post(f"{LOT}/reconcile", json=body).status_code == 422

    def test_listeners_hear_of_it(self, http: FlaskClient, store: Store) -> None:
        http.post(f"{LOT}/reconcile", json={"counted": 2, "reason": "walked round"})
        http.put(LOT, json={"capacity": 50})
        with store.reading() as unit:
            told = unit.events.after(0)
        assert [(event.kind, event.payload["free"]) for event in told] == [("Changed", 98), ("Changed", 48)]
        assert {event.payload["user"] for event in told} == {"local"}

    def test_one_line_of_the_audit_log_says_who_and_why(self, http: FlaskClient, store: Store) -> None:
        http.post(f"{LOT}/reconcile", json={"counted": 2, "reason": "walked round"})
        with store.reading() as unit:
            (line,) = unit.journal.find(AuditQuery()).items
        assert (line.user, line.action, line.subject) == ("local", "count", "main")
        assert "walked round" in line.detail


class TestQuotes:
    @pytest.fixture(autouse=True)
    def _town(self, http: FlaskClient) -> None:
        assert http.put(LOT, json={"tariff": TARIFF}).status_code == 200

    def test_an_evening(self, http: FlaskClient) -> None:
        told = _quote(http, "2026-11-20T17:30:00Z", "2026-11-20T20:00:00Z")  # 18:30 to 21:00 in Zagreb
        assert (told["tariff"], told["currency"], told["total"]) == ("Town", "EUR", "4.50")
        assert (told["paid"], told["owed"]) == ("0.00", "4.50")
        assert [(line["text"], line["quantity"], line["amount"]) for line in told["lines"]] == [
            ("day, 60 min", 2, "4.00"),
            ("night, 60 min", 1, "0.50"),
        ]
        assert told["lines"][1]["at"] == "2026-11-20T19:00:00Z"

    @pytest.mark.parametrize(
        ("entered", "left", "hours"),
        [
            ("2026-03-28T20:00:00+01:00", "2026-03-29T07:00:00+02:00", 10),
            ("2026-10-24T20:00:00+02:00", "2026-10-25T07:00:00+01:00", 12),
            ("2026-11-20T20:00:00+01:00", "2026-11-21T07:00:00+01:00", 11),
        ],
    )
    def test_a_night_is_as_long_as_it_is(
        self, http: FlaskClient, entered: str, left: str, hours: int
    ) -> None:
        told = _quote(http, entered, left)
        assert sum(line["quantity"] for line in told["lines"]) == hours
        assert told["total"] == f"{hours / 2:.2f}"

    def test_a_permit_takes_its_part_off(self, http: FlaskClient) -> None:
        told = _quote(http, "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z", "staff")
        assert (told["total"], told["lines"][-1]["amount"]) == ("1.00", "-1.00")

    @pytest.mark.parametrize(
        ("entered", "left"),
        [
            ("2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z"),
            ("2024-11-20T10:00:00Z", "2026-11-20T09:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T01:00:00Z"),
            ("9999-12-31T00:00:00Z", "9999-12-31T23:00:00Z"),
        ],
    )
    def test_a_stay_that_cannot_be_is_refused(self, http: FlaskClient, entered: str, left: str) -> None:
        refused = http.post(f"{LOT}/quote", json={"entered": entered, "left": left})
        assert refused.status_code == 422
        assert "stay" in refused.get_json()["error"]["message"]

    def test_a_visit_is_charged_up_to_now_or_any_other_moment(self, http: FlaskClient) -> None:
        visit = opened(http, "AB1")
        later = text(clock.now() + timedelta(days=1))
        now, then = (http.get(f"/v1/visits/{visit['id']}/quote{query}") for query in ("", f"?at={later}"))
        assert len(now.get_json()["lines"]) == 1
        assert float(then.get_json()["total"]) > float(now.get_json()["total"])
        early = http.get(f"/v1/visits/{visit['id']}/quote?at={text(ago(hours=1))}")
        assert early.status_code == 422

    def test_a_payment_counts_once(self, http: FlaskClient) -> None:
        url = f"/v1/visits/{opened(http, 'AB1')['id']}"
        total = http.get(f"{url}/quote").get_json()["total"]
        body = {"key": "till-1/77", "amount": "0.30", "currency": "EUR"}
        first, again = (http.post(f"{url}/payments", json=body).get_json() for _ in range(2))
        assert first["paid"] == again["paid"] == "0.30"
        assert float(first["owed"]) == pytest.approx(float(total) - 0.30)
        other = http.post(f"{url}/payments", json=body | {"amount": "0.40"})
        assert other.status_code == 409
        http.post(f"{url}/payments", json=body | {"key": "2", "amount": "9"})
        assert http.get(f"{url}/quote").get_json()["owed"] == "0.00"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"currency": "USD"}, 409),
            ({"currency": "euro"}, 422),
            ({"amount": "0"}, 422),
            ({"amount": "-1.00"}, 422),
            ({"amount": "0.001"}, 422),
            ({"amount": 1.5}, 422),
            ({"key": ""}, 422),
        ],
    )
    def test_money_that_cannot_be_is_refused(
        self, http: FlaskClient, change: dict[str, Any], status: int
    ) -> None:
        url = f"/v1/visits/{opened(http, 'AB1')['id']}"
        body = {"key": "1", "amount": "0.30", "currency": "EUR"}
        assert http.post(f"{url}/payments", json=body | change).status_code == status
        assert http.get(f"{url}/quote").get_json()["paid"] == "0.00"

    def test_without_a_tariff_parking_is_free(self, http: FlaskClient) -> None:
        http.put(LOT, json={})
        url = f"/v1/visits/{opened(http, 'AB1')['id']}"
        told = http.get(f"{url}/quote").get_json()
        assert (told["tariff"], told["total"], told["owed"]) == (None, "0.00", "0.00")
        body = {"key": "1", "amount": "0.30", "currency": "EUR"}
        assert http.post(f"{url}/payments", json=body).status_code == 409

    def test_an_exit_alone_costs_nothing_that_is_known(
        self, http: FlaskClient, send: Send, plate_jpeg: bytes
    ) -> None:
        http.put("/v1/gates/main", json={"lot": "main", "direction": "out"})
        event = seen(send, plate_jpeg, ago(hours=1))
        assert http.get(f"/v1/visits/{event['visit']}/quote").status_code == 422
