"""The command line: joins the verbs and turns errors into one line and an exit code."""

import errno
import io
import sys
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from platewise.cli import (
    alpr,
    backup,
    batch,
    bot,
    calibrate,
    compare,
    doctor,
    evaluate,
    evidence,
    export,
    outputs,
    read,
    redact,
    retention,
    serve,
    site,
    synth,
    tokens,
    train,
    users,
    watch,
    watch_shared,
)
from platewise.errors import InputError, PlatewiseError

VERBS = (
    read,
    batch,
    watch,
    watch_shared,
    evaluate,
    compare,
    calibrate,
    doctor,
    synth,
    train,
    export,
    serve,
    bot,
    retention,
    backup,
    evidence,
    users,
    tokens,
    outputs,
    alpr,
    redact,
    site,
)
WRONG_INPUT, WRONG_SETUP = 2, 3
"""Exit codes: what was given cannot be used; a model, a setting or an extra is missing or wrong."""


class Verbs(TyperGroup):
    """Prints an error of Platewise or of the system as one line; ``--debug`` shows where it comes from."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except PlatewiseError as error:
            if ctx.params.get("debug"):
                raise
            print(f"platewise: {error}", file=sys.stderr)
            raise typer.Exit(exit_code(error)) from error
        except OSError as error:
            if ctx.params.get("debug") or error.errno == errno.EPIPE:  # the reader of a pipe has enough
                raise
            print(f"platewise: {_told(error)}", file=sys.stderr)
            raise typer.Exit(WRONG_INPUT) from error


def _told(error: OSError) -> str:
    """Return what the system refused: for which file, where it says so, and why."""
    if error.filename is None or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}"


def exit_code(error: PlatewiseError) -> int:
    """Return the exit code of an error."""
    return WRONG_INPUT if isinstance(error, InputError) else WRONG_SETUP


def build() -> typer.Typer:
    """Return the application with every verb."""
    app = typer.Typer(
        cls=Verbs,
        callback=_options,
        help="Read number plates, offline, on a plain CPU.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for verb in VERBS:
        verb.register(app)
    return app


def main() -> None:
    """Run the command line; what a stream cannot spell, such as a file name that is not UTF-8, it escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    build()()


def _version(asked: bool) -> None:
    if asked:
        print(f"platewise {metadata.version('platewise')}")
        raise typer.Exit


def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
