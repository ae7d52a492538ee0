"""What the lists say about a vehicle that wants in."""

from collections.abc import Iterable

from platewise.register.values import Listed, Policy

DENIED, NOT_ALLOWED = "denied", "not on an allowed list"


def refusal(lists: Iterable[Listed], policy: Policy) -> str:
    """Return why the lists keep a vehicle out, empty where they do not; denied outweighs allowed."""
    kinds = {listed.kind for listed in lists}
    if "denied" in kinds:
        return DENIED
    return NOT_ALLOWED if policy.allowed_only and "allowed" not in kinds else ""
