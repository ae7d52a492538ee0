"""What a user may name as a source, ready to be opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from platewise.core.suffixes import PICTURES
from platewise.errors import InputError
from platewise.register import sources

VIDEOS = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".flv", ".mjpeg", ".mjpg"}
)
Options: TypeAlias = tuple[tuple[str, str], ...]
SECRET = 4
"""A shorter secret is hidden where the address stands, but not in the words of a message."""


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


def parse(text: str, options: Mapping[str, object] | None = None) -> Address:
    """Return the address of what a user wrote; InputError where that is nothing to be opened."""
    scheme = sources.scheme_of(text)
    given = sources.options_of(text, options or {})
    if scheme == sources.WEBCAM:
        return Address(Kind.WEBCAM, text.partition(":")[2], given)
    kind = Kind(scheme.removesuffix("s")) if scheme else _kind_of(text)
    return Address(kind, text, given)


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
