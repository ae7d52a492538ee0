"""``platewise train``: learn the weights of a network from a config file."""

from pathlib import Path
from typing import Annotated

import typer

from platewise.cli.networks import Network, network
from platewise.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train")(train)


def train(
    name: Annotated[Network, typer.Argument(help="What to train.", show_choices=True)],
    config: Annotated[
        Path | None, typer.Option(help="Settings in TOML; the ones of the shipped weights by default.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of labelled pictures, instead of the config's.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; runs/<network> by default.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint, if any.")] = False,
    minutes: Annotated[float, typer.Option(min=0, help="Stop after so many minutes; 0 has no limit.")] = 0,
) -> None:
    """Train a network. A killed run goes on with --resume."""
    chosen = network(name)
    settings = chosen.settings(config)
    if data is not None:
        if "data" not in type(settings).model_fields:
            raise InputError(f"{chosen.name} is trained on drawings alone: leave --data out")
        settings = settings.model_copy(update={"data": data})
    if minutes:
        settings = settings.limited(minutes)
    best = chosen.train(settings, out or Path("runs") / chosen.name, resume)
    print(f"best weights: {best}")
