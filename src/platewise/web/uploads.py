"""The pictures of a request: files, base64 text or a URL."""

import base64
import binascii
from dataclasses import dataclass, field

from flask import request

from platewise.web.errors import Refusal
from platewise.web.parts import parts

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of a picture, and the name that its sender gave it: never a name for a file here."""

    data: bytes = field(repr=False)
    name: str | None = None


def pictures(*fields: str) -> list[Upload]:
    """Return the files sent in these form fields; 400 when there is none."""
    files = [file for name in fields for file in request.files.getlist(name) if file.filename]
    if not files:
        raise _no_file(fields, 0)
    return [Upload(file.read(), _clean(file.filename or "")) for file in files]


def picture(*fields: str) -> Upload:
    """Return the one file sent in these form fields; 400 when there is none, or several."""
    found = pictures(*fields)
    if len(found) != 1:
        raise _no_file(fields, len(found))
    return found[0]


def from_base64(text: str) -> Upload:
    """Return the picture that is written in base64, alone or as a ``data:`` URL."""
    _, _, encoded = text.rpartition(";base64,")
    try:
        return Upload(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Refusal(422, "bad_parameter", f"image: this is no base64 ({error}).") from error


def from_url(url: str) -> Upload:
    """Return the picture at a URL; 403 where the owner does not let the server fetch."""
    fetch = parts().fetch
    if fetch is None:
        raise Refusal(403, "no_fetching", "This server takes no pictures from URLs; send the file.")
    return Upload(fetch(url))


def _clean(name: str) -> str:
    """Return a sender's name for a file, fit to be kept and shown."""
    return "".join(c for c in name if c.isprintable())[:LONGEST_NAME]


def _no_file(fields: tuple[str, ...], count: int) -> Refusal:
    named = " or ".join(f"'{name}'" for name in fields)
    message = f"Send one picture as multipart/form-data in the field {named}; {count} came."
    return Refusal(400, "no_file", message)
