"""What a user may name as a source. An allow list: FFmpeg knows addresses that run programs or read files."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from platewise.errors import InputError

PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp"})
VIDEOS = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".flv", ".mjpeg", ".mjpg"}
)
Options: TypeAlias = tuple[tuple[str, str], ...]
SCHEMES = {"rtsp": "rtsp", "rtsps": "rtsp", "http": "http", "https": "http"}
OPTIONS = {
    "rtsp": {"rtsp_transport": re.compile(r"tcp|udp|udp_multicast|http"), "timeout": re.compile(r"\d{1,3}")},
    "http": {"user_agent": re.compile(r"[\w .;:/()+-]{1,200}"), "timeout": re.compile(r"\d{1,3}")},
}
"""Options a camera may have, and what they may be; ``timeout`` is in seconds."""
LONGEST = 2000
SECRET = 4
"""A shorter secret is hidden where the address stands, but not in the words of a message."""
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII but the space and the backslash, which programs read differently."""


class Kind(StrEnum):
    """How a source is read."""

    PICTURE = "picture"
    FOLDER = "folder"
    VIDEO = "video"
    WEBCAM = "webcam"
    RTSP = "rtsp"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Address:
    """A source that may be opened. ``target`` may hold a password: show ``str(address)``, never it."""

    kind: Kind
    target: str = field(repr=False)
    options: Options = ()

    @property
    def live(self) -> bool:
        """Whether frames come when they come: what is not read in time is lost."""
        return self.kind in (Kind.WEBCAM, Kind.RTSP, Kind.HTTP)

    @property
    def stills(self) -> bool:
        """Whether each picture stands for itself."""
        return self.kind in (Kind.PICTURE, Kind.FOLDER)

    @property
    def name(self) -> str:
        """A short name for a camera that has none: the file's or the host's."""
        if self.kind in (Kind.RTSP, Kind.HTTP):
            return urlsplit(self.target).hostname or self.kind.value
        return f"webcam{self.target}" if self.kind is Kind.WEBCAM else Path(self.target).stem

    def __str__(self) -> str:
        """Return the source as it may be shown and logged: without user, password and query."""
        if self.kind not in (Kind.RTSP, Kind.HTTP):
            return self.target
        parts = urlsplit(self.target)
        return f"{parts.scheme}://{_place(parts)}{parts.path}"

    def hide(self, text: str) -> str:
        """Return a message about this source without its secrets."""
        if self.kind not in (Kind.RTSP, Kind.HTTP):
            return text
        parts = urlsplit(self.target)
        text = text.replace(self.target, str(self))
        text = text.replace(parts.netloc, _place(parts))
        for secret in (parts.password, parts.username, parts.query):
            text = text.replace(secret, "***") if secret and len(secret) >= SECRET else text
        return text


def parse(text: str, options: dict[str, str] | None = None) -> Address:
    """Return the address of what a user wrote; InputError where that is nothing to be opened."""
    scheme, colon, rest = text.partition(":")
    if re.fullmatch(r"webcam:\d{1,2}", text):
        return Address(Kind.WEBCAM, rest, _checked({}, options))
    if colon and scheme.lower() in SCHEMES:
        return _network(text, options)
    if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.,-]+", scheme):
        raise InputError(
            f"sources of the kind {scheme[:20]}: are not opened; "
            f"known: files, folders, webcam:N, {', '.join(f'{s}://' for s in SCHEMES)}"
        )
    return Address(_kind_of(text), text, _checked({}, options))


def _network(text: str, options: dict[str, str] | None) -> Address:
    if len(text) > LONGEST or not _PLAIN.fullmatch(text):
        raise InputError("an address is plain letters, digits and signs; write others as %xx")
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and text.lower().startswith(f"{parts.scheme}://") and parts.port != 0
    except ValueError:
        usable = False
    if not usable or (parts.hostname or "").startswith("-"):
        raise InputError("an address is like rtsp://name:password@host:554/path")
    kind = Kind(SCHEMES[parts.scheme])
    return Address(kind, text, _checked(OPTIONS[kind.value], options))


def _checked(known: dict[str, re.Pattern[str]], options: dict[str, str] | None) -> Options:
    for name, value in (options or {}).items():
        if name not in known:
            raise InputError(f"no option {name[:40]!r} here; known: {', '.join(known) or 'none'}")
        if not known[name].fullmatch(value):
            raise InputError(f"option {name} cannot be {value[:40]!r}")
    return tuple(sorted((options or {}).items()))


def _kind_of(text: str) -> Kind:
    path = Path(text)
    try:
        if not text or "\0" in text or not path.exists():
            raise InputError(f"{text!r}: no such file or folder")
        if path.is_dir():
            return Kind.FOLDER
    except OSError as error:  # what is mounted there does not answer, or may not be looked at
        raise InputError(f"{text!r} cannot be opened: {error.strerror}") from error
    ending = path.suffix.lower()
    if ending in PICTURES:
        return Kind.PICTURE
    if ending in VIDEOS:
        return Kind.VIDEO
    raise InputError(f"{text}: neither a picture nor a video that is known ({' '.join(sorted(VIDEOS))})")


def _place(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port else host
