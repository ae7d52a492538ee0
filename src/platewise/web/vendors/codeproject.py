"""CodeProject.AI's licence plate reader, as Blue Iris and others ask it."""

from dataclasses import replace
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict

from platewise import clock
from platewise.dialects import codeproject as dialect
from platewise.vision.reader import Reader
from platewise.web import identity
from platewise.web.access import policy
from platewise.web.looking import Look
from platewise.web.parts import parts
from platewise.web.uploads import Upload
from platewise.web.vendors import shared

SCOPE = shared.scope("codeproject")
CUSTOM = "license-plate"


class CodeProjectFailure(BaseModel):
    """What is wrong."""

    success: bool
    error: str
    code: int


class CodeProjectAnswer(BaseModel):
    """What was read."""

    model_config = ConfigDict(extra="allow")

    success: bool
    message: str
    predictions: list[dict[str, Any]]
    count: int
    code: int


class CodeProjectModels(BaseModel):
    """The names of custom models."""

    model_config = ConfigDict(extra="allow")

    success: bool
    models: list[str]


def _shape(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"success": False, "error": message, "code": status}


blueprint = shared.family(
    "codeproject", "CodeProject.AI Server's licence plate routes.", _shape, CodeProjectFailure
)
_FORM = shared.form_of(upload="file", min_confidence="text", operation="text", camera="text")
CARRIERS: Any = ("token", "api_key", "basic", "query")


@blueprint.post("/v1/vision/alpr", request_body=_FORM, responses={200: CodeProjectAnswer})
@policy("seed", SCOPE, carriers=CARRIERS)
def codeproject_alpr() -> Response:
    """Read the picture in `upload` (or `image`)."""
    return _alpr()


@blueprint.post("/v1/image/alpr", request_body=_FORM, responses={200: CodeProjectAnswer})
@policy("seed", SCOPE, carriers=CARRIERS)
def codeproject_image_alpr() -> Response:
    """Read the picture in `upload` (or `image`): the older address."""
    return _alpr()


@blueprint.post(f"/v1/vision/custom/{CUSTOM}", request_body=_FORM, responses={200: CodeProjectAnswer})
@policy("seed", SCOPE, carriers=CARRIERS)
def codeproject_custom() -> Response:
    """Find the plates of the picture in `upload`, as the custom model for plates does: by day or by night."""
    least = shared.number("min_confidence", 0.0, 0, 1)

    def answer(seen: Look) -> Response:
        """Tell each plate as a find of the plate detector."""
        reads = [read for read in seen.reads if read.detection_confidence >= least]
        labels = [dialect.label(seen.frame.pixels, read) for read in reads]
        return jsonify(
            dialect.answer(dialect.plates_found(reads, labels, _size(seen)), _work("custom", seen))
        )

    return shared.read_and_keep(_upload, _reader, answer, shared.camera("camera"))


@blueprint.post("/v1/vision/custom/list", responses={200: CodeProjectModels})
@policy("seed", SCOPE, carriers=CARRIERS)
def codeproject_custom_list() -> Response:
    """Name the custom models: the one for plates."""
    return jsonify(
        dialect.models([CUSTOM], dialect.Work("list-custom", identity.current(), clock.now(), 0, 0))
    )


def _alpr() -> Response:
    least = shared.number("min_confidence", 0.0, 0, 1)

    def sure(seen: Look) -> Look:
        """Leave out what is less certain than asked for."""
        reads = tuple(read for read in seen.reads if not read.plate or read.confidence >= least)
        return replace(seen, reads=replace(seen.reads, reads=reads))

    def answer(seen: Look) -> Response:
        """Tell each readable plate."""
        found = dialect.reads_found(seen.reads, _size(seen))
        return jsonify(dialect.answer(found, _work("alpr", seen)))

    return shared.read_and_keep(_upload, _reader, answer, shared.camera("camera"), adapt=sure)


def _upload() -> Upload:
    return shared.sent_picture("upload", "image")


def _reader() -> Reader:
    return parts().readers.default


def _size(seen: Look) -> tuple[int, int]:
    return seen.frame.width, seen.frame.height


def _work(command: str, seen: Look) -> dialect.Work:
    ms = seen.reads.ms
    return dialect.Work(command, identity.current(), clock.now(), ms["total"], ms["detect"] + ms["recognise"])
