"""TOML texts that people write, as checked values."""

import tomllib
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from platewise.errors import InputError
from platewise.register.toml_lines import line_of

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A value in which a key that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fault(NamedTuple):
    """What cannot be meant, and where."""

    place: tuple[str | int, ...]
    told: str


def validated(toml: str, model: type[Model], what: str, number: Callable[[str], Any] = Decimal) -> Model:
    """Return the value that a TOML text says; ``InputError`` tells every fault in a line of its own.

    ``number`` reads what has a point: exactly, as money must be, unless told otherwise.
    """
    try:
        return model.model_validate(tomllib.loads(toml, parse_float=number))
    except ValidationError as error:
        told = (_told(toml, what, fault["loc"], fault["msg"]) for fault in error.errors())
        raise InputError("\n".join(told)) from error
    except (ValueError, RecursionError) as error:  # no TOML, or one that is too deep or long to be meant
        raise InputError(f"the {what} is no TOML: {error}") from error


def refuse(faults: Iterable[Fault], model: BaseModel) -> None:
    """Raise all faults of a value together, as its validation does; nothing where there are none."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("site", "{told}", {"told": fault.told}), loc=fault.place, input=None
        )
        for fault in faults
    ]
    if details:
        raise ValidationError.from_exception_data(type(model).__name__, details)


def _told(toml: str, what: str, place: tuple[str | int, ...], message: str) -> str:
    """Return one fault for people."""
    line = line_of(toml, place) if place else None
    where = f"line {line}: " if line else ""
    return f"{where}{'.'.join(map(str, place)) or what}: {message.removeprefix('Value error, ')}"
