"""Who may do what: sessions, tokens, roles, the policy of each route, limits, and the audit log."""

from platewise.web.access import people, setup, tokens
from platewise.web.access.callers import Caller, caller, lasting, line
from platewise.web.access.guard import count_pictures, note, refuse, register
from platewise.web.access.policies import declare, policy
from platewise.web.access.setup import may_bind
from platewise.web.access.state import scopes
from platewise.web.access.views import blueprint

__all__ = [
    "Caller",
    "blueprint",
    "caller",
    "count_pictures",
    "declare",
    "lasting",
    "line",
    "may_bind",
    "note",
    "people",
    "policy",
    "refuse",
    "register",
    "scopes",
    "setup",
    "tokens",
]
