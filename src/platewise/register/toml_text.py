"""TOML texts that people write, as checked values."""

import tomllib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from platewise.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def validated(toml: str, model: type[Model], what: str, number: Callable[[str], Any] = Decimal) -> Model:
    """Return the value that a TOML text says; ``InputError`` says where and why it cannot.

    ``number`` reads what has a point: exactly, as money must be, unless told otherwise.
    """
    try:
        return model.model_validate(tomllib.loads(toml, parse_float=number))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or what
        raise InputError(f"{place}: {fault['msg']}") from error
    except (ValueError, RecursionError) as error:  # no TOML, or one that is too deep or long to be meant
        raise InputError(f"the {what} is no TOML: {error}") from error
