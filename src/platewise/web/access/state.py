"""What an application knows about access."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from platewise.settings import Settings
from platewise.store.protocol import Store
from platewise.web.access.limits import Limit
from platewise.web.access.policies import LimitName, Policy

_KEY = "platewise.access"


@dataclass(frozen=True, slots=True)
class State:
    """The store of people and tokens, the settings, and the policy of each endpoint."""

    store: Store
    settings: Settings
    policies: Mapping[str, Policy]
    limits: Mapping[LimitName, Limit]


def share(app: Flask, state: State) -> None:
    """Give the application its state."""
    app.extensions[_KEY] = state


def current() -> State:
    """Return the state of the application that answers."""
    return cast(State, current_app.extensions[_KEY])


def scopes() -> tuple[str, ...]:
    """Return the scopes that the routes of this application ask for."""
    return tuple(sorted({p.scope for p in current().policies.values() if p.scope}))
