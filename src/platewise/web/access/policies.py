"""What each route asks for, said at the route itself: ``@policy("operator", scope="reads:write")``."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar, get_args

from flask import Flask

from platewise.web.access.carriers import Carrier
from platewise.web.access.tokens import SCOPES

Level = Literal["public", "seed", "viewer", "operator", "manager"]
LimitName = Literal["reads", "logins", "signs"]
View = TypeVar("View", bound=Callable[..., Any])

VENDOR = "vendor:"
"""What the scopes of other systems' routes begin with; the family follows."""
RANKS = {"seed": 1, "viewer": 1, "operator": 2, "manager": 3}
_MARK = "_platewise_policy"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route asks of its caller.

    ``level`` is the least role; ``seed`` is a viewer's, and nobody's where the owner opened the seed routes.
    A token that is narrowed to some scopes must have ``scope``. ``limit`` is the rate that bounds it.
    ``search`` puts the words of the query into the audit log. ``carriers`` are the ways, beside the header
    ``Authorization: Bearer``, in which a request may carry its token.
    """

    level: Level
    scope: str | None = None
    limit: LimitName | None = None
    search: bool = False
    carriers: tuple[Carrier, ...] = ()


def policy(
    level: Level,
    scope: str | None = None,
    *,
    limit: LimitName | None = None,
    search: bool = False,
    carriers: tuple[Carrier, ...] = (),
) -> Callable[[View], View]:
    """Return the decorator that declares a view's policy; seed routes have scope and limit by themselves."""
    if level not in get_args(Level):
        raise ValueError(f"a policy is one of {', '.join(get_args(Level))}, not {level!r}")
    if level == "seed":
        scope, limit = scope or "seed", limit or "reads"
    declared = Policy(level, scope, limit, search, carriers)
    SCOPES.update([scope] if scope else ())

    def mark(view: View) -> View:
        """Mark the view, which stays as it is."""
        setattr(view, _MARK, declared)
        return view

    return mark


def declare(app: Flask, endpoint: str, level: Level, scope: str | None = None) -> None:
    """Declare the policy of a view that another library wrote."""
    view = app.view_functions[endpoint]

    @wraps(view)
    def own(*args: Any, **kwargs: Any) -> Any:
        """Answer as the library does."""
        return view(*args, **kwargs)

    app.view_functions[endpoint] = policy(level, scope)(own)


def gather(app: Flask) -> dict[str, Policy]:
    """Return the policy of every endpoint; RuntimeError names the routes that have none."""
    table = {rule.endpoint: _of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    undeclared = sorted(str(rule) for rule in app.url_map.iter_rules() if table[rule.endpoint] is None)
    if undeclared:
        raise RuntimeError(f"no policy is declared for: {', '.join(undeclared)}")
    return {endpoint: found for endpoint, found in table.items() if found}


def _of(app: Flask, endpoint: str) -> Policy | None:
    if endpoint == "static" or endpoint.endswith(".static"):
        return Policy("public")  # what the package ships: styles, scripts, samples
    found = getattr(app.view_functions[endpoint], _MARK, None)
    return found if isinstance(found, Policy) else None
