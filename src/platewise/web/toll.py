"""The route of a toll camera, spelt as its clients know it (docs/reference/seed-routes.md)."""

from typing import Any

from flask import Blueprint

from platewise.web import readers
from platewise.web.uploads import picture

blueprint = Blueprint("toll", __name__)


@blueprint.post("/upload-camera-image")
def upload_camera_image() -> dict[str, Any]:
    """Return the most confident plate of the picture in field ``image``; found or not, HTTP says 200."""
    reads = readers.shared().default.read(picture("image").read())
    found = [(read.confidence, read.plate.text) for read in reads if read.plate]
    if not found:
        return {"message": "No license plate found", "status": 404}
    return {"message": f"License plate {max(found)[1]} found", "status": 200}
