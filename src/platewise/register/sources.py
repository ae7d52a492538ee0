"""How a camera's source is spelled. An allow list: FFmpeg knows addresses that run programs or read files."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from platewise.errors import InputError

WEBCAM = "webcam"
NETWORK = ("rtsp", "rtsps", "http", "https")
LONGEST = 2000
OPTIONS = {
    "rtsp": {"rtsp_transport": re.compile(r"tcp|udp|udp_multicast|http"), "timeout": re.compile(r"\d{1,3}")},
    "http": {"user_agent": re.compile(r"[\w .;:/()+-]{1,200}"), "timeout": re.compile(r"\d{1,3}")},
}
"""Options that a network camera may have, and what they may be; ``timeout`` is in seconds."""
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII but the space and the backslash, which programs read differently."""


def scheme_of(text: str) -> str:
    """Return what an address begins with, '' for a file or a folder; InputError where it is no source."""
    scheme, colon, _ = text.partition(":")
    if re.fullmatch(rf"{WEBCAM}:\d{{1,2}}", text, re.ASCII):
        return WEBCAM
    if colon and scheme.lower() in NETWORK:
        _check_network(text)
        return scheme.lower()
    if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.,-]+", scheme):
        raise InputError(
            f"sources of the kind {scheme[:20]}: are not opened; "
            f"known: files, folders, {WEBCAM}:N, {', '.join(f'{one}://' for one in NETWORK)}"
        )
    return ""


def options_of(text: str, options: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the options of a source by name, as text; InputError where it has no such option or value."""
    known = OPTIONS.get(scheme_of(text).removesuffix("s"), {})
    given = sorted((name, str(value)) for name, value in options.items())
    for name, value in given:
        if name not in known:
            raise InputError(f"no option {name[:40]!r} here; known: {', '.join(known) or 'none'}")
        if not known[name].fullmatch(value):
            raise InputError(f"option {name} cannot be {value[:40]!r}")
    return tuple(given)


def check_kept(text: str) -> str:
    """Return a source that a site may keep; InputError says what it can be.

    Another machine may be the one that opens it: a file or folder needs its whole path, and need not be here.
    """
    whole = PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
    if text and not scheme_of(text) and not whole:
        raise InputError(
            "a source is an address such as rtsp://name:password@host:554/path or http://host/video.mjpg, "
            f"{WEBCAM}:N, or the whole path of a folder or a file, such as /srv/cameras/north"
        )
    return text


def _check_network(text: str) -> None:
    if len(text) > LONGEST or not _PLAIN.fullmatch(text):
        raise InputError("an address is plain letters, digits and signs; write others as %xx")
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and text.lower().startswith(f"{parts.scheme}://") and parts.port != 0
    except ValueError:
        usable = False
    if not usable or (parts.hostname or "").startswith("-"):
        raise InputError("an address is like rtsp://name:password@host:554/path")
