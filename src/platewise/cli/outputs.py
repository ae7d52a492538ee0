"""``platewise outputs ...``: where the server sends what happens."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platewise.cli.accounts import BY, opened
from platewise.errors import InputError
from platewise.vision import environment

if TYPE_CHECKING:
    from platewise.outputs.desk import Desk
    from platewise.store.outputs import OutputState
    from platewise.store.protocol import Unit

Name = Annotated[str, typer.Argument(help="Name of the output.")]


def register(app: typer.Typer) -> None:
    """Add the verb and its parts."""
    outputs = typer.Typer(no_args_is_help=True, help="Where the server sends what happens.")
    outputs.command("set")(put)
    outputs.command("list")(show)
    outputs.command()(remove)
    outputs.command()(test)
    outputs.command()(dead)
    outputs.command()(replay)
    app.add_typer(outputs, name="outputs")


def put(
    name: Name,
    kind: Annotated[str, typer.Option("--kind", help="What it is: webhook, mqtt, email, telegram or file.")],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", help="NAME=VALUE, such as url=https://...; may be repeated."),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option("--event", help="Only events of this kind, such as Left; may be repeated."),
    ] = None,
) -> None:
    """Add an output, or set it up anew; a webhook without a secret gets one, which is printed this once."""
    from platewise.gatehouse.listing import check_presence
    from platewise.store.outputs import OutputRecord

    options = dict(map(_option, option or ()))
    record, secret = _desk().prepare(OutputRecord(name, kind, options, tuple(event or ())))
    with opened() as store, store.writing() as unit:
        check_presence(unit, record.options)
        unit.outputs.put(record)
        _note(unit, "set_output", name, kind)
    if secret:
        print(secret)


def show() -> None:
    """List all outputs; what they are set up with is not shown, for it may be secret."""
    with opened() as store, store.reading() as unit:
        states = {one.name: one for one in unit.outputs.states()}
        for one in unit.outputs.outputs():
            told = _told(states.get(one.name))
            print(
                f"{one.name}\t{one.kind}\t{' '.join(one.events) or 'all'}\t{one.disabled or 'in use'}\t{told}"
            )


def remove(name: Name) -> None:
    """Remove an output with all that waits for it or was given up."""
    with opened() as store, store.writing() as unit:
        if not unit.outputs.remove(name):
            raise InputError(f"there is no output {name!r}")
        _note(unit, "remove_output", name)
    print(f"{name} is removed.")


def test(name: Name) -> None:
    """Send an output one event of the kind Test, now."""
    with opened() as store, store.reading() as unit:
        record = unit.outputs.output(name)
    if record is None:
        raise InputError(f"there is no output {name!r}")
    _desk().test(record)
    print(f"{name} has it.")


def dead() -> None:
    """List what was given up, the latest first: number, output, event and why."""
    with opened() as store, store.reading() as unit:
        for one in unit.events.dead().items:
            print(f"{one.id}\t{one.output}\t{one.event.kind} {one.event.at:%Y-%m-%d %H:%M:%SZ}\t{one.error}")


def replay(
    number: Annotated[
        list[int] | None, typer.Argument(help="Numbers from platewise outputs dead; all where none is given.")
    ] = None,
) -> None:
    """Have what was given up sent again, by the server."""
    from platewise import clock

    with opened() as store, store.writing() as unit:
        numbers = set(number or (one.id for one in unit.events.dead(500).items))
        gone = [one for one in numbers if not unit.events.replay(one, clock.now())]
        if number and gone:
            told = ", ".join(map(str, sorted(gone)))
            raise InputError(f"nothing under the number {told} was given up; nothing is sent again")
        again = len(numbers) - len(gone)
        _note(unit, "replay", "", f"{again} deliveries")
    print(f"{again} will be sent again.")


def _told(state: "OutputState | None") -> str:
    """Return how an output fares, in words."""
    if state is None:
        return "nothing sent yet"
    sent = f"last sent {state.sent_at:%Y-%m-%d %H:%M:%SZ}" if state.sent_at else "nothing sent yet"
    parts = [sent, f"{state.waiting} waiting", f"{state.dead} given up"]
    if state.failed_at and (state.sent_at is None or state.failed_at > state.sent_at):
        parts.append(f"last error: {state.error}")
    return ", ".join(parts)


def _option(text: str) -> tuple[str, Any]:
    """Return name and value; a value that is JSON is taken as such."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError(f"an option is NAME=VALUE, not {name!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _desk() -> "Desk":
    """Return what sets outputs up and tries them."""
    from platewise.outputs.desk import Desk
    from platewise.outputs.dispatcher import means_of
    from platewise.outputs.switchboard import Switchboard

    return Desk(Switchboard(means_of(environment.settings())))


def _note(unit: "Unit", action: str, subject: str, detail: str = "") -> None:
    from platewise import clock
    from platewise.store.site import Audit

    unit.journal.append(Audit(clock.now(), BY, action, subject, detail))
