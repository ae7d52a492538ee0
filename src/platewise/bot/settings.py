"""What may be set for the bot, each from one ``PLATEWISE_BOT_...`` environment variable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from zoneinfo import ZoneInfo

from platewise.bot.words import LANGUAGES
from platewise.errors import SettingError
from platewise.settings import is_zone

PREFIX = "PLATEWISE_BOT_"
EVERYONE = "everyone"
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{3,}")


@dataclass(frozen=True, slots=True)
class BotSettings:
    """Frozen settings of the bot. Numbers of chats and people are Telegram's.

    ``token`` is the bot's, from @BotFather, or the first line of ``token_file``; ``api`` is where the Bot API
    answers. ``server`` is Platewise's server, ``server_token`` its token (or ``server_token_file``).

    Pictures count as those of ``camera``, places as those of ``lot``. ``chats`` may use the bot, or
    ``everyone``; ``managers`` may use it in any chat, and ``left_for`` says who is told of other people's
    cars: ``managers`` or ``everyone``. ``language`` is spoken to who has none of ours, ``timezone`` is that
    of the times it tells. ``state`` is a small file with what a restart must know.
    """

    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    api: str = "https://api.telegram.org"
    server: str = "http://127.0.0.1:5000"
    server_token: str | None = field(default=None, repr=False)
    server_token_file: Path | None = None
    camera: str = "telegram"
    lot: str = "main"
    chats: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    left_for: str = "managers"
    language: str = "en"
    timezone: str = "UTC"
    state: Path = Path("instance/bot.json")

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        _require(bool(_TOKEN.fullmatch(self.token or "")), "token", "the bot's token, 123456:ABC…")
        for name in ("api", "server"):
            found = re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", getattr(self, name))
            _require(found is not None, name, "an address such as http://127.0.0.1:5000")
        for name in ("camera", "lot"):
            good = re.fullmatch(r"[^\x00-\x1f/]{1,100}", getattr(self, name))
            _require(good is not None, name, "a name of at most 100 signs")
        chats = set(self.chats) - {EVERYONE}
        _require(all(map(_is_number, chats)), "chats", f"numbers of chats, or {EVERYONE}")
        _require(all(map(_is_number, self.managers)), "managers", "numbers of Telegram users")
        _require(self.left_for in ("managers", EVERYONE), "left_for", f"managers or {EVERYONE}")
        _require(self.language in LANGUAGES, "language", f"one of {', '.join(LANGUAGES)}")
        _require(is_zone(self.timezone), "timezone", "a time zone, such as Europe/Zagreb")

    def lets_in(self, chat: str) -> bool:
        """Tell whether a chat may use the bot; a manager's own chat has the manager's number."""
        return EVERYONE in self.chats or chat in self.chats or chat in self.managers

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the times that the bot tells."""
        return ZoneInfo(self.timezone)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show; the token also without its public number: addresses may escape the colon."""
        assert self.token
        own = (self.token, self.token.partition(":")[2])
        return (*own, self.server_token) if self.server_token else own

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "BotSettings":
        """Return the settings of an environment; empty variables are unset."""
        given = {f.name: environ.get(PREFIX + f.name.upper(), "").strip() for f in fields(cls)}
        values = {name: _parse(name, text) for name, text in given.items() if text}
        for name in ("token", "server_token"):
            if name not in values and f"{name}_file" in values:
                values[name] = _first_line(f"{name}_file", Path(given[f"{name}_file"]))
        return cls(**values)  # type: ignore[arg-type]


def _parse(name: str, text: str) -> object:
    if name in ("chats", "managers"):
        return tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if name in ("token_file", "server_token_file", "state"):
        return Path(text)
    return text.rstrip("/") if name in ("api", "server") else text


def _first_line(name: str, path: Path) -> str:
    try:
        return path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{PREFIX}{name.upper()} names {path}, which cannot be read: {error}") from error


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,20}", text) is not None


def _require(met: bool, name: str, wanted: str) -> None:
    """Refuse a setting without showing its value, which may be a secret."""
    if not met:
        raise SettingError(f"{PREFIX}{name.upper()} must be {wanted}")
