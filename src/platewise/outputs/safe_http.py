"""Asks hosts that a stranger names, and none that only this machine can reach (SSRF).

The name is resolved once, every address of it must be a public one, and the connection goes to exactly that
address: what the name means a moment later does not matter. No redirect is followed, no proxy and no
credential is used, and size and time are bounded.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

from platewise import clock
from platewise.errors import InputError

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
CONNECT, TOTAL = 5.0, 10.0
"""Seconds to connect, and for the whole answer."""
LONGEST_URL = 2000
_HEADERS = {"User-Agent": "platewise", "Connection": "close"}

_CLOSED_4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, metadata of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relay
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_OPEN_6 = ip_network("2000::/3")
_CLOSED_6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments, Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address inside
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)
"""The upper half of an interface's name that says: an IPv4 address is inside."""


def is_public(address: Address) -> bool:
    """Tell whether everybody on the internet reaches the same host under this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    inside = (int(address) >> 32) & 0xFFFFFFFF
    return address in _OPEN_6 and inside not in _ISATAP and not any(address in net for net in _CLOSED_6)


def resolve(host: str, port: int) -> list[str]:
    """Return all addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Request(NamedTuple):
    """What is asked of a host."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes | None = None


class Answer(NamedTuple):
    """What a host answered: its status, the header Retry-After, its body (None where that is too long)."""

    status: int
    retry_after: str | None
    body: bytes | None


class SafeHttp:
    """Sends requests to public hosts, and to those of ``private`` networks that the owner named."""

    def __init__(self, private: Iterable[str] = (), resolver: Resolve = resolve, advice: str = "") -> None:
        """Allow the networks, such as ``192.168.1.0/24``, beside what is public; ``advice`` says how."""
        self._private = tuple(ip_network(network, strict=False) for network in private)
        self._resolver, self._advice = resolver, advice
        self._tls = ssl.create_default_context()

    def __call__(self, request: Request, total: float, most: int) -> Answer:
        """Return the answer, in at most so many seconds and bytes, or raise InputError."""
        parts, began = parse(request.url), clock.ticks()
        address = self.address(str(parts.hostname), parts.port or PORTS[parts.scheme])
        try:
            left = total - (clock.ticks() - began)  # to find the address may take long
            if left <= 0:
                raise TimeoutError
            return self._exchange(request, address, left, most)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise InputError(f"{shown(parts)} cannot be fetched: {type(error).__name__}") from error

    def address(self, host: str, port: int) -> str:
        """Return the address to connect to; InputError when any address of the host is not allowed."""
        try:
            found = self._resolver(host, port)
            addresses = [ip_address(text.partition("%")[0]) for text in found]
        except (OSError, ValueError) as error:  # UnicodeError, of a name that is none, is a ValueError
            raise InputError(f"{place(host, port)} cannot be found") from error
        if not addresses or not all(map(self._allows, addresses)):
            raise InputError(f"{place(host, port)} leads to an address that is not public{self._advice}")
        return found[0]

    def _allows(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self._private)

    def _exchange(self, request: Request, address: str, total: float, most: int) -> Answer:
        parts = parse(request.url)
        tls = self._tls if parts.scheme == "https" else None
        connection = _Pinned((str(parts.hostname), parts.port or PORTS[parts.scheme]), address, total, tls)
        timer = threading.Timer(total, connection.cut)  # a slow drip never runs into a timeout
        with closing(connection):
            timer.start()
            try:
                connection.connect()
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request(request.method, target, request.body, {**_HEADERS, **request.headers})
                with closing(connection.getresponse()) as response:
                    answer = _answer(response, most)
            finally:
                timer.cancel()
        if connection.late:
            raise TimeoutError
        return answer


def _answer(response: http.client.HTTPResponse, most: int) -> Answer:
    declared, wanted = response.length or 0, most > 0
    data = response.read(most + 1) if wanted and declared <= most else b""
    if wanted and len(data) < declared <= most:
        raise http.client.IncompleteRead(data, declared - len(data))
    longer = max(declared, len(data)) > most
    return Answer(response.status, response.headers.get("Retry-After"), None if longer else data)


class SafeFetcher:
    """Returns the bytes at a public http or https URL."""

    def __init__(self, most: int, total: float = TOTAL, resolver: Resolve = resolve) -> None:
        """Take at most ``most`` bytes in ``total`` seconds."""
        self._most, self._total, self._http = most, total, SafeHttp((), resolver)

    def __call__(self, url: str) -> bytes:
        """Return the bytes, or raise InputError."""
        answer = self._http(Request("GET", url), self._total, self._most)
        if answer.status != 200:
            raise InputError(
                f"{shown(parse(url))} answers with status {answer.status}; give the picture's own URL"
            )
        if answer.body is None:
            raise InputError(f"what {shown(parse(url))} holds is over {self._most / 2**20:g} MiB")
        return answer.body


class _Pinned(http.client.HTTPConnection):
    """A connection to a host by an address that was found before."""

    def __init__(self, to: tuple[str, int], address: str, total: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(*to, timeout=total)
        self._address, self._tls, self.late = address, tls, False
        self._line: socket.socket | None = None
        if tls is not None:
            self.default_port = PORTS["https"]  # which is left out of the header Host

    def connect(self) -> None:
        """Connect to the address; by https, ask for the host's certificate."""
        self.sock = self._line = self._reach()
        if self._tls is not None:
            plain, name = self._line, self.host
            wrapped = self._tls.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
            self.sock = self._line = wrapped
            wrapped.do_handshake()

    def _reach(self) -> socket.socket:
        total = self.timeout or TOTAL
        line = socket.create_connection((self._address, self.port), min(CONNECT, total))
        line.settimeout(total)
        return line

    def cut(self) -> None:
        """End the connection while another thread waits for it."""
        self.late = True
        if self._line is not None:  # self.sock is given up as soon as the answer begins
            with suppress(OSError):  # it may have ended by itself
                self._line.shutdown(socket.SHUT_RDWR)


def parse(url: str) -> SplitResult:
    """Return the parts of a URL; InputError for one that nothing should be asked of."""
    if len(url) > LONGEST_URL or any(c <= " " or c == "\x7f" or c == "\\" for c in url):
        raise InputError("this is no URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError("this is no URL") from error
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise InputError("give an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise InputError("a URL with a user name or a password is not fetched")
    return parts


def shown(parts: SplitResult) -> str:
    """Return a parsed URL without its path and query, which may hold a secret."""
    return f"{parts.scheme}://{parts.netloc}"


def place(host: str, port: int) -> str:
    """Return a host and its port as a URL writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
