"""Who the client is when a proxy stands between: forwarding headers count only from trusted proxies."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from platewise.errors import SettingError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PROXIED = "platewise.proxied"
"""Set in the environ of a request that came, or says it came, through a proxy."""
_SIGNS = ("FORWARDED", "VIA", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REAL_IP")


class TrustedProxies:
    """WSGI middleware: puts the client's address, scheme and host where a trusted proxy reports them."""

    def __init__(self, app: "WSGIApplication", trusted: Sequence[str]) -> None:
        """Trust these addresses and networks; SettingError for what is none."""
        try:
            self._trusted = [ip_network(text, strict=False) for text in trusted]
        except ValueError as error:
            raise SettingError(f"PLATEWISE_TRUSTED_PROXIES: {error}") from error
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer the request as it was before the proxies."""
        if any(f"HTTP_{sign}" in environ for sign in _SIGNS) or environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
            environ[PROXIED] = True  # nginx, left to its defaults, betrays itself by nothing but HTTP/1.0
            if self._trusts(environ.get("REMOTE_ADDR", "")):
                self._restore(environ)
        return self._app(environ, start)

    def _restore(self, environ: "WSGIEnvironment") -> None:
        environ["REMOTE_ADDR"] = self._client(environ)
        for header, place in (("PROTO", "wsgi.url_scheme"), ("HOST", "HTTP_HOST")):
            if value := _parts(environ.get(f"HTTP_X_FORWARDED_{header}", ""))[-1:]:
                environ[place] = value[0]

    def _client(self, environ: "WSGIEnvironment") -> str:
        """Return the nearest address that is no trusted proxy: what stands further left may be invented."""
        client = environ["REMOTE_ADDR"]
        for hop in reversed(_parts(environ.get("HTTP_X_FORWARDED_FOR", ""))):
            if address(hop) is None or not self._trusts(client):
                break
            client = str(address(hop))
        return str(client)

    def _trusts(self, text: str) -> bool:
        known = address(text)
        return known is not None and any(known in network for network in self._trusted)


def address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, written with or without a port; None where there is none."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    host = host.partition(":")[0] if host.count(":") == 1 else host
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_loopback(host: str) -> bool:
    """Tell whether a name or address, with or without a port, is this machine's own."""
    found = address(host)
    return found.is_loopback if found else host.lower().partition(":")[0] == "localhost"


def group(text: str) -> str:
    """Return the key of an address among clients: of IPv6 the /64, which is one customer's."""
    found = address(text)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found or text)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
