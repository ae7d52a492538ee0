"""``/review``: doubtful reads one by one, what is most at stake first."""

from collections.abc import Sequence

from flask import flash, render_template
from werkzeug.wrappers import Response

from platewise.gatehouse.reviewing import WINDOW, Doubt, doubtful
from platewise.gatehouse.trusting import rules
from platewise.regions import library
from platewise.store.protocol import Unit
from platewise.store.records import ReadRecord
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import reads
from platewise.web.v1.reads import ReadPath, ReviewBody, known_read

UNDER = 90
"""Percent: a surer read is not doubtful, where no calibration says better."""

blueprint = forms.page("review")


@blueprint.get("/review")
@policy("operator", scope="reads:write")
def show() -> str:
    """Return the read that was asked for, else the one with most at stake, and those around it."""
    under, at = _under(), forms.number("at")
    with parts().store.reading() as unit:
        queue = _queue(unit, under)
        read = known_read(unit, at) if at else queue[0].read if queue else None
        last = unit.reads.get(forms.number("last") or 0)
        calibrated = rules(unit).calibration is not None
    return render_template(
        "review.html",
        read=read,
        doubt=next((one for one in queue if read and one.read.id == read.id), None),
        calibrated=calibrated,
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


def _queue(unit: Unit, under: int) -> list[Doubt]:
    return doubtful(unit, under / 100)


def _neighbour(queue: Sequence[Doubt], read: ReadRecord | None, step: int) -> ReadRecord | None:
    """Return the read before or after one; where that is in the queue no more, the first is after it."""
    numbers = [one.read.id for one in queue]
    if read is None or read.id not in numbers:
        return queue[0].read if queue and step > 0 else None
    place = numbers.index(read.id) + step
    return queue[place].read if 0 <= place < len(queue) else None
