"""``/font/signs.woff2``: the Chinese signs of plates, for browsers whose system has no font with them."""

from importlib import resources
from io import BytesIO

from flask import Blueprint, Response, send_file

from platewise.vision.annotate import CHINESE, FONTS
from platewise.web.access import policy

blueprint = Blueprint("font", __name__)


@blueprint.get("/font/signs.woff2")
@policy("public")
def signs() -> Response:
    """Return the font of the package."""
    data = resources.files("platewise").joinpath(FONTS, CHINESE).read_bytes()
    return send_file(BytesIO(data), "font/woff2", max_age=86400)
