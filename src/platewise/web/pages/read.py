"""``GET /``: a picture in, its plates out."""

from importlib import resources

from flask import render_template

from platewise.regions import library
from platewise.web.access import policy
from platewise.web.pages import forms
from platewise.web.parts import parts

blueprint = forms.page("read")


@blueprint.get("/")
@policy("viewer", scope="reads:read")
def index() -> str:
    """Return the page, with the sample pictures that the package holds."""
    known = library.load(parts().settings.region_folders)
    return render_template("read.html", samples=samples(), regions=sorted(known))


def samples() -> list[tuple[str, str]]:
    """Return file name and label of each sample: ``a-british-plate.jpg`` is "Sample: a british plate"."""
    folder = resources.files("platewise.web").joinpath("static", "samples")
    files = folder.iterdir() if folder.is_dir() else ()
    names = sorted(f.name for f in files if f.name.endswith((".jpg", ".png", ".webp")))
    return [(name, f"Sample: {name.rpartition('.')[0].replace('-', ' ')}") for name in names]
