"""Reads tariff files."""

from functools import lru_cache

from platewise.register.tariffs.schema import Tariff
from platewise.register.toml_text import validated


@lru_cache(maxsize=64)
def parse(toml: str) -> Tariff:
    """Return the tariff that a TOML text says; ``InputError`` says where and why it cannot."""
    return validated(toml, Tariff, "tariff")
