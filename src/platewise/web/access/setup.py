"""The first account: who may bind where, and the one-time link with which a manager is made."""

import secrets
from datetime import timedelta

from platewise import clock
from platewise.errors import Conflict, SettingError
from platewise.settings import Settings
from platewise.store.protocol import Store, Unit
from platewise.store.site import NewToken, Token, User
from platewise.web.access import audit, people
from platewise.web.access.proxies import is_loopback
from platewise.web.access.tokens import SETUP, digest, is_in_force

VALID = timedelta(days=1)
"""How long a set-up link may be used."""


def make_link(store: Store, address: str, *, by: str) -> str:
    """Return a new set-up link at the server's address; a Conflict when there is a user."""
    code, now = secrets.token_urlsafe(32), clock.now()
    with store.writing() as unit:
        if unit.access.users():
            raise Conflict("There is a user already: managers add others, here or on the page Settings.")
        unit.access.add_token(NewToken("set-up link", digest(code), (SETUP,), now, now + VALID))
        audit.write(unit, by, "setup.link")
    return f"{address.rstrip('/')}/setup/{code}"


def address(settings: Settings) -> str:
    """Return the address of the server as a person at this machine would type it."""
    everywhere = settings.host in ("0.0.0.0", "::")  # noqa: S104  # it binds nothing
    host = "localhost" if everywhere else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def is_open(store: Store, code: str) -> bool:
    """Tell whether a set-up link can still be used."""
    with store.reading() as unit:
        return _link(unit, code) is not None


def claim(store: Store, code: str, name: str, password: str) -> User | None:
    """Make the first manager; None when the link is unknown, too old or used."""
    if not is_open(store, code):
        return None
    user = people.new(name, "manager", password)
    with store.writing() as unit:
        link = _link(unit, code)
        if link is None or not unit.access.revoke_token(link.id, clock.now()):
            return None
        unit.access.put_user(user)
        audit.write(unit, user.name, "setup.done", user.name)
    return user


def may_bind(host: str, store: Store) -> None:
    """Return when the server may listen on this address; a SettingError says what to do first.

    Another address than this machine's own needs a user.
    """
    if is_loopback(host):
        return
    with store.reading() as unit:
        if unit.access.users():
            return
    raise SettingError(
        f"nobody has an account yet, and {host} can be reached by others. Make one first: "
        "platewise users add NAME --role manager, or with the link that platewise serve prints when it "
        "starts on this machine alone"
    )


def _link(unit: Unit, code: str) -> Token | None:
    token = unit.access.token(digest(code))
    usable = token and SETUP in token.scopes and is_in_force(token, clock.now())
    return token if usable and not unit.access.users() else None
