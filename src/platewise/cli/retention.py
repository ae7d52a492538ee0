"""``platewise retention``: ends what is too old; the server does so by itself, every hour."""

import typer

from platewise.cli.accounts import opened
from platewise.vision import environment


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(retention)


def retention() -> None:
    """Remove what is older than it may be kept, the audit log too, and give up stays that never end."""
    from platewise.gatehouse.rounds import expire, give_up

    with opened() as store:
        removed = expire(store, environment.settings())
        ended = give_up(store)
    print(f"removed {removed.images} pictures and {sum(removed.rows.values())} rows; gave up {ended} stays")
