"""HyperLPR3's server: ``POST /api/v1/rec``."""

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise.dialects import hyperlpr as dialect
from platewise.web.access import policy
from platewise.web.looking import Look
from platewise.web.parts import parts
from platewise.web.vendors import shared

SCOPE = shared.scope("hyperlpr")
CARRIERS: Any = ("token", "api_key", "basic", "query")
_WRONG = (400, 413, 415, 422)


class HyperLprAnswer(BaseModel):
    """What was read under `result.plate_list`; `code` is 5000, or says what is wrong."""

    result: dict[str, list[dict[str, Any]]] | None
    code: int
    msg: str


def _shape(status: int, message: str) -> tuple[int, dict[str, Any]]:
    """Tell what is wrong with a picture as HyperLPR3 does: with HTTP status 200 and a code of its own."""
    if status in _WRONG:
        return 200, dialect.answer(dialect.WRONG, message)
    return status, dialect.answer(dialect.DENIED if status in (401, 403) else dialect.BROKEN, message)


blueprint = shared.family("hyperlpr", "HyperLPR3's server.", _shape, HyperLprAnswer)


@blueprint.post("/api/v1/rec", request_body=shared.form_of(file="file"), responses={200: HyperLprAnswer})
@policy("seed", SCOPE, carriers=CARRIERS)
def hyperlpr_rec() -> Response:
    """Read the picture in the field `file`."""

    def answer(seen: Look) -> Response:
        """Tell each readable plate."""
        plates = [
            dialect.plate(read, dialect.kind_of(read, dialect.is_yellow(seen.frame.pixels, read)))
            for read in seen.reads
            if read.plate
        ]
        return jsonify(dialect.answer(dialect.FINE, dialect.DONE, {"plate_list": plates}))

    return shared.read_and_keep(
        lambda: shared.sent_picture("file"), lambda: parts().readers.default, answer, shared.camera("camera")
    )
