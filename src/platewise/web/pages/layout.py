"""What all pages share: where one can go, how values are shown, and how a refusal looks to a person."""

import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import Flask, Response, render_template, request
from markupsafe import Markup

from platewise import clock
from platewise.regions import library
from platewise.web.access import Caller, caller
from platewise.web.access.policies import Level, Policy
from platewise.web.parts import parts

SECRET = ("password", "token", "old", "new")
"""Fields that are never sent back."""
NARROW = "\N{NARROW NO-BREAK SPACE}"


class Place(NamedTuple):
    """A page of the navigation and the least role that may see it."""

    endpoint: str
    label: str
    level: Level


NAVIGATION = (
    Place("read_page.index", "Read", "viewer"),
    Place("live_page.show", "Live", "viewer"),
    Place("alerts_page.show", "Alerts", "viewer"),
    Place("parking_page.index", "Parking", "viewer"),
    Place("tolls_page.show", "Tolls", "viewer"),
    Place("search_page.find", "Search", "viewer"),
    Place("review_page.show", "Review", "operator"),
    Place("lists_page.index", "Lists", "viewer"),
    Place("cameras_page.index", "Cameras", "viewer"),
    Place("statistics_page.show", "Statistics", "viewer"),
    Place("settings_page.show", "Settings", "manager"),
)


def register(app: Flask) -> None:
    """Give the templates their words, and let browsers see refusals as pages."""
    shapes = (moment, hour, percent, tone, local, region, plural, lasted)
    app.jinja_env.filters.update({shape.__name__: shape for shape in shapes})
    app.context_processor(lambda: {"navigation": navigation, "can": can})
    app.after_request(_as_page)


def can(level: Level) -> bool:
    """Tell whether the caller's role reaches that far."""
    return caller().may(Policy(level))


def navigation() -> list[Place]:
    """Return the pages that the caller may see."""
    who: Caller = caller()
    return [place for place in NAVIGATION if who.role and who.may(Policy(place.level))]


def moment(time: datetime) -> Markup:
    """Return a time as HTML, in the site's zone; the exact one for programs."""
    shown = time.astimezone(parts().settings.zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        time.astimezone(UTC).isoformat(), f"{shown:%A, %H:%M:%S %Z}", f"{shown:%Y-%m-%d %H:%M:%S}"
    )


def hour(time: datetime) -> Markup:
    """Return a time of today as hour and minute, of another day with its date and, if need be, its year."""
    zone = parts().settings.zone
    shown, today = time.astimezone(zone), clock.now().astimezone(zone).date()
    date = f"{shown.day} {shown:%b}" if shown.year == today.year else f"{shown.day} {shown:%b} {shown.year}"
    told = f"{shown:%H:%M}" if shown.date() == today else f"{date} {shown:%H:%M}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        time.astimezone(UTC).isoformat(), f"{shown:%A, %Y-%m-%d %H:%M:%S %Z}", told
    )


def lasted(span: timedelta) -> str:
    """Return a span of time for people.

    >>> [lasted(timedelta(minutes=n)) for n in (0, 59, 60, 125, 2945)]
    ['0 min', '59 min', '1 h', '2 h 05 min', '2 d 1 h']
    """
    minutes = max(int(span.total_seconds()) // 60, 0)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60:02} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min"


def local(time: datetime | None) -> str:
    """Return a time as the value of an input of type ``datetime-local``."""
    return f"{time.astimezone(parts().settings.zone):%Y-%m-%dT%H:%M}" if time else ""


def percent(value: float) -> str:
    """Return a share of one for people; what is nearly all or nothing with a decimal."""
    return f"{value:.{1 if value > 0.995 or value < 0.1 else 0}%}".replace("%", f"{NARROW}%")


def tone(value: float) -> str:
    """Return the class that colours a confidence."""
    return "good" if value >= 0.9 else "fair" if value >= 0.6 else "poor"


def region(code: str | None) -> str:
    """Return the name of a region, its code where none is known."""
    known = library.load(parts().settings.region_folders).get(code or "")
    return known.name if known else code or ""


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun.

    >>> plural(1, "read"), plural(2, "read"), plural(3, "entry", "entries")
    ('1 read', '2 reads', '3 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _as_page(response: Response) -> Response:
    """Show a refusal in words where a person's browser asked for a page."""
    if response.status_code < 400 or not response.is_json or not _is_person():
        return response
    fault = (response.get_json(silent=True) or {}).get("error")
    if not fault:
        return response
    bare = response.status_code >= 500  # the store, which knows who is asking, may be what failed
    status = response.status_code
    typed = "" if bare or status == 413 else _typed(fault["message"])  # what is too large was not read
    response.set_data(render_template("problem.html", fault=fault, status=status, bare=bare, typed=typed))
    response.content_type = "text/html; charset=utf-8"
    return response


def _typed(message: str) -> str:
    """Return what a refused form held, as JSON, so that its page can fill it in; nothing that is secret."""
    fields = [one for one in request.form.items(multi=True) if one[0] not in SECRET]
    action = f"{request.root_path}{request.path}"
    return json.dumps({"action": action, "fields": fields, "message": message}) if fields else ""


def _is_person() -> bool:
    if request.path.startswith("/v1/"):
        return False
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" or "HX-Request" in request.headers
