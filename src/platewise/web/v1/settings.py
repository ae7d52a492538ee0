"""``/v1/settings``: what the owner sets while the server runs."""

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from platewise.store.protocol import Unit
from platewise.web.access import policy
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.v1.models import Request

blueprint = noun("settings", "What the owner sets while the server runs.")
NAMES = ("keep_images", "keep_reads", "keep_audit")


class SettingsBody(Request):
    """Days that each is kept, 0 for ever; null goes back to the server's own setting."""

    keep_images: int | None = Field(None, ge=0, le=36500)
    keep_reads: int | None = Field(None, ge=0, le=36500)
    keep_audit: int | None = Field(None, ge=0, le=36500)


class SettingsAnswer(BaseModel):
    """Days that pictures, reads and the audit log are kept, 0 for ever, and the site's time zone."""

    keep_images: int
    keep_reads: int
    keep_audit: int
    timezone: str


@blueprint.get("/v1/settings", responses={200: SettingsAnswer})
@policy("manager", scope="settings:read")
def get_settings() -> dict[str, Any]:
    """Return the settings that hold."""
    with parts().store.reading() as unit:
        return _shown(unit)


@blueprint.put("/v1/settings", responses={200: SettingsAnswer})
@policy("manager", scope="settings:write")
def put_settings(body: SettingsBody) -> Response:
    """Set all of them."""
    given = body.model_dump()

    def work(unit: Unit) -> Response:
        """Keep what is given."""
        unit.site.set({name: None if value is None else str(value) for name, value in given.items()})
        return jsonify(_shown(unit))

    return once(work)


def _shown(unit: Unit) -> dict[str, Any]:
    own, kept = parts().settings, unit.site.settings()
    days = {name: int(kept.get(name, getattr(own, name))) for name in NAMES}
    return SettingsAnswer(**days, timezone=own.timezone).model_dump(mode="json")
