"""``/lists``: lists of plates and what is on them."""

from flask import flash, render_template, request, url_for
from werkzeug.wrappers import Response

from platewise import clock
from platewise.store.queries import EntryQuery
from platewise.store.site import LIST_KINDS, EntryRecord
from platewise.web.access import policy
from platewise.web.errors import Refusal
from platewise.web.pages import forms
from platewise.web.pages.layout import plural
from platewise.web.parts import parts
from platewise.web.v1 import entries, lists
from platewise.web.v1.entries import EntriesBody, EntryBody, EntryPath
from platewise.web.v1.lists import ListBody, ListPath, known_list

PER_PAGE = 100

blueprint = forms.page("lists")


@blueprint.get("/lists")
@policy("viewer", scope="lists:read")
def index() -> str:
    """Return all lists."""
    with parts().store.reading() as unit:
        return render_template("lists.html", lists=unit.lists.lists(), kinds=LIST_KINDS)


@blueprint.post("/lists")
@policy("operator", scope="lists:write")
def put() -> Response:
    """Make a list, or change its kind and label."""
    path = ListPath(name=forms.given("name") or "")
    with parts().store.reading() as unit:
        forms.refuse_known("a list", path.name, (one.name for one in unit.lists.lists()))
    body = {"kind": forms.given("kind"), "label": forms.given("label") or ""}
    lists.put_list(path, ListBody.model_validate(body))
    flash(f"The list {path.name} is kept.")
    return forms.back_to("lists_page.show", name=path.name)


@blueprint.get("/lists/<name>")
@policy("viewer", scope="lists:read")
def show(name: str) -> str:
    """Return a page of a list; ``put`` fills in the plate to put on it."""
    query = EntryQuery(name, forms.given("plate") or "", PER_PAGE, forms.given("cursor"))
    with parts().store.reading() as unit:
        plates = known_list(unit, name)
        found = unit.lists.entries(query)
    more = url_for("lists_page.show", name=name, plate=query.text or None, cursor=found.next)
    return render_template(
        "one_list.html",
        plates=plates,
        rows=[(entry, holds(entry)) for entry in found.items],
        more=more if found.next else None,
        kinds=LIST_KINDS,
        prefix=query.text,
        put=forms.given("put") or "",
    )


@blueprint.post("/lists/<name>/entries")
@policy("operator", scope="lists:write")
def add(name: str) -> Response:
    """Put a plate on a list."""
    entry = EntryBody(
        plate=forms.given("plate") or "",
        label=forms.given("label") or "",
        valid_from=forms.moment("valid_from"),
        valid_until=forms.moment("valid_until"),
        note=forms.given("note") or "",
    )
    told = entries.add_entries(ListPath(name=name), EntriesBody(entries=[entry])).get_json()
    flash(f"{entry.plate} is on the list{'' if told['added'] else ' as it was before; its entry is new'}.")
    return forms.back_to("lists_page.show", name=name)


@blueprint.post("/lists/<name>/entries/remove")
@policy("operator", scope="lists:write")
def take_off(name: str) -> Response:
    """Take a plate off a list."""
    plate = forms.given("plate") or ""
    entries.remove_entry(EntryPath(name=name, plate=plate))
    flash(f"{plate} is off the list.")
    return forms.back_to("lists_page.show", name=name)


@blueprint.post("/lists/<name>/import")
@policy("operator", scope="lists:write")
def bring(name: str) -> Response:
    """Put the plates of a CSV file on a list."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refusal(400, "no_file", "Choose a CSV file first.")
    told = entries.add_to_list(name, list(entries.parse_csv(entries.as_text(file.read())))).get_json()
    added, replaced = plural(told["added"], "plate"), told["replaced"]
    flash(f"{added} added, {replaced} replaced.")
    return forms.back_to("lists_page.show", name=name)


@blueprint.post("/lists/<name>/remove")
@policy("operator", scope="lists:write")
def remove(name: str) -> Response:
    """Remove a list with its entries."""
    lists.remove_list(ListPath(name=name))
    flash(f"The list {name} is removed.")
    return forms.back_to("lists_page.index")


def holds(entry: EntryRecord) -> str:
    """Return in a word whether an entry holds now."""
    now = clock.now()
    if entry.valid_from and now < entry.valid_from:
        return "not yet"
    return "no more" if entry.valid_until and now >= entry.valid_until else "holds"
