"""Lines of the audit log. A line never holds a password, a token or the code of a set-up link."""

from contextvars import ContextVar

from platewise import clock
from platewise.store.protocol import Unit
from platewise.store.site import Audit

LONGEST = 4100
"""Signs of a subject or a detail: more than the longest search with the name of its token."""
_noted: ContextVar[bool] = ContextVar("noted", default=False)


def made(user: str, action: str, subject: str = "", detail: str = "") -> Audit:
    """Return a line, and count this request as noted in the log."""
    _noted.set(True)
    return Audit(clock.now(), user, action, _clean(subject), _clean(detail))


def write(unit: Unit, by: str, action: str, subject: str = "", detail: str = "") -> None:
    """Add a line to the log, in the transaction of what it tells of."""
    unit.journal.append(made(by, action, subject, detail))


def begin() -> None:
    """Start a request: nothing of it is noted yet."""
    _noted.set(False)


def leave_out() -> None:
    """Keep this request out of the log: it changes nothing, or its work writes a line of its own."""
    _noted.set(True)


def is_noted() -> bool:
    """Tell whether this request is in the log already."""
    return _noted.get()


def _clean(text: str) -> str:
    """Return a text without line breaks and the like; what is cut ends in an ellipsis."""
    told = "".join(c if c.isprintable() else "?" for c in text)
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"
