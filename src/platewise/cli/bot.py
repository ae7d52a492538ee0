"""``platewise bot``: the Telegram bot, a client of the server."""

import logging
import os
from typing import Annotated

import typer

from platewise.errors import MissingExtra, PlatewiseError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(bot)


def bot(
    verbose: Annotated[bool, typer.Option("--verbose", help="Log each request too; never a token.")] = False,
) -> None:
    """Run the Telegram bot of a server; its settings are the variables PLATEWISE_BOT_..."""
    try:
        from platewise.bot.run import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("platewise"):
            raise
        raise MissingExtra("platewise bot", "bot") from error
    from platewise.bot import logs
    from platewise.bot.settings import BotSettings

    settings = BotSettings.from_env(os.environ)
    logs.begin(settings.secrets, verbose)
    try:
        run(settings)
    except PlatewiseError:
        raise
    except Exception as error:
        logging.getLogger(__name__).exception(
            "the bot has stopped"
        )  # python's own traceback may show the token
        raise typer.Exit(1) from error
