"""Routes of earlier projects, spelt as their clients know them (docs/reference/seed-routes.md)."""

from platewise.web.seeds import detections, toll

BLUEPRINTS = (toll.blueprint, detections.blueprint)
