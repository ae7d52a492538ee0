"""``/review``: doubtful reads one by one, the least sure first."""

from collections.abc import Sequence

from flask import flash, render_template
from werkzeug.wrappers import Response

from platewise.regions import library
from platewise.store.protocol import Unit
from platewise.store.queries import ReadQuery
from platewise.store.records import ReadRecord
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import reads
from platewise.web.v1.reads import ReadPath, ReviewBody, known_read

UNDER = 90
"""Percent: a surer read is not doubtful."""
WINDOW = 200
"""How many of the newest doubtful reads are put in order at once."""

blueprint = forms.page("review")


@blueprint.get("/review")
@policy("operator", scope="reads:write")
def show() -> str:
    """Return the read that was asked for, else the least sure one, and those around it."""
    under, at = _under(), forms.number("at")
    with parts().store.reading() as unit:
        queue = _queue(unit, under)
        read = known_read(unit, at) if at else queue[0] if queue else None
        last = unit.reads.get(forms.number("last") or 0)
    return render_template(
        "review.html",
        read=read,
        before=_neighbour(queue, read, -1),
        after=_neighbour(queue, read, 1),
        left=len(queue),
        window=WINDOW,
        last=last,
        under=under,
        regions=sorted(library.load(parts().settings.region_folders)),
    )


@blueprint.post("/review/<int:read>")
@policy("operator", scope="reads:write")
def judge(read: int) -> Response:
    """Keep a verdict and go on to the next doubtful read, or back to the page of the read."""
    under = _under()
    body = _body()
    with parts().store.reading() as unit:
        after = _neighbour(_queue(unit, under), known_read(unit, read), 1)
    told = reads.review_read(ReadPath(read=read), body).get_json()
    flash(f"{told['display'] or 'Unreadable plate'}: {body.verdict}.")
    if forms.given("back") == "read":
        return forms.back_to("one_read_page.show", read=read)
    following = after.id if after else None
    return forms.back_to("review_page.show", at=following, last=read, under=under)


def _body() -> ReviewBody:
    verdict = forms.given("verdict")
    fixed = verdict == "corrected"
    if fixed and forms.given("plate") is None:
        raise Refusal(422, "bad_parameter", "Type the plate as it is, then correct.")
    said = {
        "verdict": verdict,
        "plate": forms.given("plate") if fixed else None,
        "region": forms.given("region") if fixed else None,
        "reason": forms.given("reason") or "",
    }
    return ReviewBody.model_validate(said)


def _under() -> int:
    under = forms.number("under")
    return UNDER if under is None else min(under, 100)


def _queue(unit: Unit, under: int) -> list[ReadRecord]:
    query = ReadQuery(max_confidence=under / 100, states=("new",), limit=WINDOW)
    return sorted(unit.reads.find(query).items, key=_doubt)


def _doubt(read: ReadRecord) -> tuple[bool, float, int]:
    """Return the key of the order; what is unreadable is often no plate at all, so it comes last."""
    return not read.normalised, read.confidence, read.id


def _neighbour(queue: Sequence[ReadRecord], read: ReadRecord | None, step: int) -> ReadRecord | None:
    """Return the read before or after one, which need not be in the queue any more."""
    if read is None:
        return None
    others = [one for one in queue if (_doubt(one) > _doubt(read)) == (step > 0) and one.id != read.id]
    return others[0 if step > 0 else -1] if others else None
