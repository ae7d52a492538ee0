"""``/reads/<number>``: one read with its evidence and what people made of it."""

from typing import NamedTuple

from flask import render_template

from platewise import clock
from platewise.core.plate import SIGNS
from platewise.store.records import ReadRecord
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1.reads import known_read

MAYBE = 0.05
"""From this probability on, a sign may stand where the likeliest is that none does."""

blueprint = forms.page("one_read")


class Option(NamedTuple):
    """A sign that a place of the plate may carry, ``""`` for none, and its probability."""

    sign: str
    probability: float


@blueprint.get("/reads/<int:read>")
@policy("viewer", scope="reads:read")
def show(read: int) -> str:
    """Return the page of a read."""
    with parts().store.reading() as unit:
        record = known_read(unit, read)
        reviews = unit.reads.reviews(read)
        listed = unit.lists.matches(record.normalised, clock.now()) if record.normalised else ()
        on = [match.list for match in listed]
        lists = [one for one in unit.lists.lists() if one not in on] if record.normalised else []
    told = {"reviews": reviews, "listed": listed, "lists": lists, "places": options(record)}
    return render_template("one_read.html", read=record, **told)


def options(record: ReadRecord, count: int = 3) -> list[list[Option]]:
    """Return the likeliest signs of each place that is not surely empty, as the recogniser saw it."""
    if record.lattice is None:
        return []
    places = []
    for row in record.lattice.probabilities.tolist():
        best = sorted(zip(row, ("", *SIGNS), strict=True), key=lambda one: -one[0])[:count]
        if best[0][1] or best[1][0] > MAYBE:
            places.append([Option(sign, probability) for probability, sign in best])
    return places
