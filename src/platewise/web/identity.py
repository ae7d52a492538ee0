"""Each request has a name, in its answer and in the log, by which one finds the other."""

import uuid

from flask import Flask, Response, g

HEADER = "X-Request-Id"


def current() -> str:
    """Return the name of the request that is answered."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex[:16]
    return str(g.request_id)


def register(app: Flask) -> None:
    """Put the name on every response."""

    @app.after_request
    def _add(response: Response) -> Response:
        response.headers[HEADER] = current()
        return response
