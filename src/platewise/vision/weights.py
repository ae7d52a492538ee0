"""The shipped weights: a manifest and the files that it names, each checked against its sha256."""

import hashlib
import json
from pathlib import Path
from typing import Any

from platewise.errors import ModelError, NameUnknown

FOLDER = Path(__file__).parent / "models"
MANIFEST = "manifest.json"


def names(folder: Path | None = None) -> list[str]:
    """Return the names of all models: the package's own, and those of a folder."""
    return sorted({**_manifest(FOLDER), **(_manifest(folder) if folder else {})})


def load(name: str, folder: Path | None = None) -> tuple[bytes, dict[str, Any]]:
    """Return the ONNX bytes of a model and its manifest entry: the folder's own, else the package's.

    Raises:
        NameUnknown: neither has a model of that name.
        ModelError: its file, or the folder's manifest, is missing or damaged.
    """
    if name not in names(folder):
        raise NameUnknown("model", name, names(folder))
    if folder is None or name not in _manifest(folder):
        folder = FOLDER
    entry = _manifest(folder)[name]
    path = folder / str(entry.get("file"))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the weights {path} cannot be opened ({error}); {_advice(folder)}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != entry.get("sha256"):
        raise ModelError(f"the weights {path} are damaged: their sha256 is {found}; {_advice(folder)}")
    return data, entry


def _manifest(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / MANIFEST
    try:
        models = json.loads(path.read_text("utf-8"))["models"]
    except OSError as error:
        raise ModelError(f"the manifest {path} cannot be opened ({error}); {_advice(folder)}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the manifest {path} is damaged ({error!r}); {_advice(folder)}") from error
    if not isinstance(models, dict):
        raise ModelError(f"the manifest {path} holds no models by name")
    return models


def _advice(folder: Path) -> str:
    return "install Platewise again" if folder == FOLDER else "docs/how-to/plug-in-a-model.md tells its form"
