"""Frozen settings, each from one ``PLATEWISE_...`` environment variable.

An impossible value is a ``ValueError`` here, in the lowest layer; ``vision.environment`` turns it into a
``SettingError``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

PREFIX = "PLATEWISE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set from outside. Lists are separated by commas, folders by ``:``.

    ``models`` is a folder with a ``manifest.json``, the package's own weights when None; ``threads`` 0 means
    as many as there are cores, four at most. ``max_pixels``, ``max_side`` and ``max_bytes`` bound a picture.
    Reads under ``min_confidence`` are left out. The server listens on ``host`` and ``port``, answers
    ``requests`` at once and takes uploads of ``max_upload`` bytes.
    """

    regions: tuple[str, ...] = ()
    region_folders: tuple[Path, ...] = ()
    pipeline: str = "yolo-attention"
    models: Path | None = None
    providers: tuple[str, ...] = ("cpu",)
    threads: int = 0
    min_confidence: float = 0.0
    max_pixels: int = 64_000_000
    max_side: int = 20_000
    max_bytes: int = 64 * 2**20
    host: str = "127.0.0.1"
    port: int = 5000
    requests: int = 4
    max_upload: int = 10 * 2**20

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be meant."""
        _require(0 <= self.threads <= 1024, "threads", "0 (automatic) to 1024")
        _require(1 <= self.port <= 65535, "port", "1 to 65535")
        _require(1 <= self.requests <= 64, "requests", "1 to 64")
        _require(0 <= self.min_confidence <= 1, "min_confidence", "0 to 1")
        for name in ("max_pixels", "max_side", "max_bytes", "max_upload"):
            _require(getattr(self, name) >= 1, name, "at least 1")
        _require(bool(self.pipeline), "pipeline", "a name")
        _require(bool(self.providers), "providers", "at least one name, such as cpu")
        folders = [("region_folders", folder) for folder in self.region_folders] + [("models", self.models)]
        for name, folder in folders:
            _require(folder is None or folder.is_dir(), name, f"a folder; there is no {folder}")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings of an environment; unset and empty variables keep the defaults."""
        given = {f.name: environ.get(PREFIX + f.name.upper(), "").strip() for f in fields(cls)}
        return cls(**{name: _parse(name, text) for name, text in given.items() if text})  # type: ignore[arg-type]


def _parse(name: str, text: str) -> object:
    if name in ("pipeline", "host"):
        return text
    if name == "models":
        return Path(text)
    if name == "region_folders":
        return tuple(Path(part) for part in text.split(":") if part)
    if name in ("regions", "providers"):
        return tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if name == "min_confidence":
        _require(bool(re.fullmatch(r"[0-9]*\.?[0-9]+", text)), name, f"a number, not {text!r}")
        return float(text)
    _require(bool(re.fullmatch(r"[0-9]{1,15}", text)), name, f"a whole number, not {text!r}")
    return int(text)


def _require(met: bool, name: str, wanted: str) -> None:
    if not met:
        raise ValueError(f"{PREFIX}{name.upper()} must be {wanted}")
