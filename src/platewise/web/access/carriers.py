"""Where the clients of other systems put their tokens: there, and only there, a token of ours is taken too.

What does not look like one of ours is no token: where the owner opened a family, its clients go on sending
the key of the system they were made for.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from flask import Request

from platewise.web.access.tokens import PREFIX

Carrier = Literal["token", "basic", "api_key", "secret_key", "query"]
"""``Authorization: Token ...``, the password of ``Authorization: Basic``, the header ``X-API-Key``, the
query's ``secret_key`` or ``token``."""


def carried(request: Request, carriers: tuple[Carrier, ...]) -> str | None:
    """Return the first token of ours that the request carries in one of these ways."""
    found = (_WAYS[carrier](request) for carrier in carriers)
    return next((secret for secret in found if secret and secret.startswith(PREFIX)), None)


def _after_token(request: Request) -> str | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "token" else None


def _password(request: Request) -> str | None:
    given = request.authorization
    return given.password if given and given.type == "basic" else None


_WAYS: Mapping[Carrier, Callable[[Request], str | None]] = {
    "token": _after_token,
    "basic": _password,
    "api_key": lambda request: request.headers.get("X-API-Key"),
    "secret_key": lambda request: request.args.get("secret_key"),
    "query": lambda request: request.args.get("token"),
}
