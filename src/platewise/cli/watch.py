"""``platewise watch``: vehicles passing cameras, videos and folders, each told once."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, TypeAlias, cast

import typer

from platewise.cli.interrupt import INTERRUPTED, Stop, until_interrupt
from platewise.cli.options import takes
from platewise.cli.output import Writer, appending
from platewise.cli.sightings import Form, Printed, SightingCsv, writer
from platewise.cli.watch_progress import showing
from platewise.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from platewise.core.sighting import Sighting
    from platewise.ingest.addresses import Address
    from platewise.ingest.camera import Camera
    from platewise.ingest.watch import Watch
    from platewise.ingest.zones import Zones
    from platewise.vision.reader import Reader

SOME_FAILED = 1
"""The exit code when a source could not be read, or not to its end; the others were."""
Sink: TypeAlias = "Callable[[Sighting], None]"
POLYGON = "Corners as shares of the picture: '0.1,0.2 0.9,0.2 0.5,1'."


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say."""

    sources: Annotated[
        list[str],
        typer.Argument(help="Videos, pictures, folders, rtsp:// and http:// cameras, webcam:0."),
    ]
    camera: Annotated[
        list[str], typer.Option(help="Name of a source, in their order; its file or host if not given.")
    ] = field(default_factory=list)
    form: Annotated[Form, typer.Option("--format", help="What to print.")] = Form.TABLE
    csv: Annotated[Path | None, typer.Option(help="Append the sightings to this CSV file.")] = None
    annotate: Annotated[
        Path | None, typer.Option(help="Write the video, plates drawn in, to this MP4; one source only.")
    ] = None
    data: Annotated[
        Path | None, typer.Option(help="Keep the sightings in the database of this data folder.")
    ] = None
    regions: Annotated[str | None, typer.Option(help="Codes of the countries to expect: gb,fr.")] = None
    pipeline: Annotated[str | None, typer.Option(help="Name of the pipeline that reads.")] = None
    min_confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave less certain reads of single frames out.")
    ] = None
    every: Annotated[int, typer.Option(min=1, help="Read one of so many frames.")] = 1
    fps: Annotated[float | None, typer.Option(min=0.01, help="Read at most so many frames a second.")] = None
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Read frames in which nothing moves, too.")
    ] = False
    once: Annotated[bool, typer.Option("--once", help="End after the pictures that a folder has now.")] = (
        False
    )
    roi: Annotated[str | None, typer.Option(help=f"Plates count only here. {POLYGON}")] = None
    mask: Annotated[list[str], typer.Option(help="Plates do not count here; may be given again.")] = field(
        default_factory=list
    )
    lane: Annotated[list[str], typer.Option(help="A lane: NAME=POLYGON; may be given again.")] = field(
        default_factory=list
    )
    option: Annotated[
        list[str], typer.Option(help="An option of network cameras: rtsp_transport=udp, timeout=10.")
    ] = field(default_factory=list)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(watch))


def watch(options: Options) -> None:
    """Watch cameras and videos; tell each passing vehicle once."""
    watches = open_watches(options)
    with ExitStack() as stack:
        asked = stack.enter_context(until_interrupt())
        before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        stack.callback(signal.signal, signal.SIGTERM, before)
        kept, drawn = _keeping(options, watches, stack, asked), _annotating(options, watches, stack)
        stack.enter_context(showing([one.camera for one in watches]))
        written: list[Writer] = [stack.enter_context(closing(writer(options.form, cast(TextIO, Printed()))))]
        if options.csv:
            written.append(stack.enter_context(appending(options.csv, SightingCsv)))
        failed = _run(watches, [*kept, _writing(written), *drawn], asked)
    for one in watches:
        print(told(one.camera), file=sys.stderr)
    if asked.asked or failed:
        raise typer.Exit(INTERRUPTED if asked.asked else SOME_FAILED)


def open_watches(options: Options) -> "list[Watch]":
    """Return the cameras that the options name, each with what reads it."""
    try:
        from platewise.ingest.camera import Camera
        from platewise.ingest.watch import Watch
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("scipy"):
            raise MissingExtra("watching", "camera") from error
        raise
    from platewise.ingest.pace import Pace

    zones, reader = _zones(options), _reader(options)
    pace = Pace(options.every, options.fps, options.once)
    found = [Camera(name, address, pace) for name, address in _named(options)]
    gated = not (options.every_frame or options.annotate)
    return [Watch(camera, reader, zones, gated) for camera in found]


