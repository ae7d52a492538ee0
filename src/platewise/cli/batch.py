"""``platewise batch``: very many pictures into files or the database; a killed run goes on."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from platewise.cli.interrupt import INTERRUPTED, Stop, until_interrupt
from platewise.cli.options import takes
from platewise.cli.output import CsvWriter
from platewise.cli.progress import counting
from platewise.cli.reading import Reading
from platewise.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from platewise.batch.parts import Sink
    from platewise.batch.plan import Plan
    from platewise.batch.run import Asked, Done, Engine
    from platewise.batch.work import Job
    from platewise.vision.reader import Reader
    from platewise.vision.reads import Reads

SOME_FAILED = 1
"""The exit code when a picture could not be read; the others were."""
FEW = 500
"""With fewer pictures left, trying settings would take longer than it saves."""
SAMPLE = 64
LONG, SHORT = 256, 32
"""Pictures a part: of files, and of the database, where others wait for its transaction."""


class Form(StrEnum):
    """Where the reads go."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    DATABASE = "database"


class Runs(StrEnum):
    """What runs the workers."""

    LOCAL = "local"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class Options(Reading):
    """What the command line may say."""

    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCES", help="Folders, globs, pictures, .tar shards, .parquet lists."),
    ]
    out: Annotated[Path, typer.Option(help="Folder of the run: its plan and its files.")]
    form: Annotated[Form, typer.Option("--format", help="Where the reads go.")] = Form.PARQUET
    data: Annotated[Path | None, typer.Option(help="With database: the data folder (PLATEWISE_DATA).")] = None
    camera: Annotated[str | None, typer.Option(help="With database: the camera that took them.")] = None
    engine: Annotated[Runs, typer.Option(help="What runs the workers.")] = Runs.LOCAL
    address: Annotated[str | None, typer.Option(help="With ray: the cluster, such as host:6379.")] = None
    workers: Annotated[int | None, typer.Option(min=1, help="Workers; measured if not given.")] = None
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of each local worker.")] = None
    chunk: Annotated[int | None, typer.Option(min=1, max=10_000, help="Pictures a part.")] = None


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(takes(Options)(batch))


def batch(options: Options) -> None:
    """Read very many pictures; run the same line again to go on with a run that was ended."""
    try:
        from platewise.batch import run
        from platewise.batch.work import Job
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("platewise"):
            raise
        raise MissingExtra("platewise batch", "batch") from error

    job = _job(options, Job)
    reader = job.reader(options.threads or 1)  # what cannot be loaded is told before anything is written
    with ExitStack() as stack:
        stop = stack.enter_context(until_interrupt())
        plan = stack.enter_context(run.opened(options.out, _asked(options)))
        sink = stack.enter_context(_sink(options, plan, reader))
        left = run.left(plan, sink)
        todo = sum(map(plan.size, left))
        shown = stack.enter_context(counting("Reading", plan.pictures - todo, plan.pictures))
        parts: list[Done] = []
        for done in (
            run.run(left, _engine(options, job, plan, left, stop), sink, lambda: stop.asked) if left else ()
        ):
            parts.append(done)
            shown(done.pictures)
    failed = _tell(plan, parts, todo)
    if stop.asked or failed:
        raise typer.Exit(INTERRUPTED if stop.asked else SOME_FAILED)


def _tell(plan: "Plan", parts: "Sequence[Done]", todo: int) -> int:
    """Print what was done; return how many pictures could not be read."""
    pictures, reads = sum(part.pictures for part in parts), sum(part.reads for part in parts)
    failed = sum(part.failed for part in parts)
    before = f", {plan.pictures - todo} were done before" if todo < plan.pictures else ""
    rest = f", {todo - pictures} are left" if pictures < todo else ""
    print(f"{pictures} pictures: {reads} plates, {failed} could not be read{before}{rest}", file=sys.stderr)
    return failed


def _job(options: Options, job: "type[Job]") -> "Job":
    settings = options.settings()
    if options.data:
        settings = replace(settings, data=options.data)
    return job(options.out.resolve(), settings, options.regions, options.pipeline, options.top, options.crops)


def _asked(options: Options) -> "Asked":
    from platewise.batch.run import Asked

    settings = options.settings()  # the environment decides too
    told = {
        "format": options.form.value,
        "camera": options.camera,
        "crops": options.crops,
        "regions": options.regions or ",".join(settings.regions) or None,
        "pipeline": options.pipeline or settings.pipeline,
        "top": options.top,
        "min_confidence": settings.min_confidence,
    }
    length = options.chunk or (SHORT if options.form is Form.DATABASE else LONG)
    return Asked(options.sources, told, length)


@contextmanager
def _sink(options: Options, plan: "Plan", reader: "Reader") -> "Iterator[Sink]":
    from platewise.batch.parts import Files, parquet

    if options.form is not Form.DATABASE:
        encode = {Form.PARQUET: parquet, Form.CSV: _csv, Form.JSONL: _jsonl}[options.form]
        yield Files(options.out, options.form.value, encode)
        return
    try:
        from platewise.batch.keeping import Database
        from platewise.store.opening import open_store
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("platewise"):
            raise
        raise MissingExtra("--format database", "serve") from error
    settings, pipeline = reader.settings, reader.pipeline
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = open_store(settings.database_url, settings.data / "images", settings.image_quota)
    try:
        version = str(getattr(pipeline, "version", ""))
        yield Database(store, plan.told["run"], options.camera, (pipeline.name, version))
    finally:
        store.close()


def _engine(options: Options, job: "Job", plan: "Plan", left: Sequence[int], stop: Stop) -> "Engine":
    if options.engine is Runs.RAY:
        from platewise.batch.cluster import Cluster

        return Cluster(job, options.address, options.workers)
    if options.address:
        raise InputError("--address goes with --engine ray")
    from platewise.batch.local import Here, Local, Setting
    from platewise.batch.tuning import cores, measure

    if options.workers or options.threads or sum(map(plan.size, left)) < FEW:
        threads = options.threads or 1
        workers = min(options.workers or max(cores() // threads, 1), len(left))
        if workers == 1:
            return Here(job, threads, lambda: stop.asked)
        return Local(job, Setting(workers, threads), lambda: stop.asked)
    tried = measure(job, plan.items(left[0])[:SAMPLE], cores())
    told = ", ".join(f"{one.setting} {one.rate:.1f}/s" for one in tried)
    print(f"processes x threads: {told}", file=sys.stderr)
    return Local(job, tried[0].setting, lambda: stop.asked)


def _csv(path: Path, pictures: "Sequence[Reads]") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        sink = CsvWriter(file)
        for reads in pictures:
            sink.write(reads.to_dict())


def _jsonl(path: Path, pictures: "Sequence[Reads]") -> None:
    with path.open("w", encoding="utf-8") as file:
        for reads in pictures:
            file.write(reads.to_json() + "\n")
