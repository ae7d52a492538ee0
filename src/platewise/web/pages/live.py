"""``/live``: new reads as they come."""

from flask import render_template

from platewise.store.queries import ReadQuery
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1.reads import known_read

SHOWN = 24

blueprint = forms.page("live")


@blueprint.get("/live")
@policy("viewer", scope="reads:read")
def show() -> str:
    """Return the newest reads, and the event after which the stream is to go on."""
    with parts().store.reading() as unit:
        reads = unit.reads.find(ReadQuery(limit=SHOWN)).items
        newest = unit.events.newest()
    return render_template("live.html", reads=reads, newest=newest, shown=SHOWN)


@blueprint.get("/live/<int:read>")
@policy("viewer", scope="reads:read")
def card(read: int) -> str:
    """Return one read as it stands in the list."""
    with parts().store.reading() as unit:
        record = known_read(unit, read)
    return render_template("live_card.html", read=record)
