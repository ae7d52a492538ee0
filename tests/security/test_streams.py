"""H6: who may no longer listen hears no more, within seconds; and who may, does."""

import http.client
import threading
from collections.abc import Callable
from typing import Any

import pytest

import walls
from platewise.clock import ticks
from platewise.web.access import people, tokens
from serving import Served

PATIENCE_S = 5.0


def _listen(port: int, headers: dict[str, str], ended: threading.Event) -> http.client.HTTPResponse:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", "/v1/events", headers=headers)
    answer = line.getresponse()
    assert answer.status == 200

    def drain() -> None:
        while answer.readline():
            pass
        ended.set()
        line.close()

    threading.Thread(target=drain, daemon=True).start()
    return answer


def _revoked(site: Any) -> None:
    (token,) = [one for one in tokens.listed(site.store) if one.name == "test"][:1]
    tokens.revoke(site.store, token.id, by="test")


def _lowered(site: Any) -> None:
    people.remove(site.store, "a-viewer", by="test")


def _logged_out(site: Any) -> None:
    people.end_sessions(site.store, "a-operator", by="test")


@pytest.mark.wall("H6")
@pytest.mark.parametrize("end", [_revoked, _lowered, _logged_out], ids=["revoked", "removed", "logged out"])
def test_a_stream_ends_with_the_right_to_it(whole: Any, end: Callable[[Any], None], wall: walls.Wall) -> None:
    served = Served(whole.app)
    mine, others = threading.Event(), threading.Event()
    try:
        if end is _logged_out:
            cookie = whole.log_in("operator").get_cookie("platewise")
            headers = {"Cookie": f"platewise={cookie.value}"}
        else:
            headers = whole.token("viewer", user="a-viewer" if end is _lowered else None)
        _listen(served.port, headers, mine)
        _listen(served.port, whole.token("viewer"), others)
        assert not mine.wait(1.5)
        start = ticks()
        end(whole)
        assert mine.wait(PATIENCE_S)
        wall.measured(f"a stream ends {ticks() - start:.1f} s after the right to it")
        assert not others.is_set()
    finally:
        served.close()
