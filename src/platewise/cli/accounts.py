"""What the verbs ``users`` and ``tokens`` share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import typer

from platewise.errors import MissingExtra
from platewise.vision import environment

if TYPE_CHECKING:
    from platewise.store.protocol import Store

BY = "console"
"""Who the audit log names for what is done at the command line."""


@contextmanager
def opened() -> Iterator["Store"]:
    """Open the server's store, as the settings of the environment say; MissingExtra without [serve]."""
    settings = environment.settings()
    try:
        import_module("platewise.web.access")  # told here, once, what is missing
        from platewise.store.opening import open_store
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("platewise"):
            raise
        raise MissingExtra("the server", "serve") from error
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = open_store(settings.database_url, settings.data / "images", settings.image_quota)
    try:
        yield store
    finally:
        store.close()


def ask_password(from_stdin: bool) -> str:
    """Return a password typed twice, or the first line of standard input; never one from the command line."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
