"""Frozen settings, each from one ``PLATEWISE_...`` environment variable or one line of a TOML file.

An impossible value is a ``ValueError`` here, in the lowest layer; ``vision.environment`` turns it into a
``SettingError``.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

PREFIX = "PLATEWISE_"
VENDORS = (
    "platerecognizer",
    "codeproject",
    "openalpr",
    "hyperlpr",
    "redaction",
    "hikvision",
    "axis",
    "onvif",
    "blueiris",
)
"""The families of routes that are spelt as other systems' clients know them."""
PUSHED = ("hikvision", "axis", "onvif", "blueiris")
"""Of these, the families that take another system's word for a plate: they are never open."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set from outside. Lists are separated by commas, folders by ``:``.

    ``config`` is a TOML file with any of these names; the environment goes before it. ``models`` is a folder
    with a ``manifest.json``, the package's own weights when None; ``threads`` 0 means as many as there are
    cores, four at most; ``tesseract`` is that program, where it is not found by itself. ``max_pixels``,
    ``max_side`` and ``max_bytes`` bound a picture. Reads under ``min_confidence`` are left out.

    The server listens on ``host`` and ``port``, reads ``requests`` pictures at once while ``queue`` more
    wait, sends ``streams`` live streams and takes uploads of ``max_upload`` bytes. It keeps its database (a
    file in ``data`` when None) and ``image_quota`` bytes of pictures; pictures for ``keep_images`` days,
    reads for ``keep_reads``, with ``whole_months`` ``on`` until the month is over in which they would go, and
    the audit log for ``keep_audit``, each 0 for ever. ``timezone`` is the site's. ``csv`` is a file that
    every read is appended to, ``debug_folder`` one for pictures of each stage.

    ``seed_routes`` ask for a ``token`` or are ``open``. ``trusted_proxies`` are addresses or networks whose
    word on who the client is counts; ``private_receivers`` are those that outputs may reach though they are
    not public. A caller may have ``reads_per_minute`` pictures read, 0 without limit. With ``sandbox`` ``on``
    uploads are decoded in processes that may die.

    ``vendors`` are the families of other systems' routes that answer, ``open_vendors`` those among them that
    ask for no token. ``platerecognizer_status`` is the HTTP status of a Plate Recognizer answer: 201 in its
    cloud, 200 in its SDK.
    """

    config: Path | None = None
    regions: tuple[str, ...] = ()
    region_folders: tuple[Path, ...] = ()
    pipeline: str = "yolo-attention"
    models: Path | None = None
    providers: tuple[str, ...] = ("cpu",)
    threads: int = 0
    tesseract: Path | None = None
    min_confidence: float = 0.0
    max_pixels: int = 50_000_000
    max_side: int = 20_000
    max_bytes: int = 64 * 2**20
    host: str = "127.0.0.1"
    port: int = 5000
    requests: int = 4
    queue: int = 16
    streams: int = 16
    max_upload: int = 10 * 2**20
    data: Path = Path("instance")
    database: str | None = None
    image_quota: int = 10 * 2**30
    keep_images: int = 30
    keep_reads: int = 365
    keep_audit: int = 365
    whole_months: str = "off"
    timezone: str = "UTC"
    csv: Path | None = None
    debug_folder: Path | None = None
    seed_routes: str = "token"
    trusted_proxies: tuple[str, ...] = ()
    private_receivers: tuple[str, ...] = ()
    reads_per_minute: int = 60
    sandbox: str = "on"
    vendors: tuple[str, ...] = VENDORS
    open_vendors: tuple[str, ...] = ()
    platerecognizer_status: int = 201

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for name, (low, high) in _RANGES.items():
            wanted = f"{low} to {high}" if high else f"at least {low}"
            _require(low <= getattr(self, name) <= (high or float("inf")), name, wanted)
        _require(bool(self.pipeline), "pipeline", "a name")
        _require(bool(self.providers), "providers", "at least one name, such as cpu")
        _require(self.seed_routes in ("token", "open"), "seed_routes", "token or open")
        for name in ("sandbox", "whole_months"):
            _require(getattr(self, name) in ("on", "off"), name, "on or off")
        for name in ("trusted_proxies", "private_receivers"):
            _require(all(map(_is_network, getattr(self, name))), name, "addresses such as 10.0.0.2")
        for name, known in (("vendors", VENDORS), ("open_vendors", set(VENDORS) - set(PUSHED))):
            unknown = set(getattr(self, name)) - {*known, "none"}
            _require(not unknown, name, f"none, or some of {', '.join(sorted(known))}")
        _require(self.platerecognizer_status in (200, 201), "platerecognizer_status", "200 or 201")
        _require(is_zone(self.timezone), "timezone", "a time zone, such as Europe/Zagreb")
        folders = [("region_folders", folder) for folder in self.region_folders] + [("models", self.models)]
        for name, folder in folders:
            _require(folder is None or folder.is_dir(), name, f"a folder; there is no {folder}")

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def database_url(self) -> str:
        """Where the database is: ``database``, else a file in the data folder."""
        return self.database or f"sqlite:///{self.data / 'platewise.sqlite3'}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings of an environment and of the TOML file it names; empty variables are unset."""
        given = {f.name: environ.get(PREFIX + f.name.upper(), "").strip() for f in fields(cls)}
        filed = _filed(Path(given["config"])) if given["config"] else {}
        texts = {**filed, **{name: text for name, text in given.items() if text}}
        return cls(**{name: _parse(name, text) for name, text in texts.items()})  # type: ignore[arg-type]


