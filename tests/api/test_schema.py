"""Whatever the document allows, and what it does not, is answered as it says: no 5xx, no other shape (H4)."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

import walls

pytestmark = pytest.mark.wall("H4")

schemathesis = pytest.importorskip("schemathesis", reason="needs the [dev] extra")

CASES = walls.size("CASES", 12, 1_000)
"""An operation and mode."""


@pytest.fixture(scope="module")
def document(tiny_reader: Any) -> Any:
    from platewise.web import create_app

    app: Flask = create_app({"MAX_CONTENT_LENGTH": 2**18}, tiny_reader)
    app.wsgi_app = _at_home(app.wsgi_app)  # type: ignore[method-assign]
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    # A stream without an end; and an address that is another one without its slash, which is lost here.
    return schema.exclude(path=["/v1/events", "/v1/statistics/"])


def _at_home(application: Any) -> Any:
    """Let the requests come from this machine: strangers would see nothing but 401."""

    def answer(environ: dict[str, Any], start: Any) -> Any:
        return application({**environ, "REMOTE_ADDR": "127.0.0.1"}, start)

    return answer


@pytest.mark.parametrize(("mode", "least"), [("POSITIVE", 55), ("NEGATIVE", 45)])
def test_every_operation_keeps_its_word(document: Any, mode: str, least: int, wall: walls.Wall) -> None:
    probed, statuses = 0, Counter[int]()
    for result in document.get_all_operations():
        cases = result.ok().as_strategy(generation_mode=schemathesis.GenerationMode[mode])
        # Nothing can be wrong with a request that says nothing, or may say anything.
        with suppress(*[Unsatisfiable] if mode == "NEGATIVE" else ()):
            statuses += _probe(cases)
            probed += 1
    short = "" if CASES >= 1_000 else f"{CASES} cases an operation; make soak sends 1,000"
    wall.measured(f"{probed} operations, {statuses.total()} {mode.lower()} requests: 0 faults", short)
    assert probed >= least
    assert statuses[200] > 100 if mode == "POSITIVE" else statuses[422] > 100
    assert not statuses[401]


def _probe(cases: Any) -> Counter[int]:
    """Send some requests and return how many were answered with which status."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as said

    checks = [
        not_a_server_error,
        said.status_code_conformance,
        said.content_type_conformance,
        said.response_schema_conformance,
    ]

    @given(cases)
    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def probe(case: Any) -> None:
        statuses[case.call_and_validate(checks=checks).status_code] += 1

    statuses = Counter[int]()
    probe()
    return statuses
