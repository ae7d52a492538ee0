"""Requests that another site made a browser send (CSRF), told by what browsers say of themselves.

No token in forms: each current browser states where a request comes from, and no page can change that.
"""

from urllib.parse import urlsplit

from flask import Request

SAFE = ("GET", "HEAD", "OPTIONS")


def is_forged(request: Request) -> bool:
    """Tell whether a request that may change something was, or may have been, started by another site."""
    if request.method in SAFE or _has_only_a_token(request):
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return bool(request.cookies)  # no browser: a program, which has no use for cookies
    return urlsplit(origin).netloc.lower() != request.host.lower()


def _has_only_a_token(request: Request) -> bool:
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    return scheme.lower() == "bearer" and not request.cookies
