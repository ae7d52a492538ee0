"""H9, H12, H13, U5, U6: what is sent to the server is only ever text, whatever it looks like."""

import json
import logging
import os
import re
import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

import walls
from platewise.vision.reader import Reader
from platewise.web import create_app
from platewise.web.access.state import current
from platewise.web.listening import Channel
from serving import Served

ROOT = Path(__file__).parent.parent.parent
CORPUS = ROOT / "tests" / "corpus"
SQL = (CORPUS / "sql.txt").read_text("utf-8").splitlines()
NAMES = json.loads((CORPUS / "names.json").read_text("utf-8"))
AT_ONCE = 10
"""Each payload goes into so many inputs, in turn: each input gets its share of them all."""


@pytest.fixture
def kept(tiny_reader: Reader, tmp_path: Path) -> Any:
    """Return a server on a database in a folder, at home."""
    from dataclasses import replace

    from platewise.store.opening import open_store

    settings = replace(tiny_reader.settings, data=tmp_path / "data", reads_per_minute=0)
    store = open_store(settings.database_url, settings.data / "images")
    app = create_app(None, Reader(settings=settings), store)
    yield app
    store.close()


@pytest.mark.wall("H9")
def test_sql_is_only_text(kept: Flask, plate_jpeg: bytes, wall: walls.Wall) -> None:
    client = kept.test_client()
    client.post("/v1/recognise", data={"image": (BytesIO(plate_jpeg), "x.jpg")})
    before = _tables(client)
    assert len(SQL) >= 100
    asked, slowest, statuses = 0, 0.0, set[int]()
    inputs = _inputs(kept)
    for number, text in enumerate(SQL):
        for path, name in (inputs[(number * AT_ONCE + n) % len(inputs)] for n in range(AT_ONCE)):
            start = perf_counter()
            answer = client.get(path, query_string={name: text})
            slowest, asked = max(slowest, perf_counter() - start), asked + 1
            statuses.add(answer.status_code)
            assert answer.status_code < 500, (path, name, text)
            assert "argon2" not in answer.text
    assert _tables(client) == before
    assert client.get("/v1/reads", query_string={"camera": "' OR 1=1 --"}).json["items"] == []
    wall.measured(
        f"{len(SQL)} payloads, {len(inputs)} inputs: 0 faults, slowest {slowest * 1e3:.0f} ms",
        "" if slowest < 0.05 else "the slowest of all answers; other work had this machine's cores",
    )
    assert slowest < 5  # those that would make a database sleep ask for ten seconds


def _inputs(app: Flask) -> list[tuple[str, str]]:
    """Return path and name of every text that a query of the documented routes takes."""
    document = app.test_client().get("/openapi.json").json
    return [
        (re.sub(r"{[^}]*}", "main", path), parameter["name"])
        for path, routes in document["paths"].items()
        for parameter in routes.get("get", {}).get("parameters", ())
        if parameter["in"] == "query" and path != "/v1/events" and "string" in str(parameter["schema"])
    ]


def _tables(client: FlaskClient) -> list[Any]:
    return [
        client.get(path).json for path in ("/v1/reads", "/v1/lots", "/v1/lists", "/v1/gates", "/v1/cameras")
    ]


@pytest.mark.wall("H9")
def test_no_query_is_built_from_texts() -> None:
    line = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "S608", str(ROOT / "src")]
    assert subprocess.run(line, check=False, capture_output=True).returncode == 0


@pytest.mark.wall("H12")
def test_a_fault_in_any_view_tells_the_log_alone(
    kept: Flask, caplog: pytest.LogCaptureFixture, wall: walls.Wall
) -> None:
    caplog.set_level(logging.ERROR)
    with kept.app_context():
        open_to_all = {name for name, policy in current().policies.items() if policy.limit == "logins"}

    def fail(**_: Any) -> Any:
        raise RuntimeError("secret /inner/path SELECT password FROM users")

    asked = 0
    for rule in kept.url_map.iter_rules():
        kept.view_functions[rule.endpoint] = fail
    for rule in kept.url_map.iter_rules():
        if rule.endpoint in open_to_all:
            continue
        with kept.test_request_context():
            values = {
                name: 1 if "Int" in type(rule._converters[name]).__name__ else "x" for name in rule.arguments
            }
            path = rule.build(values, append_unknown=False)[1]
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            answer = kept.test_client().open(path, method=method)
            assert answer.status_code == 500, path
            assert not re.search(r"secret|Traceback|/inner|SELECT|\.py", answer.text)
            assert answer.headers["X-Request-Id"] in caplog.text
            if not rule.endpoint.startswith("vendor_"):  # those speak as the systems they stand in for
                told = answer.json["error"]
                assert (told["code"], told["request_id"]) == ("internal", answer.headers["X-Request-Id"])
            asked += 1
    wall.measured(f"{asked} views failed on purpose: one shape, 0 words of the inside")


