"""``/plates/<plate>``: everything that is held on one plate, and its erasure."""

from flask import flash, render_template
from werkzeug.wrappers import Response

from platewise.core.plate import normalise
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms
from platewise.web.parts import parts
from platewise.web.v1 import plates
from platewise.web.v1.plates import PlatePath

blueprint = forms.page("one_plate")


@blueprint.get("/plates/<plate>")
@policy("manager", scope="plates:read", search=True)
def show(plate: str) -> str:
    """Return everything that is held on a plate."""
    path = PlatePath(plate=plate)
    return render_template("one_plate.html", held=parts().store.about(path.plate))


@blueprint.post("/plates/<plate>/erase")
@policy("manager", scope="plates:erase")
def erase(plate: str) -> Response:
    """Erase a plate whose text was typed again."""
    if normalise(forms.given("again") or "") != normalise(plate):
        raise Refusal(422, "not_confirmed", "Nothing was erased: the plate that you typed is another one.")
    told = plates.erase_plate(PlatePath(plate=plate)).get_json()
    done = f"Erased: {sum(told['rows'].values())} records and {told['images']} pictures."
    flash(done if told["complete"] else f"{done} A reader was in the way of the rest: erase it once more.")
    return forms.back_to("search_page.find")
