"""Fetches what a stranger names, and nothing that only this machine can reach (SSRF).

The name is resolved once, every address of it must be a public one, and the connection goes to exactly that
address: what the name means a moment later does not matter. No redirect is followed, no proxy and no
credential is used, and size and time are bounded.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from platewise.errors import InputError

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
CONNECT, TOTAL = 5.0, 10.0
"""Seconds to connect, and for the whole answer."""
LONGEST_URL = 2000

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


class SafeFetcher:
    """Returns the bytes at a public http or https URL."""

    def __init__(self, most: int, total: float = TOTAL, resolver: Resolve = resolve) -> None:
        """Take at most ``most`` bytes in ``total`` seconds."""
        self._most, self._total, self._resolve = most, total, resolver
        self._tls = ssl.create_default_context()

    def __call__(self, url: str) -> bytes:
        """Return the bytes, or raise InputError."""
        parts = _parsed(url)
        port = _port(parts)
        address = self._address(str(parts.hostname), port)
        try:
            return self._get(parts, address, port)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise InputError(f"{_shown(parts)} cannot be fetched: {type(error).__name__}") from error

    def _address(self, host: str, port: int) -> str:
        """Return the address to connect to; InputError when any address of the host is not public."""
        try:
            found = self._resolve(host, port)
            addresses = [ip_address(text.partition("%")[0]) for text in found]
        except (OSError, ValueError) as error:  # UnicodeError, of a name that is none, is a ValueError
            raise InputError("the host of the URL cannot be found") from error
        if not addresses or not all(map(is_public, addresses)):
            raise InputError("the URL leads to an address that is not public")
        return found[0]

    def _get(self, parts: SplitResult, address: str, port: int) -> bytes:
        tls = self._tls if parts.scheme == "https" else None
        connection = _Pinned(str(parts.hostname), port, address, tls)
        clock = threading.Timer(self._total, connection.cut)  # a slow drip never runs into a timeout
        with closing(connection):
            clock.start()
            try:
                connection.connect()
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("GET", target, headers={"User-Agent": "platewise", "Connection": "close"})
                with closing(connection.getresponse()) as response:
                    data = self._body(response, parts)
            finally:
                clock.cancel()
        if connection.late:
            raise TimeoutError
        return data

    def _body(self, response: http.client.HTTPResponse, parts: SplitResult) -> bytes:
        if response.status != 200:
            raise InputError(
                f"{_shown(parts)} answers with status {response.status}; give the picture's own URL"
            )
        if (response.length or 0) > self._most:
            raise InputError(f"what {_shown(parts)} holds is over {self._most / 2**20:g} MiB")
        data = response.read(self._most + 1)
        if response.length and len(data) <= self._most:
            raise http.client.IncompleteRead(data, response.length)
        if len(data) > self._most:
            raise InputError(f"what {_shown(parts)} holds is over {self._most / 2**20:g} MiB")
        return data


class _Pinned(http.client.HTTPConnection):
    """A connection to a host by an address that was found before."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT)
        self._address, self._tls, self.late = address, tls, False
        self._line: socket.socket | None = None
        if tls is not None:
            self.default_port = PORTS["https"]  # which is left out of the header Host

    def connect(self) -> None:
        """Connect to the address; by https, ask for the host's certificate."""
        self.sock = self._line = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            plain, name = self._line, self.host
            wrapped = self._tls.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False)
            self.sock = self._line = wrapped
            wrapped.do_handshake()

    def cut(self) -> None:
        """End the connection while another thread waits for it."""
        self.late = True
        if self._line is not None:  # self.sock is given up as soon as the answer begins
            with suppress(OSError):  # it may have ended by itself
                self._line.shutdown(socket.SHUT_RDWR)


def _parsed(url: str) -> SplitResult:
    """Return the parts of a URL; InputError for one that should not be fetched."""
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


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _shown(parts: SplitResult) -> str:
    """Return a URL without its path and query, which may hold a secret."""
    return f"{parts.scheme}://{parts.hostname}"
