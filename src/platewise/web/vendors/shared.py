"""What the routes of all families share: a blueprint with errors in its shape, pictures, one way in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeAlias

from flask import Response, request
from flask_openapi import APIBlueprint, RequestBody, Tag
from pydantic import BaseModel

from platewise.vision.reader import Reader
from platewise.web import once
from platewise.web.access.policies import VENDOR
from platewise.web.errors import ErrorAnswer, Refusal
from platewise.web.looking import Look, arrival, keep, look
from platewise.web.parts import parts
from platewise.web.times import parse_time, taken
from platewise.web.uploads import Upload, from_base64, from_url, picture

Shape: TypeAlias = Callable[[int, str], tuple[int, dict[str, Any]]]
"""From status and message to the status and the body that a vendor's clients expect."""
LONGEST_NAME = 100
_FALSE = ("", "0", "false", "no", "off")


def family(
    name: str, about: str, shape: Shape | None = None, failure: type[BaseModel] = ErrorAnswer
) -> APIBlueprint:
    """Return the blueprint of a family: its errors have the vendor's shape, which ``failure`` describes."""
    blueprint = APIBlueprint(
        f"vendor_{name}",
        __name__,
        abp_tags=[Tag(name=f"as {name}", description=about)],
        abp_responses=dict.fromkeys(("422", "4XX", "5XX"), failure),
        operation_id_callback=lambda *, name, **_: name,
    )

    @blueprint.before_request
    def _allow_long_texts() -> None:
        """Let a picture come as base64 in a field of a form; the whole request stays bounded."""
        request.max_form_memory_size = parts().settings.max_upload

    if shape is None:
        return blueprint

    @blueprint.after_request
    def _reshape(response: Response) -> Response:
        """Put our errors into the vendor's shape."""
        fault = _fault(response)
        if fault is None:
            return response
        response.status_code, body = shape(response.status_code, fault)
        response.set_data(json.dumps(body, ensure_ascii=False))
        return response

    return blueprint


def scope(name: str) -> str:
    """Return the scope of a family's tokens."""
    return f"{VENDOR}{name}"


def form_of(**fields: str) -> RequestBody:
    """Describe a form: each field is a ``file``, several ``files`` or a ``text``."""
    kinds: dict[str, Any] = {
        "file": {"type": "string", "format": "binary"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "text": {"type": "string"},
    }
    properties = {name: kinds[kind] for name, kind in fields.items()}
    schema = {"type": "object", "properties": properties}
    return RequestBody.model_validate(
        {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    )


def sent_picture(*fields: str, url: str | None = None) -> Upload:
    """Return the one picture of a form: a file or base64 in one of the fields, or what ``url`` names.

    400 when there is none.
    """
    if any(file.filename for name in fields for file in request.files.getlist(name)):
        return picture(*fields)
    text = next((request.form[name] for name in fields if request.form.get(name)), None)
    if text is not None:
        return base64_picture(text)
    address = request.values.get(url) if url else None
    return from_url(address) if address else picture(*fields)


def base64_picture(text: str) -> Upload:
    """Return the picture that is written in base64, in lines or not."""
    return from_base64("".join(text.split()))


def told(name: str) -> str | None:
    """Return what the form or the query says under a name, None where that is nothing."""
    return request.values.get(name, "").strip() or None


def switched_on(name: str) -> bool:
    """Tell whether the form or the query switches something on."""
    return (told(name) or "").lower() not in _FALSE


def number(name: str, default: float, low: float, high: float) -> float:
    """Return a number of the form or the query; 400 where it is none, or out of bounds."""
    text = told(name)
    try:
        value = default if text is None else float(text)
    except ValueError as error:
        raise Refusal(400, "bad_parameter", f"{name}: {text!r} is no number.") from error
    if not low <= value <= high:
        raise Refusal(400, "bad_parameter", f"{name} is {low:g} to {high:g}.")
    return value


def camera(name: str = "camera_id") -> str | None:
    """Return the camera that a request names, with what no name of a camera may have made a ``_``."""
    return camera_name(told(name))


def camera_name(text: str | None) -> str | None:
    """Return a text as the name of a camera; None where nothing is left."""
    allowed = (c if c.isprintable() and c not in "/\ufffd" else "_" for c in (text or "").strip())
    return "".join(allowed)[:LONGEST_NAME] or None


def json_body() -> Any:
    """Return the body as JSON, whatever type it is said to be; None where it is none."""
    try:
        return request.get_json(silent=True, force=True)
    except RecursionError:  # it is nested deeper than anything that is meant
        return None


def moment(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """Return when a picture was taken, in ``zone`` where the text has no offset; 400 where it cannot be."""
    if not text:
        return None
    try:
        return taken(parse_time(text, zone))
    except ValueError as error:
        raise Refusal(400, "bad_time", str(error)) from error


def read_and_keep(
    upload: Callable[[], Upload],
    reader: Callable[[], Reader],
    answer: Callable[[Look], Response],
    where: str | None = None,
    at: datetime | None = None,
    adapt: Callable[[Look], Look] = lambda seen: seen,
) -> Response:
    """Read a picture, let the gatehouse admit what was read, and answer: the one way of every family.

    ``adapt`` may choose among the reads before they are kept: what is answered is what is kept.
    """
    again = once.before()
    if again:
        return again
    seen = adapt(look(upload(), reader()))
    return keep([arrival(seen, where, at)], lambda _: answer(seen))


def _fault(response: Response) -> str | None:
    """Return the message of an answer that is one of our errors."""
    if response.status_code < 400 or not response.is_json:
        return None
    body = response.get_json(silent=True)
    fault = body.get("error") if isinstance(body, dict) else None
    return str(fault["message"]) if isinstance(fault, dict) and "message" in fault else None
