"""``platewise site ...``: the site file of gates, lanes, cameras, roads and tolls."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise.cli.accounts import BY, opened
from platewise.errors import InputError

if TYPE_CHECKING:
    from platewise.register.site_file import SiteFile
    from platewise.store.protocol import Unit


def register(app: typer.Typer) -> None:
    """Add the verb and its parts."""
    site = typer.Typer(no_args_is_help=True, help="Gates, lanes, cameras, roads and tolls, as one file.")
    site.command()(apply)
    site.command()(export)
    app.add_typer(site, name="site")


def apply(
    file: Annotated[Path, typer.Argument(help="The site file, TOML.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only say what it would change, and what is wrong with it.")
    ] = False,
) -> None:
    """Let a site file hold from now on, and say what that changes."""
    from platewise import clock
    from platewise.gatehouse import applying

    site = _read(file)
    with opened() as store:
        if check:
            with store.reading() as unit:
                told = applying.differences(unit, site)
                _remark(unit, site)
        else:
            with store.writing() as unit:
                told = applying.apply(unit, site, clock.now(), BY)
                _remark(unit, site)
    _tell(told)
    if told:
        print(f"{len(told)} {'would change' if check else 'changed'}.")


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output if not given.")] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="With the addresses of cameras: they may hold passwords.")
    ] = False,
) -> None:
    """Write the site as it is now, as a site file."""
    from platewise.gatehouse import applying

    with opened() as store, store.reading() as unit:
        text = applying.exported(unit, sources=sources)
    if file is None:
        print(text, end="")
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error


def _read(file: Path) -> "SiteFile":
    """Return the site of a file; ``InputError`` tells each fault in a line that begins with the file."""
    from platewise.register import site_file

    try:
        return site_file.read(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except InputError as error:
        raise InputError("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from error


def _tell(lines: Iterable[str]) -> None:
    shown = list(lines)
    print("\n".join(shown) if shown else "Nothing changes.")


def _remark(unit: "Unit", site: "SiteFile") -> None:
    from platewise.gatehouse import applying

    for line in applying.remarks(unit, site):
        print(f"! {line}")
