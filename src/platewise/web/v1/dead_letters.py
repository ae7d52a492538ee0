"""``/v1/dead-letters``: events that were given up on their way to an output, to be sent again."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise import clock
from platewise.store.protocol import Unit
from platewise.store.queries import MOST
from platewise.store.records import Delivery
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.models import Number, Page, Paging, page

blueprint = noun("dead_letters", "Events that were given up on their way.")


class LetterPath(BaseModel):
    """The number of a delivery."""

    letter: Number


class LetterAnswer(BaseModel):
    """An event that did not reach an output, and why."""

    id: int
    output: str
    event: int
    kind: str
    plate: str | None
    at: datetime
    given_up_at: datetime | None
    attempts: int
    error: str


class AgainAnswer(BaseModel):
    """How many will be sent again."""

    again: int


@blueprint.get("/v1/dead-letters", responses={200: Page[LetterAnswer]})
@policy("manager", scope="outputs:read")
def get_dead_letters(query: Paging) -> dict[str, Any]:
    """Return a page of what was given up, the latest first."""
    with parts().store.reading() as unit:
        found = unit.events.dead(query.limit, query.cursor)
    return page(LetterAnswer, [_shown(one) for one in found.items], found.next)


@blueprint.post("/v1/dead-letters/<int:letter>/replay", responses={200: AgainAnswer})
@policy("manager", scope="outputs:write")
def replay_dead_letter(path: LetterPath) -> Response:
    """Have one sent again."""

    def work(unit: Unit) -> Response:
        """Put it back into the outbox."""
        if not unit.events.replay(path.letter, clock.now()):
            raise Refusal(404, "not_found", f"Nothing under the number {path.letter} was given up.")
        return jsonify(again=1)

    return once(work)


@blueprint.post("/v1/dead-letters/replay", responses={200: AgainAnswer})
@policy("manager", scope="outputs:write")
def replay_dead_letters() -> Response:
    """Have the latest sent again, 500 at a time."""

    def work(unit: Unit) -> Response:
        """Put them back into the outbox."""
        letters = unit.events.dead(MOST).items
        return jsonify(again=sum(unit.events.replay(one.id, clock.now()) for one in letters))

    return once(work)


def _shown(one: Delivery) -> LetterAnswer:
    plate = one.event.payload.get("plate")
    return LetterAnswer(
        id=one.id,
        output=one.output,
        event=one.event.id,
        kind=one.event.kind,
        plate=plate if isinstance(plate, str) else None,
        at=one.event.at,
        given_up_at=one.dead_at,
        attempts=one.attempts,
        error=one.error,
    )
