"""Two servers, one PostgreSQL, nginx: they are one server, also while one of them is killed."""

import base64
import http.client
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import tiny

pytest.importorskip("waitress", reason="needs the [serve] extra")

from PIL import Image
from replicas import NGINX, Listener, Replicas, call, served

from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery, SightingQuery
from platewise.web import access

LIMIT, CLIENTS, EACH = 30, 8, 20
PASSWORD = "seven tin kettles"
OTHER = 10_000
"""Seconds from the pictures of one test to those of the next: one sent twice is the same picture."""
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def url(postgres_url: str) -> str:
    """Return the URL of a database of the test's own."""
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS replicas WITH (FORCE)")
        connection.execute("CREATE DATABASE replicas")
    return postgres_url.replace("@/postgres?", "@/replicas?")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replicas")


@pytest.fixture(scope="module")
def store(url: str, place: Path) -> Iterator[Store]:
    """A store over the database of the servers."""
    opened = open_store(url, place / "data" / "images")
    access.people.add(opened, "ann", "manager", PASSWORD, by="test")  # else all is open to this machine
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def replicas(store: Store, url: str, place: Path) -> Iterator[Replicas]:
    if NGINX is None:
        pytest.skip("needs nginx: apt install nginx")
    (place / "models").mkdir()
    environment = {
        "PLATEWISE_MODELS": str(tiny.write(place / "models")),
        "PLATEWISE_DATABASE": url,
        "PLATEWISE_DATA": str(place / "data"),
        "PLATEWISE_TRUSTED_PROXIES": "127.0.0.1",
        "PLATEWISE_READS_PER_MINUTE": str(LIMIT),
    }
    with served(place, environment) as running:
        yield running


@pytest.fixture
def token(store: Store) -> Callable[[], dict[str, str]]:
    """Return a function that makes the header of a new token."""

    def make() -> dict[str, str]:
        _, secret = access.tokens.create(store, "test", ("manager",), by="test")
        return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    return make


def picture() -> bytes:
    file = io.BytesIO()
    Image.fromarray(tiny.scene((56, 56))).save(file, "JPEG", quality=95)
    return json.dumps({"image": base64.b64encode(file.getvalue()).decode()}).encode()


def path(number: int) -> str:
    at = (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
    return f"/v1/recognise?camera=north&captured_at={at}"


def test_events_and_limits_and_keys_hold_for_both(
    replicas: Replicas, token: Callable[[], dict[str, str]], store: Store
) -> None:
    who = token()
    listeners = [Listener(port, who) for port in (*replicas.ports, replicas.front)]

    def post(number: int) -> int:
        return call(replicas.ports[number % 2], "POST", path(number), picture(), who)[0]

    with ThreadPoolExecutor(6) as pool:
        assert Counter(pool.map(post, range(LIMIT + 15))) == {200: LIMIT, 429: 15}
    with store.reading() as unit:
        numbers = [event.id for event in unit.events.after(0)]
    assert len(numbers) == LIMIT
    for listener in listeners:
        listener.wait_for(LIMIT)
        listener.close()
        assert listener.events == numbers, "each once, in order, whichever server wrote it"

    other = {**token(), "Idempotency-Key": "the same"}
    with ThreadPoolExecutor(6) as pool:
        ports = [replicas.ports[number % 2] for number in range(6)]
        answers = set(pool.map(lambda port: call(port, "POST", path(900), picture(), other), ports))
    assert len(answers) == 1, "one key has one answer, whichever server is asked"
    with store.reading() as unit:
        assert len(unit.events.after(numbers[-1])) == 1


def test_a_session_of_one_server_counts_at_the_other(replicas: Replicas) -> None:
    port, other = replicas.ports
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    line.request("POST", "/login", urlencode({"name": "ann", "password": PASSWORD}), kind)
    cookie = (line.getresponse().getheader("Set-Cookie") or "").split(";")[0]
    line.close()
    assert cookie
    assert call(other, "GET", "/v1/reads", headers={"Cookie": cookie})[0] == 200
    assert call(other, "GET", "/v1/reads")[0] == 401


def test_a_server_killed_under_load_loses_nothing_that_was_acknowledged(
    replicas: Replicas, token: Callable[[], dict[str, str]], store: Store
) -> None:
    with store.reading() as unit:
        first = unit.events.newest()
        before = len(unit.sightings.find(SightingQuery(limit=500)).items)
    listener, kept, lock = Listener(replicas.front, token(), first), dict[int, int](), threading.Lock()
    failures: Counter[int] = Counter()

    def client(number: int) -> None:
        """Send pictures one after the other, each until it is acknowledged."""
        who = token()
        for turn in range(EACH):
            arrival = number * EACH + turn
            while arrival not in kept:
                headers = {**who, "Idempotency-Key": f"picture {arrival}"}
                try:
                    status, body = call(replicas.front, "POST", path(OTHER + arrival), picture(), headers)
                except OSError:
                    status = 0
                with lock:
                    if status == 200:
                        kept[arrival] = json.loads(body)["reads"][0]["id"]
                    else:
                        failures[status] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(client, number) for number in range(CLIENTS)]
        until = time.monotonic() + 60
        while len(kept) < CLIENTS * EACH // 3 and time.monotonic() < until:
            time.sleep(0.01)
        replicas.kill(0)
        assert len(kept) < CLIENTS * EACH, "it was killed too late to matter"
        for one in clients:
            one.result(timeout=120)
    total = CLIENTS * EACH
    assert set(failures) <= {0, 502, 503, 504}, failures
    with store.reading() as unit:
        for arrival, read in kept.items():
            record = unit.reads.get(read)
            assert record
            assert record.frame.captured_at == START + timedelta(seconds=OTHER + arrival)
        assert len(unit.reads.find(ReadQuery(limit=500)).items) == before + total
        assert len(unit.sightings.find(SightingQuery(limit=500)).items) == before + total
        # What the killed server was about to write took its number with it: the numbers may have gaps.
        numbers = [event.id for event in unit.events.after(first, limit=500)]
    assert len(numbers) == total
    listener.wait_for(total)
    listener.close()
    assert listener.events == numbers, "a stream that was cut goes on, each event once and in order"
