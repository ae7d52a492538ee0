"""``/v1/exports/sightings``: sightings in any number, in the forms of standards, streamed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from flask import Response, request
from pydantic import BaseModel

from platewise.dialects import onvif, smart_data
from platewise.dialects.passing import Passing
from platewise.store.export import sightings
from platewise.store.queries import SightingQuery
from platewise.store.records import ReadRecord, SightingRecord
from platewise.web import table
from platewise.web.access import policy
from platewise.web.nouns import noun
from platewise.web.parts import parts
from platewise.web.v1.models import Name, PlateText, Span

blueprint = noun("sightings", "Sightings in any number.")


class Form(NamedTuple):
    """A form: type and ending of its file, how a sighting is told, what stands before, between and after."""

    kind: str
    ending: str
    told: Callable[[Passing], str]
    begin: str = "[\n"
    between: str = ",\n"
    end: str = "\n]\n"


class SightingsPath(BaseModel):
    """The standard."""

    standard: Literal["onvif", "ngsi", "apds"]


class SightingsQuery(Span):
    """Which sightings: every part that is given must hold."""

    plate: PlateText | None = None
    camera: Name | None = None
    gate: Name | None = None


def _json(spell: Callable[[Passing], dict[str, Any]]) -> Callable[[Passing], str]:
    return lambda passing: json.dumps(spell(passing), ensure_ascii=False)


FORMS: Mapping[str, Form] = {
    "onvif": Form("application/xml", "xml", onvif.notification, onvif.BEGIN, "\n", onvif.END),
    "ngsi": Form("application/ld+json", "jsonld", _json(smart_data.anpr_flow_observed)),
    "apds": Form("application/json", "json", _json(smart_data.apds_observation)),
}
_ANSWER = {
    "description": "The file.",
    "content": {form.kind: {"schema": {}} for form in FORMS.values()},
}


@blueprint.get("/v1/exports/sightings/<standard>", responses={200: _ANSWER})
@policy("viewer", scope="exports:read", search=True)
def export_sightings(path: SightingsPath, query: SightingsQuery) -> Response:
    """Return the sightings of a search, newest first, as ONVIF events, NGSI-LD or APDS observations."""
    form, images = FORMS[path.standard], f"{request.host_url}v1/images/"
    wanted = SightingQuery(query.plate, query.since, query.until, query.camera, query.gate)
    found = (_passing(one, read, images) for one, read in sightings(parts().store, wanted))
    headers = {"Content-Disposition": f'attachment; filename="sightings.{form.ending}"'}
    return Response(_file(form, table.begun(found)), content_type=form.kind, headers=headers)


def _file(form: Form, passings: Iterable[Passing]) -> Iterator[str]:
    yield form.begin
    for number, passing in enumerate(passings):
        yield (form.between if number else "") + form.told(passing)
    yield form.end


def _passing(sighting: SightingRecord, read: ReadRecord | None, images: str) -> Passing:
    """Return a sighting with the evidence of its read, where that is still kept."""
    told = read if read and read.normalised == sighting.normalised else None
    return Passing(
        id=sighting.id,
        seen_at=sighting.seen_at,
        received_at=read.frame.received_at if read else None,
        plate=sighting.normalised,
        display=sighting.display,
        region=sighting.region,
        confidence=sighting.confidence,
        camera=sighting.camera,
        gate=sighting.gate,
        lane=sighting.lane,
        direction=sighting.direction,
        characters=tuple(one.confidence for one in told.characters) if told else (),
        image=f"{images}{read.frame.image}" if read and read.frame.image else None,
        crop=f"{images}{read.crop}" if read and read.crop else None,
    )
