"""What the bot says. A language is one TOML file in ``languages/``."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

Sentences = Mapping[str, Mapping[str, str]]


def _load() -> dict[str, Sentences]:
    files = (resources.files("platewise.bot") / "languages").iterdir()
    found = {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}
    return {code: tomllib.loads(found[code].read_text("utf-8")) for code in sorted(found)}


LANGUAGES = _load()


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language."""

    language: str

    def __call__(self, key: str, **blanks: object) -> str:
        """Return a sentence with its blanks filled."""
        return LANGUAGES[self.language]["said"][key].format(**blanks)

    @property
    def menu(self) -> Mapping[str, str]:
        """What each command does."""
        return LANGUAGES[self.language]["menu"]

    def why(self, reasons: Sequence[str]) -> str:
        """Return the server's reasons, ``code`` or ``code: detail``, in our words where there are any."""
        known = LANGUAGES[self.language]["why"]
        told = (known.get(reason.partition(":")[0], reason) for reason in reasons)
        return self("comma").join(dict.fromkeys(told))

    def span(self, span: timedelta) -> str:
        """Return how long a span of time is."""
        whole = max(int(span.total_seconds()) // 60, 0)
        hours, m = divmod(whole, 60)
        d, h = divmod(hours, 24)
        return self("days" if d else "hours" if h else "minutes", d=d, h=h, m=m)


def told_time(at: datetime, zone: ZoneInfo) -> str:
    """Return day and time in a time zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def words_for(code: str | None, default: str) -> Words:
    """Return the words for a Telegram user's language code, such as ``zh-hans``."""
    known = (code or "").lower().partition("-")[0]
    return Words(known if known in LANGUAGES else default)
