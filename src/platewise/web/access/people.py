"""The people who may log in."""

import re
from dataclasses import replace

from platewise import clock
from platewise.errors import Conflict, InputError
from platewise.store.protocol import Store, Unit
from platewise.store.site import ROLES, Role, User
from platewise.web.access import audit, passwords

RESERVED = ("anonymous", "console", "local")
"""Names that the audit log gives to those who are not logged in."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def add(store: Store, name: str, role: Role, password: str, *, by: str) -> User:
    """Add a person; the first one is a manager, for nobody else could add others."""
    user = new(name, role, password)
    with store.writing() as unit:
        known = unit.access.users()
        if user.name in {other.name for other in known}:
            raise Conflict(f"There is a user {user.name} already.")
        if not known and role != "manager":
            raise InputError("The first user is a manager: --role manager.")
        unit.access.put_user(user)
        audit.write(unit, by, "user.add", user.name, role)
    return user


def new(name: str, role: Role, password: str) -> User:
    """Return a person to keep; InputError for a name, role or password that cannot be."""
    name = spelt(name)
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise InputError(f"A name has 1 to 64 of a-z, 0-9 . _ @ - and is not {', '.join(RESERVED)}.")
    if role not in ROLES:
        raise InputError(f"A role is one of {', '.join(ROLES)}.")
    return User(name, role, passwords.hashed(password, name), clock.now())


def spelt(name: str) -> str:
    """Return a name as it is kept: Ann and ann are one person."""
    return name.strip().lower()


def listed(store: Store) -> tuple[User, ...]:
    """Return all people by name."""
    with store.reading() as unit:
        return unit.access.users()


def set_password(store: Store, name: str, password: str, *, by: str) -> User:
    """Change a password, which ends all sessions of this person."""
    stored = passwords.hashed(password, spelt(name))
    with store.writing() as unit:
        user = _find(unit, name)
        changed = replace(user, password=stored, epoch=user.epoch + 1)
        unit.access.put_user(changed)
        audit.write(unit, by, "user.password", user.name)
    return changed


def set_role(store: Store, name: str, role: Role, *, by: str) -> User:
    """Change what a person may do, from the next request on; one manager must stay."""
    if role not in ROLES:
        raise InputError(f"A role is one of {', '.join(ROLES)}.")
    with store.writing() as unit:
        changed = replace(_find(unit, name), role=role)
        unit.access.put_user(changed)
        _keep_a_manager(unit)
        audit.write(unit, by, "user.role", changed.name, role)
    return changed


def remove(store: Store, name: str, *, by: str) -> None:
    """Remove a person with all sessions and tokens; one manager must stay."""
    now = clock.now()
    with store.writing() as unit:
        user = _find(unit, name)
        unit.access.remove_user(user.name)
        _keep_a_manager(unit)
        for token in unit.access.tokens():
            if token.user == user.name:
                unit.access.revoke_token(token.id, now)
        audit.write(unit, by, "user.remove", user.name)


def end_sessions(store: Store, name: str, *, by: str, action: str = "user.logout") -> None:
    """End all sessions of a person, copied cookies included."""
    with store.writing() as unit:
        user = _find(unit, name)
        unit.access.put_user(replace(user, epoch=user.epoch + 1))
        audit.write(unit, by, action, user.name)


def log_in(store: Store, name: str, password: str) -> User | None:
    """Return the person with this name and password; whatever is wrong, work and answer are the same."""
    with store.reading() as unit:
        user = next((u for u in unit.access.users() if u.name == spelt(name) and u.enabled), None)
    right = passwords.verify(user.password if user else None, password)
    anew = passwords.HASHER.hash(password) if user and right and passwords.is_dated(user.password) else None
    with store.writing() as unit:
        if user and anew and user in unit.access.users():  # unless it was changed while that was reckoned
            user = replace(user, password=anew)
            unit.access.put_user(user)
        # a name that nobody has may be a password typed into the wrong field: it is not written down
        known = user.name if user else ""
        audit.write(unit, known if right else "anonymous", "login" if right else "login.refused", known)
    return user if right else None


def _find(unit: Unit, name: str) -> User:
    for user in unit.access.users():
        if user.name == spelt(name):
            return user
    raise InputError(f"There is no user {name}.")


def _keep_a_manager(unit: Unit) -> None:
    if not any(user.role == "manager" and user.enabled for user in unit.access.users()):
        raise Conflict("This is the only manager: make somebody else a manager first.")
