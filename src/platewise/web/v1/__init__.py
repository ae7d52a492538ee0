"""The API for programs, ``/v1``: one module a noun."""

from platewise.web.v1 import (
    cameras,
    corrections,
    entries,
    events,
    exports,
    images,
    lists,
    plates,
    reads,
    recognise,
    settings,
    statistics,
)

BLUEPRINTS = (
    recognise.blueprint,
    reads.blueprint,
    corrections.blueprint,
    images.blueprint,
    plates.blueprint,
    lists.blueprint,
    entries.blueprint,
    cameras.blueprint,
    statistics.blueprint,
    exports.blueprint,
    events.blueprint,
    settings.blueprint,
)
