"""Settings of a training run: frozen values read from a TOML file, unknown keys refused."""

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from platewise.errors import SettingError

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """Base of all training settings: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


C = TypeVar("C", bound=Settings)


class LoopConfig(Settings):
    """How to train, whatever the network: table ``[loop]`` of a config file."""

    steps: Positive
    batch: Positive
    rate: Annotated[float, Field(gt=0)] = 2e-3
    """The learning rate at the end of the warm-up."""
    warmup: Share = 0.05
    """Share of the steps with a rising rate."""
    hold: Share = 0.0
    """Share of the steps up to which the rate then stays; a cosine leads down from there."""
    final: Share = 0.005
    """The last rate as a share of ``rate``."""
    decay: float = 0.03
    """Weight decay of matrices and kernels; biases and norms have none."""
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 2.0
    """Largest norm of the gradient."""
    ema: Share = 0.998
    """Memory of the averaged weights, the ones that are evaluated and exported."""
    seed: Count = 0
    threads: Positive = 2
    workers: Count = 2
    """Processes that draw batches; 0 draws them in the training process."""
    log_every: Positive = 50
    evaluate_every: Positive = 1000
    save_every: Positive = 200
    minutes: Annotated[float, Field(ge=0)] = 0
    """Stop after so many minutes, ready to be resumed; 0 sets no limit."""

    def limited(self, minutes: float) -> "LoopConfig":
        """Return the same settings with a limit."""
        return self.model_copy(update={"minutes": minutes})


def load(path: Path, kind: type[C]) -> C:
    """Return the settings of a TOML file, or raise SettingError: a line a fault, with file and key."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        faults = (_told(kind, fault["type"], fault["loc"], fault["msg"]) for fault in error.errors())
        raise SettingError("\n".join(f"{path}: {fault}" for fault in faults)) from error
    except (OSError, ValueError) as error:  # ValueError: it is no TOML, or not UTF-8
        raise SettingError(f"{path}: {error}") from error


def _told(kind: type[Settings], fault: str, place: tuple[str | int, ...], message: str) -> str:
    """Return one fault for people; for a key that is none, which one is likely meant."""
    where = f"{'.'.join(map(str, place))}: " if place else ""
    if fault != "extra_forbidden":
        return where + message.removeprefix("Value error, ")
    known = list(_table(kind, place[:-1]).model_fields)
    likely = get_close_matches(str(place[-1]), known, 1)
    meant = f"did you mean {likely[0]}?" if likely else f"known are {', '.join(known)}"
    return f"{where}there is no such key; {meant}"


def _table(kind: type[Settings], place: tuple[str | int, ...]) -> type[Settings]:
    """Return the settings that a table of the file holds: ``("phases", 0, "loop")``."""
    for part in place:
        if part in kind.model_fields:
            kind = next(_kinds(kind.model_fields[str(part)].annotation), kind)
    return kind


def _kinds(annotation: Any) -> Iterator[type[Settings]]:
    """Yield the settings in a type such as ``tuple[Phase, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)
