"""``/v1/lanes``: the lanes of gates; a camera looks at one."""

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise.store.protocol import Unit
from platewise.store.site import Lane
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.lists import RemovedAnswer
from platewise.web.v1.models import Name, Request, Text

blueprint = noun("lanes", "Lanes of gates, by name.")


class LanePath(BaseModel):
    """The name of a lane."""

    name: Name


class LaneBody(Request):
    """A lane and its gate."""

    gate: Name
    label: Text = ""


class LaneAnswer(BaseModel):
    """A lane."""

    name: str
    gate: str
    label: str


class LanesAnswer(BaseModel):
    """All lanes, by name."""

    items: list[LaneAnswer]


@blueprint.get("/v1/lanes", responses={200: LanesAnswer})
@policy("viewer", scope="lots:read")
def get_lanes() -> dict[str, Any]:
    """Return all lanes."""
    with parts().store.reading() as unit:
        return {"items": [_shown(one) for one in unit.site.lanes()]}


@blueprint.get("/v1/lanes/<name>", responses={200: LaneAnswer})
@policy("viewer", scope="lots:read")
def get_lane(path: LanePath) -> dict[str, Any]:
    """Return one lane."""
    with parts().store.reading() as unit:
        return _shown(_known(unit, path.name))


@blueprint.put("/v1/lanes/<name>", responses={200: LaneAnswer})
@policy("manager", scope="lots:write")
def put_lane(path: LanePath, body: LaneBody) -> Response:
    """Add a lane, or change it."""
    lane = Lane(path.name, body.gate, body.label)

    def work(unit: Unit) -> Response:
        """Keep the lane."""
        unit.site.put(lane)
        return jsonify(_shown(lane))

    return once(work)


@blueprint.delete("/v1/lanes/<name>", responses={200: RemovedAnswer})
@policy("manager", scope="lots:write")
def remove_lane(path: LanePath) -> Response:
    """Remove a lane; its cameras stay, and look at none."""

    def work(unit: Unit) -> Response:
        """Remove it, or say that it is not there."""
        unit.site.remove(_known(unit, path.name))
        return jsonify(removed=1)

    return once(work)


def _known(unit: Unit, name: str) -> Lane:
    found = next((one for one in unit.site.lanes() if one.name == name), None)
    if found is None:
        raise Refusal(404, "not_found", f"There is no lane {name!r}.")
    return found


def _shown(one: Lane) -> dict[str, Any]:
    return LaneAnswer(name=one.name, gate=one.gate, label=one.label).model_dump(mode="json")
