"""The one JSON shape of every error: ``{"error": {"code": "no_file", "message": "..."}}``."""

import logging

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from platewise.errors import ImageError, InputError

log = logging.getLogger(__name__)


class Refusal(Exception):
    """A request that cannot be answered: HTTP status, short code for programs, message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep what the answer will say."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def reply(status: int, code: str, message: str) -> Response:
    """Return the error as a response."""
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    return response


def register(app: Flask) -> None:
    """Answer every exception of a view in the one shape."""
    app.register_error_handler(Refusal, lambda e: reply(e.status, e.code, e.message))
    app.register_error_handler(ImageError, lambda e: reply(415, "not_a_picture", str(e)))
    app.register_error_handler(InputError, lambda e: reply(422, "bad_parameter", str(e)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    """Keep the status and the headers (such as Allow) of what Flask itself refuses."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    message = error.description or ""
    if error.code == 413:
        message = f"The upload is larger than {(request.max_content_length or 0) / 2**20:g} MiB."
    response = reply(error.code or 500, error.name.lower().replace(" ", "_"), message)
    response.headers.extend((k, v) for k, v in error.get_headers() if k != "Content-Type")
    return response


def _unexpected(error: Exception) -> Response:
    """Tell the log everything and the caller nothing about the inside."""
    log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return reply(500, "internal", "Something failed inside the server; its log says what.")
