"""``/v1/lists``: lists of plates."""

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel

from platewise.store.protocol import Unit
from platewise.store.site import ListKind, PlateList
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.models import Name, Request, Text

blueprint = noun("lists", "Lists of plates: known, allowed, denied, watched.")


class ListPath(BaseModel):
    """The name of a list."""

    name: Name


class ListBody(Request):
    """What a list is for."""

    kind: ListKind
    label: Text = ""


class ListAnswer(BaseModel):
    """A list of plates."""

    name: str
    kind: ListKind
    label: str


class ListsAnswer(BaseModel):
    """All lists, by name."""

    items: list[ListAnswer]


class RemovedAnswer(BaseModel):
    """How many were removed."""

    removed: int


@blueprint.get("/v1/lists", responses={200: ListsAnswer})
@policy("viewer", scope="lists:read")
def get_lists() -> dict[str, Any]:
    """Return all lists."""
    with parts().store.reading() as unit:
        return {"items": [_shown(one) for one in unit.lists.lists()]}


@blueprint.put("/v1/lists/<name>", responses={200: ListAnswer})
@policy("operator", scope="lists:write")
def put_list(path: ListPath, body: ListBody) -> Response:
    """Make a list, or change its kind and label."""
    plates = PlateList(path.name, body.kind, body.label)

    def work(unit: Unit) -> Response:
        """Keep the list."""
        unit.lists.put(plates)
        return jsonify(_shown(plates))

    return once(work)


@blueprint.delete("/v1/lists/<name>", responses={200: RemovedAnswer})
@policy("operator", scope="lists:write")
def remove_list(path: ListPath) -> Response:
    """Remove a list with its entries."""

    def work(unit: Unit) -> Response:
        """Remove it, or say that it is not there."""
        if not unit.lists.remove(path.name):
            raise no_list(path.name)
        return jsonify(removed=1)

    return once(work)


def known_list(unit: Unit, name: str) -> PlateList:
    """Return the list of that name; 404 when there is none."""
    found = next((one for one in unit.lists.lists() if one.name == name), None)
    if found is None:
        raise no_list(name)
    return found


def no_list(name: str) -> Refusal:
    """Return the refusal for a name that no list has."""
    return Refusal(404, "not_found", f"There is no list {name!r}.")


def _shown(one: PlateList) -> dict[str, Any]:
    return ListAnswer.model_validate(one, from_attributes=True).model_dump(mode="json")
