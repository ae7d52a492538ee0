"""``/v1/cameras``: where pictures come from."""

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise.register import sources
from platewise.store.protocol import Unit
from platewise.store.site import Camera
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.lists import RemovedAnswer
from platewise.web.v1.models import Name, Request, Text

blueprint = noun("cameras", "Cameras, by name.")


class CameraPath(BaseModel):
    """The name of a camera."""

    name: Name


class CameraBody(Request):
    """A camera. `source` may hold a password: it is never shown, and kept where it is not given again."""

    label: Text = ""
    source: str | None = Field(None, max_length=1000, pattern=r"^[^\x00]*$")
    lane: Name | None = None
    enabled: bool = True


class CameraAnswer(BaseModel):
    """A camera; `has_source` tells whether it says where its pictures come from."""

    name: str
    label: str
    lane: str | None
    enabled: bool
    has_source: bool


class CamerasAnswer(BaseModel):
    """All cameras, by name."""

    items: list[CameraAnswer]


@blueprint.get("/v1/cameras", responses={200: CamerasAnswer})
@policy("viewer", scope="cameras:read")
def get_cameras() -> dict[str, Any]:
    """Return all cameras."""
    with parts().store.reading() as unit:
        return {"items": [_shown(one) for one in unit.site.cameras()]}


@blueprint.get("/v1/cameras/<name>", responses={200: CameraAnswer})
@policy("viewer", scope="cameras:read")
def get_camera(path: CameraPath) -> dict[str, Any]:
    """Return one camera."""
    with parts().store.reading() as unit:
        found = _named(unit, path.name)
    if found is None:
        raise _no_camera(path.name)
    return _shown(found)


@blueprint.put("/v1/cameras/<name>", responses={200: CameraAnswer})
@policy("manager", scope="cameras:write")
def put_camera(path: CameraPath, body: CameraBody) -> Response:
    """Add a camera, or change it; 422 where nothing could open its source."""
    sources.check_kept(body.source or "")

    def work(unit: Unit) -> Response:
        """Keep the camera, and its source where none is given."""
        former = _named(unit, path.name)
        source = body.source if body.source is not None else former.source if former else ""
        options = former.options if former and former.source == source else {}
        camera = Camera(path.name, body.label, source, body.lane, body.enabled, options)
        unit.site.put(camera)
        return jsonify(_shown(camera))

    return once(work)


@blueprint.delete("/v1/cameras/<name>", responses={200: RemovedAnswer})
@policy("manager", scope="cameras:write")
def remove_camera(path: CameraPath) -> Response:
    """Remove a camera; what was read with it stays."""

    def work(unit: Unit) -> Response:
        """Remove it, or say that it is not there."""
        if not unit.site.remove(Camera(path.name)):
            raise _no_camera(path.name)
        return jsonify(removed=1)

    return once(work)


def _named(unit: Unit, name: str) -> Camera | None:
    return next((one for one in unit.site.cameras() if one.name == name), None)


def _no_camera(name: str) -> Refusal:
    return Refusal(404, "not_found", f"There is no camera {name!r}.")


def _shown(one: Camera) -> dict[str, Any]:
    shown = CameraAnswer(
        name=one.name, label=one.label, lane=one.lane, enabled=one.enabled, has_source=bool(one.source)
    )
    return shown.model_dump(mode="json")
