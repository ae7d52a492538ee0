"""``platewise backup`` and ``platewise restore``: everything the server keeps, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from platewise.vision import environment

File = Annotated[Path, typer.Argument(help="The backup, one tar file.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: File, check: Annotated[bool, typer.Option(help="Check the sums of a backup instead.")] = False
) -> None:
    """Write database and pictures into one file, while the server works; PLATEWISE_... say where they are."""
    from platewise.store import backup

    settings = environment.settings()
    if check:
        found = backup.check(file)
    else:
        found = backup.back_up(settings.database_url, settings.data / "images", file)
    print(f"{file}: {found.pictures} pictures and the database of {found.made_at}, {found.size} bytes")


def restore(file: File) -> None:
    """Make database and pictures of a backup, where there is no database yet; stop the server before."""
    from platewise.store import backup

    settings = environment.settings()
    found = backup.restore(file, settings.database_url, settings.data / "images")
    print(f"restored {found.pictures} pictures and the database of {found.made_at}")
