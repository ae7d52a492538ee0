"""``platewise watch-shared``: the server's cameras, spread over as many workers as there are."""

import os
import secrets
import signal
import socket
import sys
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer

from platewise.cli.accounts import opened
from platewise.cli.interrupt import INTERRUPTED, until_interrupt
from platewise.cli.options import takes
from platewise.cli.output import Writer
from platewise.cli.sightings import Form, Printed, writer
from platewise.errors import MissingExtra

if TYPE_CHECKING:
    from platewise.ingest.fleet import Fleet, Told
    from platewise.ingest.keeping import Keeper
    from platewise.ingest.watch import Watch
    from platewise.store.protocol import Store
    from platewise.store.site import Camera
    from platewise.vision.reader import Reader


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    form: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.TABLE
    regions: Annotated[str | None, typer.Option(help="Codes of the countries to expect: gb,fr.")] = None
    pipeline: Annotated[str | None, typer.Option(help="Name of the pipeline that reads.")] = None
    min_confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave less certain reads of single frames out.")
    ] = None
    fps: Annotated[float | None, typer.Option(min=0.01, help="Read at most so many frames a second.")] = None


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("watch-shared")(takes(Options)(watch_shared))


def watch_shared(options: Options) -> None:
    """Watch the server's cameras, each by one of the workers that run this; a dead one's are taken over."""
    with ExitStack() as stack:
        asked = stack.enter_context(until_interrupt())
        before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        stack.callback(signal.signal, signal.SIGTERM, before)
        store, reader, stop = stack.enter_context(opened()), _reader(options), threading.Event()
        fleet = _fleet(store, reader, options.fps, stop)
        from platewise.ingest.keeping import Keeper

        keeper = Keeper(store, reader.pipeline, lambda: asked.asked)
        out: Writer = stack.enter_context(closing(writer(options.form, cast(TextIO, Printed()))))
        for told in fleet.events():
            if asked.asked:
                stop.set()
            if told is not None:
                _hear(told, keeper, out)
    raise typer.Exit(INTERRUPTED)


def _fleet(store: "Store", reader: "Reader", fps: float | None, stop: threading.Event) -> "Fleet":
    try:
        from platewise.ingest import fleet, shares
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("scipy"):
            raise MissingExtra("watching", "camera") from error
        raise
    worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    return fleet.Fleet(shares.Shares(store, worker), lambda one: watch_of(one, reader, fps), stop)


def watch_of(one: "Camera", reader: "Reader", fps: float | None) -> "Watch":
    """Return what watches a camera of the site; InputError where its source is not there (yet)."""
    from platewise.ingest import addresses, camera, pace, watch

    address = addresses.parse(one.source, one.options)
    return watch.Watch(camera.Camera(one.name, address, pace.Pace(1, fps, False)), reader)


def _hear(told: "Told", keeper: "Keeper", out: Writer) -> None:
    from platewise.core.sighting import Sighting
    from platewise.ingest.camera import Online

    name = told.watch.camera.name
    if isinstance(told.event, Sighting):
        if keeper.keep_under(told.lease, told.event) is None:
            print(f"{name}: another worker has it now; what was seen is left to that one", file=sys.stderr)
        else:
            out.write(told.event.to_dict())
    elif isinstance(told.event, Online):
        print(f"{name}: online", file=sys.stderr)
    else:
        print(f"{name}: {told.event.problem}", file=sys.stderr)


def _reader(options: Options) -> "Reader":
    from platewise.vision import environment
    from platewise.vision.reader import Reader

    settings = environment.settings()
    if options.min_confidence is not None:
        settings = replace(settings, min_confidence=options.min_confidence)
    return Reader(options.regions, options.pipeline, settings=settings)
