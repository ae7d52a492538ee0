"""The pages for people: one module a page, rendered on the server."""

from flask import Flask

from platewise.web.pages import (
    alerts,
    calibration,
    cameras,
    font,
    layout,
    lists,
    live,
    one_plate,
    one_read,
    outputs,
    parking,
    parking_desk,
    parking_lots,
    parking_sign,
    parking_visit,
    parking_visits,
    people,
    read,
    review,
    search,
    settings,
    statistics,
    tokens,
    toll_desk,
    toll_journeys,
    tolls,
)

BLUEPRINTS = (
    read.blueprint,
    live.blueprint,
    alerts.blueprint,
    parking.blueprint,
    parking_lots.blueprint,
    parking_visit.blueprint,
    parking_visits.blueprint,
    parking_desk.blueprint,
    parking_sign.blueprint,
    tolls.blueprint,
    toll_journeys.blueprint,
    toll_desk.blueprint,
    search.blueprint,
    one_read.blueprint,
    one_plate.blueprint,
    review.blueprint,
    calibration.blueprint,
    lists.blueprint,
    cameras.blueprint,
    statistics.blueprint,
    settings.blueprint,
    people.blueprint,
    tokens.blueprint,
    outputs.blueprint,
    font.blueprint,
)


def register(app: Flask) -> None:
    """Add the pages, their layout and the way they show values."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    layout.register(app)
