"""Reads tariff files."""

import tomllib
from decimal import Decimal

from pydantic import ValidationError

from platewise.errors import InputError
from platewise.register.tariffs.schema import Tariff


def parse(toml: str) -> Tariff:
    """Return the tariff that a TOML text says; ``InputError`` says where and why it cannot."""
    try:
        return Tariff.model_validate(tomllib.loads(toml, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the tariff is no TOML: {error}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "tariff"
        raise InputError(f"{place}: {fault['msg']}") from error
