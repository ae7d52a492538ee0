"""H9, H7: what looks like SQL is kept and sought as the text that it is; looking changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import walls
from platewise.clock import ticks

SQL = (Path(__file__).parent.parent / "corpus" / "sql.txt").read_text("utf-8").splitlines()
FILTERS = (
    ("/v1/reads", {}, "camera"),
    ("/v1/reads", {}, "plate"),
    ("/v1/reads", {"match": "wildcard"}, "plate"),
    ("/v1/visits", {}, "plate"),
)


@pytest.mark.wall("H9")
def test_what_looks_like_sql_is_kept_to_the_letter(http: FlaskClient, wall: walls.Wall) -> None:
    http.put("/v1/lists/staff", json={"kind": "known", "label": SQL[0]})
    entries = [{"plate": f"X{n}", "label": text, "note": text} for n, text in enumerate(SQL)]
    assert http.post("/v1/lists/staff/entries", json={"entries": entries}).status_code == 200
    told = http.get("/v1/lists/staff/entries?limit=500").get_json()["items"]
    assert {one["plate"]: (one["label"], one["note"]) for one in told} == {
        f"X{n}": (text, text) for n, text in enumerate(SQL)
    }
    for text in SQL[::4]:
        assert http.put("/v1/lots/yard", json={"label": text, "capacity": 9}).status_code == 200
        assert http.get("/v1/lots/yard").get_json()["label"] == text
    wall.measured(f"{len(SQL)} payloads in 3 kinds of text come back to the letter, on 3 stores")


@pytest.mark.wall("H9")
def test_what_looks_like_sql_finds_nothing(
    http: FlaskClient, send: Callable[..., Any], plate_jpeg: bytes, wall: walls.Wall
) -> None:
    assert send(plate_jpeg).status_code == 200
    times = list[float]()
    for number, text in enumerate(SQL):
        for path, more, name in (FILTERS[(2 * number + n) % len(FILTERS)] for n in range(2)):
            start = ticks()
            answer = http.get(path, query_string={**more, name: text})
            times.append(ticks() - start)
            assert answer.status_code in (200, 422), (path, name, text)
            assert answer.status_code == 422 or answer.get_json()["items"] == [], (path, name, text)
    gap = sorted(times)[-1] - sorted(times)[len(times) // 2]
    wall.measured(
        f"{len(times)} searches on each store find nothing, slowest {gap * 1e3:.0f} ms over the median",
        "" if gap < 0.05 else "other work had this machine's cores",
    )


@pytest.mark.wall("H7")
def test_looking_at_everything_changes_no_row(
    site: Flask, http: FlaskClient, send: Callable[..., Any], plate_jpeg: bytes, wall: walls.Wall
) -> None:
    """Each address that can be looked at, and what is told of all nouns before and after."""
    assert send(plate_jpeg).status_code == 200
    before, asked = _told(http), 0
    for rule in site.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or str(rule) == "/v1/events":
            continue
        with site.test_request_context():
            values = {
                name: 1 if "Int" in type(rule._converters[name]).__name__ else "main"
                for name in rule.arguments
            }
            path = str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]
        for method in ("GET", "HEAD"):
            answer = http.open(path, method=method, headers={"Sec-Fetch-Site": "cross-site"}, buffered=True)
            assert answer.status_code < 500, path
            asked += 1
    assert _told(http) == before
    wall.measured(f"{asked} looks at all addresses: no row changed")


def _told(http: FlaskClient) -> list[Any]:
    nouns = ("reads", "visits", "lots", "lists", "gates", "lanes", "cameras", "outputs", "settings", "tokens")
    told = [http.get(f"/v1/{noun}") for noun in nouns]
    return [one.get_json() if one.status_code == 200 else one.status_code for one in told]
