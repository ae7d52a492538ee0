"""``platewise tokens ...``: the keys that programs send to the server."""

from typing import Annotated

import typer

from platewise.cli.accounts import BY, opened
from platewise.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the verb and its parts."""
    tokens = typer.Typer(no_args_is_help=True, help="The keys that programs send to the server.")
    tokens.command()(add)
    tokens.command("list")(show)
    tokens.command()(revoke)
    app.add_typer(tokens, name="tokens")


def add(
    name: Annotated[str, typer.Argument(help="What it is for, such as 'camera north'.")],
    role: Annotated[str, typer.Option("--role", help="How far it reaches: viewer, operator or manager.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Only routes with this scope; may be given again.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", help="Whose it is: it never reaches further than this person.")
    ] = None,
    days: Annotated[int, typer.Option("--days", help="It ends after so many days; 0 never.")] = 365,
) -> None:
    """Make a token and print it, this once."""
    with opened() as store:
        from platewise.web.access import tokens

        _, secret = tokens.create(store, name, [role, *(scope or ())], by=BY, user=user, days=days)
    print(secret)


def show() -> None:
    """List all tokens; their secrets are known to nobody."""
    with opened() as store:
        from platewise import clock
        from platewise.web.access import tokens

        for token in tokens.listed(store):
            print(f"{token.id}\t{token.name}\t{' '.join(token.scopes)}\t{tokens.told(token, clock.now())}")


def revoke(
    number: Annotated[int, typer.Argument(help="Number of the token, from platewise tokens list.")],
) -> None:
    """End a token from the next request on."""
    with opened() as store:
        from platewise.web.access import tokens

        ended = tokens.revoke(store, number, by=BY)
        if not ended and number not in {token.id for token in tokens.listed(store)}:
            raise InputError(f"there is no token {number}: platewise tokens list shows the numbers")
    print(f"Token {number} is revoked." if ended else f"Token {number} was not in force.")
