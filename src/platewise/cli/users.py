"""``platewise users ...``: the people who may log in to the server."""

from typing import Annotated, cast

import typer

from platewise.cli.accounts import BY, ask_password, opened
from platewise.store.site import Role

NAME = typer.Argument(help="Name to log in with.")
STDIN = typer.Option("--password-stdin", help="Take the password from standard input.")


def register(app: typer.Typer) -> None:
    """Add the verb and its parts."""
    users = typer.Typer(no_args_is_help=True, help="The people who may log in to the server.")
    users.command()(add)
    users.command("list")(show)
    users.command()(remove)
    users.command("set-password")(set_password)
    users.command("setup-link")(setup_link)
    app.add_typer(users, name="users")


def add(
    name: Annotated[str, NAME],
    role: Annotated[str, typer.Option("--role", help="viewer, operator or manager.")] = "viewer",
    password_stdin: Annotated[bool, STDIN] = False,
) -> None:
    """Add a person; the first one must be a manager."""
    with opened() as store:
        from platewise.web.access import people

        people.add(store, name, cast(Role, role), ask_password(password_stdin), by=BY)
    print(f"{people.spelt(name)} may log in as {role}.")


def show() -> None:
    """List all people."""
    with opened() as store:
        from platewise.web.access import people

        for user in people.listed(store):
            state = "" if user.enabled else "\tdisabled"
            print(f"{user.name}\t{user.role}\tsince {user.created_at:%Y-%m-%d}{state}")


def remove(name: Annotated[str, NAME]) -> None:
    """Remove a person with all sessions and tokens."""
    with opened() as store:
        from platewise.web.access import people

        people.remove(store, name, by=BY)
    print(f"{people.spelt(name)} is removed, with all sessions and tokens.")


def set_password(name: Annotated[str, NAME], password_stdin: Annotated[bool, STDIN] = False) -> None:
    """Change a password, which ends all sessions of this person."""
    with opened() as store:
        from platewise.web.access import people

        people.set_password(store, name, ask_password(password_stdin), by=BY)
    print(f"{people.spelt(name)} has a new password and is logged out everywhere.")


def setup_link(
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the server as its visitors see it.")
    ] = None,
) -> None:
    """Print a link with which the first account can be made in the browser, once, within a day."""
    with opened() as store:
        from platewise.vision import environment
        from platewise.web.access import setup

        print(setup.make_link(store, url or setup.address(environment.settings()), by=BY))
