"""The fetcher opens no connection but to public addresses, and is bounded in size and time (W4)."""

import http.server
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from platewise.errors import InputError
from platewise.outputs import safe_http
from platewise.outputs.safe_http import SafeFetcher, is_public

CLOSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1",
    "192.168.0.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2620:4f:8000::1", "3fff::1", "4000::1",
    "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:7f00:1",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "198.20.0.1", "2606:4700::1111"]
SPELT = [
    "http://127.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://017700000001/",
    "http://①②⑦.0.0.1/", "http://localhost/", "http://localhost./", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://[::]/", "http://0/", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1%25eth0]/",
    "https://127.0.0.1/", "http://0.0.0.0/", "http://127.0.0.1.:80/",
]  # fmt: skip
NO_URLS = [
    "", "car.jpg", "/etc/passwd", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/",
    "data:,x",
    "http:///x", "http://", "https://", "http://user@example.org/", "http://user:pw@example.org/", "http://:pw@x/",
    "http://example.org:0/", "http://example.org:99999/", "http://example.org:a/", "http://[::1/",
    "http://a b/",
    "http://example.org/\r\nX: y", "http://example.org/\x00", "http://example.org\\@127.0.0.1/", "jar:http://x!/",
    "HTTP://", "http://" + "a" * 2000, "dict://127.0.0.1:11211/", "//example.org/x", "http://a..b/", "http://*/",
]  # fmt: skip


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the addresses that anything tried to connect to."""
    tried: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("refused by the test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


@pytest.mark.parametrize("address", CLOSED)
@pytest.mark.wall("W4")
def test_an_address_that_is_not_public(address: str, sockets: list[Any]) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(InputError):
        SafeFetcher(1000, resolver=lambda *_: [address])("http://example.org/")
    with pytest.raises(InputError):
        SafeFetcher(1000, resolver=lambda *_: ["8.8.8.8", address])("http://example.org/")
    assert sockets == []


@pytest.mark.parametrize("address", OPEN)
@pytest.mark.wall("W4")
def test_a_public_address_is_the_one_connected_to(address: str, sockets: list[Any]) -> None:
    asked: list[str] = []

    def resolver(host: str, _: int) -> list[str]:
        asked.append(host)
        return [address] if len(asked) == 1 else ["127.0.0.1"]  # what a rebinding server answers next

    with pytest.raises(InputError):
        SafeFetcher(1000, resolver=resolver)("http://example.org:8080/x")
    assert asked == ["example.org"]
    assert [tried[:2] for tried in sockets] == [(address, 8080)]


@pytest.mark.parametrize("url", [*SPELT, *NO_URLS])
@pytest.mark.wall("W4")
def test_a_url_that_is_not_fetched(url: str, sockets: list[Any]) -> None:
    with pytest.raises(InputError):
        SafeFetcher(1000)(url)
    assert sockets == []


class Pages(http.server.BaseHTTPRequestHandler):
    """What a host on the internet may answer."""

    seen: dict[str, str]

    def do_GET(self) -> None:
        Pages.seen = {"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}
        getattr(self, f"_{self.path.partition('?')[0].strip('/')}")()

    def _start(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _good(self) -> None:
        self._start(200, Content_Length="5")
        self.wfile.write(b"hello")

    def _moved(self) -> None:
        self._start(302, Location="http://127.0.0.1/secret")

    def _missing(self) -> None:
        self._start(404)

    def _long(self) -> None:
        self._start(200, Content_Length="1001")

    def _endless(self) -> None:
        self._start(200)
        for _ in range(10):
            self.wfile.write(b"x" * 500)

    def _cut(self) -> None:
        self._start(200, Content_Length="500")
        self.wfile.write(b"half")

    def _drip(self) -> None:
        self._start(200)
        for _ in range(40):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve ``Pages`` as if this machine were a public host."""
    monkeypatch.setattr(safe_http, "is_public", lambda _: True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://example.org:{server.server_port}"
        server.shutdown()
        thread.join()


def _fetcher(total: float = 5.0) -> SafeFetcher:
    return SafeFetcher(1000, total, resolver=lambda *_: ["127.0.0.1"])


def test_what_is_there_is_fetched(host: str) -> None:
    assert _fetcher()(f"{host}/good?a=b") == b"hello"
    assert Pages.seen["path"] == "/good?a=b"
    assert Pages.seen["host"].startswith("example.org:")
    assert not {"cookie", "authorization", "referer"} & set(Pages.seen)


@pytest.mark.parametrize(
    ("page", "told"),
    [("moved", "302"), ("missing", "404"), ("long", "MiB"), ("endless", "MiB"), ("cut", "fetched")],
)
@pytest.mark.wall("W4")
def test_an_answer_that_is_not_taken(host: str, page: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        _fetcher()(f"{host}/{page}?token=secret")
    assert "secret" not in str(error.value)


@pytest.mark.wall("W4")
def test_a_slow_drip_is_cut(host: str) -> None:
    start = time.monotonic()
    with pytest.raises(InputError, match="fetched"):
        _fetcher(total=0.3)(f"{host}/drip")
    assert time.monotonic() - start < 1.5
