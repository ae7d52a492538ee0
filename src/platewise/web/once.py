"""Idempotency-Key: a write that is sent again is answered with the same bytes and changes nothing."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Response, g, make_response, request

from platewise import clock
from platewise.store.protocol import Unit
from platewise.store.site import Answer
from platewise.web.access import audit, caller, note
from platewise.web.errors import Refusal
from platewise.web.parts import parts

HEADER = "Idempotency-Key"
LONGEST = 255
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
"""The boundaries of the first differ each time, and once its fields are known, of either no body is left."""


def once(work: Callable[[Unit], Any]) -> Response:
    """Do some work in one transaction, once a key, with its line of the audit log; return the answer."""
    key = _key()
    with parts().store.writing() as unit:
        if key is None:
            return _done(work, unit)
        kept = unit.journal.recall(key, _digest(), clock.now())
        if kept:
            return _again(kept)
        response = _done(work, unit)
        answer = Answer(response.status_code, response.content_type, response.get_data())
        unit.journal.remember(key, _digest(), answer, clock.now())
        return response


def before() -> Response | None:
    """Return what was answered to this request before, so that nothing slow need be done again."""
    key = _key()
    if key is None:
        return None
    with parts().store.reading() as unit:
        kept = unit.journal.recall(key, _digest(), clock.now())
    return _again(kept) if kept else None


def _done(work: Callable[[Unit], Any], unit: Unit) -> Response:
    response = make_response(work(unit))
    note(unit)
    return response


def _again(kept: Answer) -> Response:
    audit.leave_out()
    return Response(kept.body, kept.status, content_type=kept.content_type)


def _key() -> str | None:
    """Return the key with caller and route, hashed: the path may hold a plate."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not 0 < len(given) <= LONGEST:
        raise Refusal(400, "bad_key", f"An {HEADER} has 1 to {LONGEST} signs.")
    return _hash([caller().name, request.method, request.path, given])


def _digest() -> str:
    """Return the hash of query and body; of a form, which may be taken apart already, its parts count."""
    if "digest" not in g:
        seen: list[str] = [request.query_string.decode("latin-1")]
        if request.mimetype in FORMS:
            seen += [f"{name}={value}" for name, value in request.form.items(multi=True)]
            for name, file in request.files.items(multi=True):
                seen += [name, file.filename or "", hashlib.sha256(file.read()).hexdigest()]
                file.seek(0)
        else:
            seen.append(hashlib.sha256(request.get_data()).hexdigest())
        g.digest = _hash(seen)
    return str(g.digest)


def _hash(parts_: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts_).encode()).hexdigest()
