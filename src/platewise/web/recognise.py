"""``POST /v1/recognise``: a picture in, its reads out."""

from typing import Any

from flask import Blueprint, request

from platewise.vision.reader import Reader
from platewise.web import readers
from platewise.web.errors import Refusal
from platewise.web.uploads import picture

MOST_CANDIDATES = 20

blueprint = Blueprint("recognise", __name__)


@blueprint.post("/v1/recognise")
def recognise() -> dict[str, Any]:
    """Return the reads of the uploaded picture; query: ``regions=gb,fr``, ``top=5``, ``crops=1``."""
    file = picture("image", "file")
    return {**_reader().read(file.read()).to_dict(), "image": file.filename}


def _reader() -> Reader:
    query = request.args
    codes = [code.strip().lower() for code in query.get("regions", "").split(",") if code.strip()]
    top = _top(query["top"]) if "top" in query else None
    return readers.shared().get(codes, top, _flag("crops", query.get("crops", "0")))


def _top(text: str) -> int:
    if text not in {str(n) for n in range(1, MOST_CANDIDATES + 1)}:
        message = f"top is a whole number from 1 to {MOST_CANDIDATES}, not {text!r}."
        raise Refusal(422, "bad_parameter", message)
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise Refusal(422, "bad_parameter", f"{name} is 0 or 1, not {text!r}.")
    return text == "1"
