"""Stands before every view: is this request forged, who sends it, may they, and not too often?"""

import math
from datetime import timedelta
from urllib.parse import quote

from flask import Flask, Response, current_app, redirect, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue

from platewise.errors import StoreError
from platewise.settings import Settings
from platewise.store.protocol import Store, Unit
from platewise.store.site import Audit
from platewise.web.access import audit, forgery, keys, policies, proxies, views
from platewise.web.access.callers import STRANGER, Caller, bearer, caller, line
from platewise.web.access.limits import limit
from platewise.web.access.policies import VENDOR, LimitName, Policy
from platewise.web.access.state import State, current, share
from platewise.web.errors import Refusal, reply

LOGINS_PER_MINUTE, SIGNS_PER_MINUTE = 5, 240
SESSION = timedelta(days=7)
LONGEST_SEARCH = 4000
"""Signs of a search: all of it stands in the audit log, so that nothing is asked behind what is cut."""


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie, ``Secure`` exactly where the page came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie may travel by https alone."""
        return request.is_secure


def register(app: Flask, store: Store, settings: Settings) -> None:
    """Guard every view; call it when all blueprints are there. RuntimeError for a route without a policy."""
    if views.blueprint.name not in app.blueprints:
        app.register_blueprint(views.blueprint)
    most: dict[LimitName, int] = {
        "reads": settings.reads_per_minute,
        "logins": LOGINS_PER_MINUTE,
        "signs": SIGNS_PER_MINUTE,
    }
    limits = {name: limit(name, number, store.calls) for name, number in most.items()}
    share(app, State(store, settings, policies.gather(app), limits))
    app.secret_key = keys.session_key(settings.data)
    app.session_interface = Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="platewise",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SESSION,
    )
    trusted = proxies.TrustedProxies(app.wsgi_app, settings.trusted_proxies)
    app.wsgi_app = trusted  # type: ignore[method-assign, assignment]
    app.before_request(check)
    app.after_request(finish)
    app.context_processor(lambda: {"caller": caller})


def check() -> ResponseReturnValue | None:
    """Return the refusal of a request, None when its view may answer."""
    audit.begin()
    if request.endpoint is None:
        return None  # no such route: 404 or 405 say so to everybody
    policy = current().policies[request.endpoint]
    if forgery.is_forged(request):
        return reply(403, "cross_site", "Another site sent this request. Send it from Platewise's own page.")
    if policy.level == "public" and policy.limit is None:
        return None
    who = caller()
    if who.how == "open":
        return None
    if not (who.may(policy) or _is_open_seed(policy, who)):
        return refuse(who)
    if policy.search and max(len(request.path), len(_words())) > LONGEST_SEARCH:
        return reply(414, "too_long", f"A search has at most {LONGEST_SEARCH} signs.")
    _count(policy, who)
    return None


def count_pictures(pictures: int) -> None:
    """Count all pictures of this request, whose first is counted; a Refusal where they are too many."""
    who, most = caller(), current().settings.reads_per_minute
    if pictures == 1 or who.how == "open":
        return
    if 0 < most < pictures:  # to wait would not help
        raise Refusal(422, "bad_parameter", f"Send at most {most} pictures at once: a minute has no more.")
    _count(current().policies[request.endpoint or ""], who, pictures - 1)


def _count(policy: Policy, who: Caller, calls: int = 1) -> None:
    if policy.limit is None:
        return
    key = {"token": f"token {who.token}", "session": f"user {who.name}"}.get(who.how)
    if key is None or policy.limit == "logins":
        key = proxies.group(request.remote_addr or "")
    if wait := math.ceil(current().limits[policy.limit].wait(key, calls)):
        raise Refusal(429, "too_many", f"Too many requests; try again in {wait} seconds.", wait)


def finish(response: Response) -> Response:
    """Write a change or a search into the audit log, and keep what is not public out of caches."""
    policy = current().policies.get(request.endpoint or "")
    if policy is None or policy.level == "public":
        return response
    response.headers.setdefault("Cache-Control", "no-store")
    if response.status_code < 400 and not audit.is_noted() and _belongs_into_the_log(policy):
        _note(_line())
    return response


def note(unit: Unit) -> None:
    """Write this request into the audit log with its change: neither is kept without the other.

    What wrote a line of its own, or is none for the log, adds nothing.
    """
    if not audit.is_noted() and _belongs_into_the_log(current().policies[request.endpoint or ""]):
        unit.journal.append(_line())


def _line() -> Audit:
    return line(request.endpoint or "", request.path, _words())


def _words() -> str:
    return " ".join(f"{key}={value}" for key, value in request.args.items(multi=True))


def _note(entry: Audit) -> None:
    """Add a line to the audit log. What it tells of is done: a busy store must not deny that."""
    try:
        with current().store.writing() as unit:
            unit.journal.append(entry)
    except StoreError:
        current_app.logger.exception("the audit log could not take: %s", entry)


def _belongs_into_the_log(policy: Policy) -> bool:
    """Tell whether a request is a change, or a search by somebody with a name; a read is its own record."""
    if policy.search:
        return caller().how in ("session", "token")
    return request.method not in forgery.SAFE and policy.limit is None


def _is_open_seed(policy: Policy, who: Caller) -> bool:
    """Tell whether a stranger may come in because the owner opened these routes; a bad token never may."""
    settings = current().settings
    family = (policy.scope or "").removeprefix(VENDOR)
    is_open = family in settings.open_vendors if family != policy.scope else settings.seed_routes == "open"
    return policy.level == "seed" and is_open and who == STRANGER and bearer() is None


def refuse(who: Caller) -> ResponseReturnValue:
    """Return the refusal: a stranger's browser is led to the login."""
    if who != STRANGER:
        return reply(403, "not_allowed", f"{who.name} may not do this; it takes another role or scope.")
    if request.method == "GET" and _is_page():
        return redirect(_login_address(), 303)
    told = "Log in, or send an API token in the header Authorization: Bearer pw_..."
    if bearer() is not None:
        told = "This token is unknown, expired or revoked."
    response = reply(401, "not_logged_in", told)
    response.headers["WWW-Authenticate"] = "Bearer"
    if "HX-Request" in request.headers:
        response.headers["HX-Redirect"] = "/login"
    return response


def _is_page() -> bool:
    accepted = request.accept_mimetypes
    return bearer() is None and accepted.best_match(["application/json", "text/html"]) == "text/html"


def _login_address() -> str:
    wanted = request.full_path.rstrip("?")
    return f"/login?next={quote(wanted, safe='/')}" if wanted != "/" else "/login"
