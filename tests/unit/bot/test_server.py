"""The client of the server: what it takes for an outage, and what for a refusal."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

import httpx

from platewise.bot import patience
from platewise.bot.patience import Away, persist
from platewise.bot.server import Refused, Server
from platewise.bot.stream import Happening, happenings

Answer = Callable[[httpx.Request], httpx.Response]
WHEN = datetime(2026, 5, 1, 10, tzinfo=UTC)


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run in a thread of its own: the browser tests leave a running loop in this one."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, work).result()


def _ask(answer: Answer, work: Callable[[Server], Coroutine[Any, Any, Any]]) -> Any:
    async def ask() -> Any:
        server = Server("http://server", "pw_secret")
        await server._http.aclose()
        server._http = httpx.AsyncClient(base_url="http://server", transport=httpx.MockTransport(answer))
        try:
            return await work(server)
        finally:
            await server.close()

    return _run(ask())


@pytest.mark.parametrize(
    ("status", "headers", "wait", "most"),
    [
        (429, {"Retry-After": "7"}, 7.0, None),
        (503, {}, None, None),
        (502, {"Retry-After": "soon"}, None, None),
        (507, {}, None, None),
        (401, {}, None, None),
        (302, {"Location": "/login"}, None, None),
        (500, {}, None, 5),
    ],
)
def test_what_may_pass(status: int, headers: dict[str, str], wait: float | None, most: int | None) -> None:
    with pytest.raises(Away) as away:
        _ask(
            lambda _: httpx.Response(status, headers=headers, text="<html>"),
            lambda server: server.lot("main"),
        )
    assert (away.value.wait, away.value.most) == (wait, most)


def test_what_does_not_pass() -> None:
    said = {"error": {"code": "not_found", "message": "There is no car park 'x'."}}
    with pytest.raises(Refused, match="no car park") as refused:
        _ask(lambda _: httpx.Response(404, json=said), lambda server: server.lot("x"))
    assert refused.value.status == 404


def test_a_connection_that_breaks_may_pass() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(Away, match="no route"):
        _ask(broken, lambda server: server.lot("main"))


def test_an_answer_that_is_no_json_may_pass() -> None:
    with pytest.raises(Away, match="JSON"):
        _ask(lambda _: httpx.Response(200, text="<html>"), lambda server: server.lot("main"))


def test_all_pages_are_read() -> None:
    asked: list[httpx.URL] = []

    def page(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        last = "cursor" in request.url.params
        return httpx.Response(200, json={"items": [{"id": len(asked)}], "next": None if last else "a b"})

    assert [one["id"] for one in _ask(page, lambda server: server.inside("north lot"))] == [1, 2]
    assert asked[1].params["cursor"] == "a b"
    assert asked[1].params["lot"] == "north lot"
    assert [one["id"] for one in _ask(page, lambda server: server.entries("a/b"))] == [3, 4]
    assert asked[2].raw_path.startswith(b"/v1/lists/a%2Fb/entries")


def test_a_picture_is_sent_with_its_key_and_time() -> None:
    def take(request: httpx.Request) -> httpx.Response:
        assert request.headers["Idempotency-Key"] == "telegram 1 2 u"
        assert request.url.params["captured_at"] == "2026-05-01T10:00:00+00:00"
        assert b'filename="u.jpg"' in request.content
        return httpx.Response(200, json={"reads": [{"id": 1}]})

    assert _ask(
        take, lambda server: server.recognise(b"jpeg", "u.jpg", "telegram", WHEN, "telegram 1 2 u")
    ) == ({"id": 1},)


async def _parts(*parts: bytes) -> Any:
    for part in parts:
        yield part


def test_streams_come_in_any_pieces() -> None:
    text = (
        b"retry: 2000\nid: 3\n\n: alive\n\n"
        b"id: 4\nevent: Entered\n"
        b'data: {"payload": {"plate": "\xe4\xba\xacA1", "place": "a\xe2\x80\xa8b"}}\n\n'
        b"id: 5\nevent: Le"
    )

    async def collect(size: int) -> list[Happening]:
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        return [one async for one in happenings(_parts(*pieces))]

    for size in (1, 7, 1000):
        first, second = _run(collect(size))
        assert first == Happening(3)
        assert (second.id, second.kind) == (4, "Entered")
        assert second.payload == {"plate": "京A1", "place": "a\u2028b"}


def test_persisting_waits_longer_and_longer_and_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(patience.asyncio, "sleep", sleep)
    waits: list[float | None] = [None, None, 9.0, None, *[None] * 6]
    notices: list[int] = []

    async def work() -> str:
        if len(slept) < len(waits):
            raise Away("away", waits[len(slept)])
        return "done"

    async def notice() -> None:
        notices.append(len(slept))

    assert _run(persist(work, notice)) == "done"
    assert slept == [0.5, 1, 9, 4, 8, 16, 30, 30, 30, 30]
    assert notices == [2]


def test_persisting_ends_where_it_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST", 0.0)
    tried: list[int] = []

    async def work() -> None:
        tried.append(1)
        raise Away("it fails", most=3)

    with pytest.raises(Away):
        _run(persist(work))
    assert len(tried) == 3
