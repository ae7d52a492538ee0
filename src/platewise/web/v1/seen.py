"""``/v1/plates/seen``: were these plates seen since a time? Many in one request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from pydantic import BaseModel, Field

from platewise.store.protocol import Store
from platewise.web.access import audit, caller, line, policy
from platewise.web.nouns import noun
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.models import PlateText, Span

MOST_PLATES = 5000
NAMED = 20
"""So many plates of a question are named in the audit log."""

blueprint = noun("seen", "Whether plates were seen.")


class SeenBody(Span):
    """Plates in any spelling, and from when until just before when they may have been seen."""

    plates: list[PlateText] = Field(min_length=1, max_length=MOST_PLATES)
    since: Time


class SeenAnswer(BaseModel):
    """A plate as it was asked for, and when it was last seen; null where it was not."""

    plate: str
    seen_at: datetime | None


class AllSeenAnswer(BaseModel):
    """One answer a plate, in the order asked."""

    items: list[SeenAnswer]


@blueprint.post("/v1/plates/seen", responses={200: AllSeenAnswer})
@policy("viewer", scope="reads:read")
def seen_since(body: SeenBody) -> dict[str, Any]:
    """Tell of up to 5,000 plates when each was last seen in a span of time, by the text that was read."""
    store = parts().store
    with store.reading() as unit:
        latest = unit.sightings.latest(set(body.plates), body.since, body.until)
    _note(store, body.plates)
    items = [SeenAnswer(plate=plate, seen_at=latest.get(plate)) for plate in body.plates]
    return AllSeenAnswer(items=items).model_dump(mode="json")


def _note(store: Store, plates: Sequence[str]) -> None:
    """Put the question of somebody with a name into the audit log, as every search is."""
    if caller().how not in ("session", "token"):
        audit.leave_out()
        return
    named = [*plates[:NAMED], *([f"and {len(plates) - NAMED} more"] if len(plates) > NAMED else [])]
    with store.writing() as unit:
        unit.journal.append(line("seen_since", request.path, ", ".join(named)))