ODD = {
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "chunks spelt oddly": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "bad chunk": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "chunk with a sign": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    "length with a sign": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
    "space before the colon": b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
    "folded header": b"GET /healthz HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    "bare line feed": b"GET /healthz HTTP/1.1\nHost: a\n\n",
    "huge header": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 60_000 + b"\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60),
}


HARMLESS = ("bare line feed", "no version", "folded header")
"""What may be answered as it is meant: nothing can hide behind it."""


@pytest.mark.wall("H13")
@pytest.mark.parametrize("kind", ODD)
def test_an_odd_request_has_one_answer_at_most(app: Flask, kind: str) -> None:
    served = Served(app)
    served._server.channel_class = Channel
    try:
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
            answer = b""
            try:
                line.sendall(ODD[kind])
                line.shutdown(socket.SHUT_WR)
                while part := line.recv(65536):
                    answer += part
            except OSError:
                pass  # it hung up
    finally:
        served.close()
    assert answer.count(b"HTTP/1.") <= 1
    status = answer.split()[1:2]
    assert status in ([], [b"400"], [b"401"], [b"413"], [b"431"], [b"501"]) or kind in HARMLESS


@pytest.mark.wall("H13")
def test_no_answer_repeats_a_hosts_name(app: Flask) -> None:
    client = app.test_client()
    for path in ("/", "/login", "/healthz", "/nowhere", "/openapi.json"):
        answer = client.get(path, headers={"Host": "evil.example", "Accept": "text/html"})
        assert "evil.example" not in answer.text + str(answer.headers), path


@pytest.mark.wall("U6")
def test_a_name_is_never_that_of_a_file(kept: Flask, tmp_path: Path, wall: walls.Wall) -> None:
    assert len(NAMES) >= 60
    client, before, taken = kept.test_client(), _tree(tmp_path), 0
    outside = _tree(tmp_path.parent)
    for number, name in enumerate(NAMES):
        picture, file = Image.new("RGB", (64, 48), (number * 4 % 256, number, 0)), BytesIO()
        picture.save(file, "PNG")
        head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="%s"\r\n\r\n'
        quoted = name.encode().replace(b'"', b"%22")
        body = head % quoted + file.getvalue() + b"\r\n--x--\r\n"
        answer = client.post("/v1/recognise", data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code in (200, 400), name
        assert not any("\n" in value or "\r" in value for _, value in answer.headers)
        if answer.status_code == 200:
            taken += 1
            assert len(answer.json["image"]) <= 200
            assert answer.json["image"].isprintable()
    made = _tree(tmp_path) - before
    assert {path for path in made if not re.fullmatch(r"data/images/..(/[0-9a-f]{64}\.jpg)?", path)} <= {
        "data/platewise.sqlite3-wal", "data/platewise.sqlite3-shm"
    }  # fmt: skip
    assert {path for path in _tree(tmp_path.parent) - outside if not path.startswith(tmp_path.name)} == set()
    pictures = sum(path.endswith(".jpg") for path in made)
    wall.measured(f"{len(NAMES)} names: {pictures} pictures kept under names of our own, 0 files elsewhere")
    assert pictures >= taken >= 40  # each was another picture: none took the place of another


def _tree(folder: Path) -> set[str]:
    return {os.path.relpath(path, folder) for path in folder.rglob("*")}


@pytest.mark.wall("U5")
def test_no_byte_of_metadata_is_stored_or_served(kept: Flask, tmp_path: Path, wall: walls.Wall) -> None:
    secret, file = "CANARY-45.8131N", BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x9286] = secret, secret
    exif.get_ifd(0x8825)[29] = secret
    picture = Image.new("RGB", (640, 480), "#20242c")
    picture.paste(Image.new("RGB", (240, 50), "#ffffff"), (200, 300))
    options: dict[str, Any] = {"icc_profile": secret.encode() * 9, "comment": secret, "xmp": secret.encode()}
    picture.save(file, "JPEG", exif=exif, quality=95, **options)
    assert file.getvalue().count(secret.encode()) >= 5
    client, served = kept.test_client(), b""
    for path, field in (
        ("/v1/recognise?annotated=1", "image"),
        ("/", "file"),
        ("/upload-camera-image", "image"),
    ):
        answer = client.post(path, data={field: (BytesIO(file.getvalue()), "car.jpg")})
        assert answer.status_code == 200
        served += answer.data
    for read in client.get("/v1/reads").json["items"]:
        for key in filter(None, (read["frame"]["image"], read["crop"])):
            served += client.get(f"/v1/images/{key}").data
    import base64

    told = base64.b64decode(re.search(rb'"annotated":"([^"]+)"', served)[1])  # type: ignore[index]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    for text in (served, told, stored):
        assert secret.encode() not in text
        assert b"Exif\0" not in text
    wall.measured(f"0 of {len(stored) + len(served)} bytes stored and served are metadata's")
