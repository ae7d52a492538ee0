"""Who is asking."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from flask import copy_current_request_context, request, session

from platewise import clock
from platewise.errors import StoreError
from platewise.store.site import Audit, Role, Token, User
from platewise.web.access import audit, carriers, tokens
from platewise.web.access.policies import RANKS, Policy
from platewise.web.access.proxies import PROXIED, is_loopback
from platewise.web.access.state import current

log = logging.getLogger(__name__)

TOUCH_EVERY = timedelta(minutes=5)
"""How exactly the time of a token's last use is kept."""
_KEY = "platewise.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and how it is known.

    ``role`` is None for a stranger. ``token`` is the number of the token; with ``scopes`` it is narrowed to
    the routes that ask for one of them.
    """

    name: str
    role: Role | None
    token: int | None = None
    how: Literal["open", "session", "token", "none"] = "none"
    scopes: tuple[str, ...] = ()

    def may(self, policy: Policy) -> bool:
        """Tell whether role and scopes reach as far as a route asks for."""
        if policy.level == "public":
            return True
        if self.role is None or RANKS[self.role] < RANKS[policy.level]:
            return False
        return not self.scopes or policy.scope in self.scopes


LOCAL = Caller("local", "manager", how="open")
STRANGER = Caller("anonymous", None)


def caller() -> Caller:
    """Return who sent this request."""
    if _KEY not in request.environ:
        request.environ[_KEY] = _identify()
    return cast(Caller, request.environ[_KEY])


def lasting() -> Callable[[], bool]:
    """Return what tells, as long as a request lasts, whether its sender may still have what it asked for."""
    policy = current().policies[request.endpoint or ""]

    def may() -> bool:
        """Ask the store anew."""
        return _identify().may(policy)

    return copy_current_request_context(may)


def bearer() -> str | None:
    """Return the token that the request carries: in the one place where no log and no address shows it.

    Routes of other systems' clients also take it where those send it, as far as their policy says.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    policy = current().policies.get(request.endpoint or "")
    return carriers.carried(request, policy.carriers) if policy else None


def line(action: str, subject: str = "", detail: str = "") -> Audit:
    """Return a line of the audit log in the name of the caller, for the transaction of its change."""
    who = caller()
    words = filter(None, [detail, f"(token {who.token})" if who.token else ""])
    return audit.made(who.name, action, subject, " ".join(words))


def remember(user: User) -> None:
    """Begin a session; nothing of the one before is kept."""
    session.clear()
    session.permanent = True
    session.update(user=user.name, epoch=user.epoch, since=user.created_at.isoformat())


def _identify() -> Caller:
    secret = bearer()
    with current().store.reading() as unit:
        users = {user.name: user for user in unit.access.users()}
        if not users and _is_at_home():
            return LOCAL
        known = secret is not None and secret.startswith(tokens.PREFIX)
        token = unit.access.token(tokens.digest(secret)) if secret and known else None
    return _by_session(users) if secret is None else _by_token(token, users)


def _is_at_home() -> bool:
    """Tell whether a person at this machine asks a server that only this machine can reach.

    A proxy or a tunnel on this machine also comes from 127.0.0.1, so its traces count as from outside; so
    does a Host of another name, by which a web page could reach in (DNS rebinding).
    """
    here = (current().settings.host, request.remote_addr or "", request.host)
    return all(map(is_loopback, here)) and PROXIED not in request.environ


def _by_token(token: Token | None, users: Mapping[str, User]) -> Caller:
    owner = users.get(token.user) if token and token.user else None
    if token is None or not tokens.is_in_force(token, clock.now()):
        return STRANGER
    if token.user and (owner is None or not owner.enabled):
        return STRANGER
    _touch(token)
    role, narrow = tokens.reach(token)
    if owner and RANKS[owner.role] < RANKS[role]:
        role = owner.role
    return Caller(token.user or f"token:{token.name}", role, token.id, "token", narrow)


def _by_session(users: Mapping[str, User]) -> Caller:
    user = users.get(session.get("user", ""))
    if user is None or not user.enabled:
        return STRANGER
    if (session.get("epoch"), session.get("since")) != (user.epoch, user.created_at.isoformat()):
        return STRANGER  # ended since, or of an earlier person of this name
    return Caller(user.name, user.role, how="session")


def _touch(token: Token) -> None:
    """Note the use of a token. A full or busy store must not stop those who only look."""
    now = clock.now()
    if token.used_at is not None and now - token.used_at < TOUCH_EVERY:
        return
    try:
        with current().store.writing() as unit:
            unit.access.touch_token(token.id, now)
    except StoreError as error:
        log.warning("the use of token %d was not noted: %s", token.id, error)
