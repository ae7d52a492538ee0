"""``GET /``: a picture in, its plates out."""

from importlib import resources

from flask import render_template

from platewise.regions import library
from platewise.vision.registry import pipelines
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts

blueprint = forms.page("read")
WAYS = {
    "yolo-attention": "two networks, all regions",
    "contour": "contours and Tesseract, Latin signs",
    "haar": "cascade and lines, Chinese plates",
    "window": "sliding window, British plates",
}
"""What is said of the shipped pipelines where one is chosen."""


@blueprint.get("/")
@policy("viewer", scope="reads:read")
def index() -> str:
    """Return the page, with the sample pictures that the package holds."""
    known = library.load(parts().settings.region_folders)
    own = parts().readers.default.pipeline.name
    others = [(name, WAYS.get(name, "")) for name in pipelines().names() if name != own]
    return render_template("read.html", samples=samples(), regions=sorted(known), own=own, others=others)


def samples() -> list[tuple[str, str]]:
    """Return file name and label of each sample: ``a-british-plate.jpg`` is "Sample: a british plate"."""
    folder = resources.files("platewise.web").joinpath("static", "samples")
    files = folder.iterdir() if folder.is_dir() else ()
    names = sorted(f.name for f in files if f.name.endswith((".jpg", ".png", ".webp")))
    return [(name, f"Sample: {name.rpartition('.')[0].replace('-', ' ')}") for name in names]