_RANGES: Mapping[str, tuple[float, float]] = {
    "threads": (0, 1024),
    "port": (1, 65535),
    "requests": (1, 64),
    "queue": (0, 1024),
    "streams": (0, 256),
    "min_confidence": (0, 1),
    "keep_images": (0, 36500),
    "keep_reads": (0, 36500),
    "keep_audit": (0, 36500),
    "reads_per_minute": (0, 100_000),
    **dict.fromkeys(("max_pixels", "max_side", "max_bytes", "max_upload", "image_quota"), (1, 0)),
}


def _filed(path: Path) -> dict[str, str]:
    """Return the lines of a TOML file as texts; a name that is no setting is a mistake."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{PREFIX}CONFIG names {path}, which cannot be read: {error}") from error
    known = {f.name for f in fields(Settings)} - {"config"}
    for name, value in values.items():
        if name not in known or isinstance(value, dict):
            raise ValueError(f"{path}: there is no setting {name}; known: {', '.join(sorted(known))}")
    return {name: _text(name, value) for name, value in values.items()}


def _text(name: str, value: object) -> str:
    if isinstance(value, list):
        return (":" if name == "region_folders" else ",").join(map(str, value))
    return str(value)


def _names(_: str, text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def _folders(_: str, text: str) -> tuple[Path, ...]:
    return tuple(Path(part) for part in text.split(":") if part)


def _float(name: str, text: str) -> float:
    _require(bool(re.fullmatch(r"[0-9]*\.?[0-9]+", text)), name, f"a number, not {text!r}")
    return float(text)


def _whole(name: str, text: str) -> int:
    _require(bool(re.fullmatch(r"[0-9]{1,15}", text)), name, f"a whole number, not {text!r}")
    return int(text)


_PARSERS: Mapping[str, Callable[[str, str], object]] = {
    **dict.fromkeys(
        ("pipeline", "host", "database", "timezone", "seed_routes", "sandbox", "whole_months"),
        lambda _, text: text,
    ),
    **dict.fromkeys(
        ("config", "models", "tesseract", "data", "csv", "debug_folder"), lambda _, text: Path(text)
    ),
    "region_folders": _folders,
    "regions": _names,
    "providers": _names,
    "trusted_proxies": _names,
    "private_receivers": _names,
    "vendors": _names,
    "open_vendors": _names,
    "min_confidence": _float,
}


def _parse(name: str, text: str) -> object:
    return _PARSERS.get(name, _whole)(name, text)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def is_zone(name: str) -> bool:
    """Tell whether this machine knows a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _require(met: bool, name: str, wanted: str) -> None:
    if not met:
        raise ValueError(f"{PREFIX}{name.upper()} must be {wanted}")
