"""``platewise outputs ...``: where the server sends what happens."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from platewise.cli.accounts import BY, opened
from platewise.errors import InputError
from platewise.vision import environment

if TYPE_CHECKING:
    from platewise.outputs.protocol import Output
    from platewise.store.outputs import OutputRecord
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
    kind: Annotated[str, typer.Option("--kind", help="What it is: webhook or mqtt.")],
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
    from platewise.outputs.signing import new_secret
    from platewise.store.outputs import OutputRecord

    options = dict(map(_option, option or ()))
    secret = new_secret() if kind == "webhook" and "secret" not in options else None
    if secret:
        options["secret"] = secret
    record = OutputRecord(name, kind, options, tuple(event or ()))
    _made(record).close()
    with opened() as store, store.writing() as unit:
        unit.outputs.put(record)
        _note(unit, "set_output", name, kind)
    if secret:
        print(secret)


def show() -> None:
    """List all outputs; what they are set up with is not shown, for it may be secret."""
    with opened() as store, store.reading() as unit:
        for one in unit.outputs.outputs():
            print(f"{one.name}\t{one.kind}\t{' '.join(one.events) or 'all'}\t{one.disabled or 'in use'}")


def remove(name: Name) -> None:
    """Remove an output; what is on its way to it is given up."""
    with opened() as store, store.writing() as unit:
        there = unit.outputs.remove(name)
        if there:
            _note(unit, "remove_output", name)
    print(f"{name} is removed." if there else f"There is no output {name}.")


def test(name: Name) -> None:
    """Send an output one event of the kind Test, now."""
    from platewise import clock
    from platewise.store.records import EventRecord

    with opened() as store, store.reading() as unit:
        record = unit.outputs.output(name)
    if record is None:
        raise InputError(f"there is no output {name!r}")
    output = _made(record)
    try:
        output.deliver(EventRecord(0, "Test", clock.now(), {}, None))
    finally:
        output.close()
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
        numbers = number or [one.id for one in unit.events.dead(500).items]
        again = sum(unit.events.replay(one, clock.now()) for one in numbers)
        _note(unit, "replay", "", f"{again} deliveries")
    print(f"{again} will be sent again.")


def _option(text: str) -> tuple[str, Any]:
    """Return name and value; a value that is JSON is taken as such."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError(f"an option is NAME=VALUE, not {name!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _made(record: "OutputRecord") -> "Output":
    """Return the output; InputError where it is set up wrong."""
    from platewise.outputs.dispatcher import means
    from platewise.outputs.registry import make_output

    return make_output(record, means(environment.settings().private_receivers))


def _note(unit: "Unit", action: str, subject: str, detail: str = "") -> None:
    from platewise import clock
    from platewise.store.site import Audit

    unit.journal.append(Audit(clock.now(), BY, action, subject, detail))