def told(camera: "Camera") -> str:
    """Return what became of a camera's frames."""
    c = camera.counters
    return (
        f"{camera.name}: {c.captured} frames captured, {c.read} read ({c.still} without motion), "
        f"{c.dropped} dropped; {c.reads} reads, {c.sightings} sightings"
    )


def _run(watches: "list[Watch]", sinks: "list[Sink]", asked: Stop) -> bool:
    """Hand every sighting to the sinks until all sources have ended; tell whether one ended badly."""
    from platewise.core.sighting import Sighting
    from platewise.ingest.camera import Online
    from platewise.ingest.together import together

    stop, failed = threading.Event(), False
    for heard in together(watches, stop):
        if asked.asked:
            stop.set()
        if heard is None:
            continue
        camera, event = heard.watch.camera, heard.event
        if isinstance(event, Sighting):
            for sink in sinks:
                sink(event)
        elif isinstance(event, Online):
            if camera.address.live:
                print(f"{camera.name}: online", file=sys.stderr)
        else:
            again = "; trying again" if camera.address.live else ""
            print(f"{camera.name}: {event.problem}{again}", file=sys.stderr)
            failed = failed or not camera.address.live
    return failed


def _writing(written: list[Writer]) -> "Sink":
    def sink(sighting: "Sighting") -> None:
        """Write one sighting everywhere."""
        for one in written:
            one.write(sighting.to_dict())

    return sink


def _named(options: Options) -> "Iterator[tuple[str, Address]]":
    """Yield each source with its name; InputError where two have one."""
    from platewise.ingest.addresses import parse

    given = dict(_pair(text, "--option rtsp_transport=udp") for text in options.option)
    if len(options.camera) > len(options.sources):
        raise InputError("more --camera than sources")
    used: set[str] = set()
    for number, source in enumerate(options.sources):
        address = parse(source, given)
        name = options.camera[number] if number < len(options.camera) else address.name
        if name in used:
            raise InputError(f"two sources are named {name!r}: name them with --camera")
        used.add(name)
        yield name, address


def _zones(options: Options) -> "Zones":
    from platewise.ingest.zones import Zones, polygon

    pairs = (_pair(text, "--lane left=0,0.5 0.4,0.5 0.3,1 0,1") for text in options.lane)
    return Zones(
        polygon(options.roi) if options.roi else None,
        tuple(polygon(text) for text in options.mask),
        {name: polygon(corners) for name, corners in pairs},
    )


def _pair(text: str, example: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise InputError(f"{text!r} should be like {example}")
    return name, value


def _reader(options: Options) -> "Reader":
    from platewise.vision import environment
    from platewise.vision.reader import Reader

    settings = environment.settings()
    if options.min_confidence is not None:
        settings = replace(settings, min_confidence=options.min_confidence)
    return Reader(options.regions, options.pipeline, settings=settings)


def _annotating(options: Options, watches: "list[Watch]", stack: ExitStack) -> "list[Sink]":
    """Have the frames of the one source written with their plates drawn in."""
    if not options.annotate:
        return []
    if len(watches) > 1:
        raise InputError("--annotate takes one source")
    from platewise.ingest.annotated import AnnotatedVideo

    drawing = stack.enter_context(closing(AnnotatedVideo(options.annotate)))
    watches[0].shown = drawing.show
    return [drawing.tell]


def _keeping(options: Options, watches: "list[Watch]", stack: ExitStack, asked: Stop) -> "list[Sink]":
    """Have the sightings kept in the database of a data folder."""
    if not options.data:
        return []
    from platewise.vision import environment

    try:
        from platewise.ingest.keeping import Keeper
        from platewise.store.opening import open_store
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("platewise"):
            raise
        raise MissingExtra("--data", "serve") from error
    settings = replace(environment.settings(), data=options.data)
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = open_store(settings.database_url, options.data / "images", settings.image_quota)
    stack.callback(store.close)
    keeper = Keeper(store, watches[0].reader.pipeline, lambda: asked.asked)

    def sink(sighting: "Sighting") -> None:
        """Keep one sighting."""
        keeper.keep(sighting)

    return [sink]
