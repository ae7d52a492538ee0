"""The one JSON shape of every error: ``{"error": {"code": ..., "message": ..., "request_id": ...}}``."""

import logging
import re

from flask import Flask, Response, jsonify, make_response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from platewise.errors import (
    Conflict,
    DecoderDied,
    DecoderMissing,
    ImageError,
    InputError,
    StoreBusy,
    StoreError,
    StoreFull,
)
from platewise.web import identity

log = logging.getLogger(__name__)
BAD_TIME = "bad_time"
"""The type of pydantic's error for a time that cannot be meant."""

PATTERNS = {
    r"^[^\x00-\x1f/]+$": "a name has no / and no line breaks",
    r"^\d{1,9}(\.\d{1,4})?$": "give an amount such as 4.50",
    r"^[A-Z]{3}$": "give a currency such as EUR",
}
"""What the patterns of requests ask for, in words."""
NO_OBJECT = re.compile(r"Input should be a valid dictionary or instance of \w+")
OBJECT = "send a JSON object, with the header Content-Type: application/json"
"""What is asked of a body that is no JSON, or none by its header."""


class Fault(BaseModel):
    """What went wrong: a short code for programs, a message for people, and the name of the request."""

    code: str
    message: str
    request_id: str


class ErrorAnswer(BaseModel):
    """The answer to every request that cannot be answered."""

    error: Fault


class Refusal(Exception):
    """A request that cannot be answered: HTTP status, short code for programs, message for people."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        """Keep what the answer will say; ``retry_after`` in seconds."""
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def reply(status: int, code: str, message: str, retry_after: int | None = None) -> Response:
    """Return the error as a response."""
    response = jsonify(error={"code": code, "message": message, "request_id": identity.current()})
    response.status_code = status
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def invalid(error: ValidationError) -> Response:
    """Return pydantic's findings as a response."""
    return _refused(refusal_of(error))


def refusal_of(error: ValidationError) -> Refusal:
    """Return pydantic's findings as a refusal: 400 for a time that cannot be meant, else 422."""
    is_time = any(
        fault["type"] == BAD_TIME for fault in error.errors(include_url=False, include_context=False)
    )
    status, code = (400, BAD_TIME) if is_time else (422, "bad_parameter")
    return Refusal(status, code, told_of(error))


def told_of(error: ValidationError) -> str:
    """Return pydantic's findings in words, the first five."""
    faults = error.errors(include_url=False, include_context=False)[:5]
    return "; ".join(_told(".".join(map(str, fault["loc"])), _words(fault["msg"])) for fault in faults)


def register(app: Flask) -> None:
    """Answer every exception of a view in the one shape."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(ImageError, lambda e: reply(415, "not_a_picture", str(e)))
    app.register_error_handler(DecoderDied, lambda e: reply(422, "decoder_died", str(e)))
    app.register_error_handler(DecoderMissing, lambda e: reply(503, "busy", str(e), 1))
    app.register_error_handler(InputError, lambda e: reply(422, "bad_parameter", str(e)))
    app.register_error_handler(Conflict, lambda e: reply(409, "conflict", str(e)))
    app.register_error_handler(StoreBusy, lambda e: reply(503, "busy", str(e), 1))
    app.register_error_handler(StoreFull, lambda e: reply(507, "full", str(e)))
    app.register_error_handler(StoreError, _store)
    app.register_error_handler(ValidationError, invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _refused(refusal: Refusal) -> Response:
    return reply(refusal.status, refusal.code, refusal.message, refusal.retry_after)


def _words(message: str) -> str:
    """Return one of pydantic's messages for people, what a pattern asks for in words."""
    for pattern, words in PATTERNS.items():
        message = message.replace(f"String should match pattern '{pattern}'", words)
    return message.removeprefix("Value error, ")


def _told(place: str, message: str) -> str:
    if not place:
        return NO_OBJECT.sub(OBJECT, message)
    return f"{place}: {NO_OBJECT.sub('give a JSON object', message)}"


def _http(error: HTTPException) -> Response:
    """Keep the status and the headers (such as Allow) of what Flask itself refuses."""
    if error.response is not None:
        return make_response(error.response)
    message = error.description or ""
    if error.code == 413:
        message = f"The upload is larger than {(request.max_content_length or 0) / 2**20:g} MiB."
    response = reply(error.code or 500, error.name.lower().replace(" ", "_"), message)
    response.headers.extend((k, v) for k, v in error.get_headers() if k != "Content-Type")
    return response


def _store(error: StoreError) -> Response:
    """Say that the store cannot answer; why is for the log."""
    log.error("request %s: the store failed: %s", identity.current(), error)
    return reply(503, "store_unavailable", "The database cannot answer now; try again.", 5)


def _unexpected(error: Exception) -> Response:
    """Tell the log everything and the caller nothing about the inside."""
    log.exception(
        "request %s: %s %s failed", identity.current(), request.method, request.endpoint, exc_info=error
    )
    return reply(500, "internal", "Something failed inside the server; its log says what.")
