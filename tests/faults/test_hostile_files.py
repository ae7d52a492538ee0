"""U2, U4: bombs are refused by their header, other files by their first bytes; nothing is started."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hostile_files import BOMBS, WRONG

import walls

SMALL = {"png of many frames": "64 x 64", "gif of many frames": "64 x 64", "webp of many frames": "64 x 64"}
"""Harmless but for what follows their first picture."""
SLOWEST_S, MOST_BYTES = 0.05, 20 * 2**20


@pytest.fixture(scope="module")
def told() -> Any:
    line = [sys.executable, str(Path(__file__).with_name("hostile_opening.py"))]
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(line, capture_output=True, text=True, check=True, env={**os.environ, **path})
    return json.loads(done.stdout)


@pytest.mark.wall("U2")
def test_no_bomb_goes_off(told: Any, wall: walls.Wall) -> None:
    assert len(BOMBS) >= 20
    for one in told["bombs"]:
        if one["name"] in SMALL:
            assert one["what"] == SMALL[one["name"]]
        else:
            assert one["what"].startswith("refused"), one["name"]
    slowest, largest = max(o["s"] for o in told["bombs"]), max(o["memory"] for o in told["bombs"])
    worked = max(o["cpu"] for o in told["bombs"])
    wall.measured(
        f"{len(BOMBS)} bombs: {slowest * 1e3:.1f} ms ({worked * 1e3:.1f} ms of CPU) and "
        f"{largest / 2**20:.1f} MB at most",
        "" if slowest < SLOWEST_S else "other work had this machine's cores",
    )
    assert worked < SLOWEST_S
    assert largest < MOST_BYTES


@pytest.mark.wall("U4")
def test_nothing_but_five_formats_is_opened(told: Any, wall: walls.Wall) -> None:
    assert len(WRONG) >= 20
    assert {name: what for name, what in told["wrong"].items() if not what.startswith("refused")} == {}
    assert told["started"] == []
    wall.measured(f"{len(WRONG)} wrong types refused, {len(told['started'])} programs started")


@pytest.mark.wall("U4")
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_type_is_415(client: FlaskClient, kind: str) -> None:
    answer = client.post("/v1/recognise?save=0", data={"image": (BytesIO(WRONG[kind]), "car.jpg")})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (415, "not_a_picture")
