"""``platewise doctor``: what is installed, what works, what is missing and for what."""

import importlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata, util
from pathlib import Path
from typing import Annotated

import typer

from platewise.errors import PlatewiseError
from platewise.settings import PREFIX

BROKEN = 3
"""The exit code when something that reading needs is broken."""
BASE = {"numpy": "numpy", "onnxruntime": "onnxruntime", "cv2": "opencv-python-headless", "PIL": "pillow",
        "pydantic": "pydantic", "rich": "rich", "typer": "typer"}  # fmt: skip
"""Modules that reading needs, and the packages that bring them."""
EXTRAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "bot": ("the Telegram bot", ("httpx", "telegram")),
    "serve": ("the server and its web page", ("flask", "flask_openapi", "sqlalchemy", "waitress")),
    "postgres": ("reads in a PostgreSQL database", ("psycopg",)),
    "mqtt": ("messages to an MQTT broker", ("paho",)),
    "batch": ("millions of pictures", ("pyarrow",)),
    "ray": ("many pictures on many machines", ("ray",)),
    "classic": ("the seeds' own ways of reading", ("jinja2", "matplotlib", "skimage")),
    "camera": ("cameras and videos", ("av", "scipy")),
    "plot": ("charts", ("matplotlib",)),
    "pandas": ("reads as a pandas table", ("pandas",)),
    "peers": ("other readers beside Platewise, in make bench", ("fast_alpr",)),
    "train": ("training and export of own weights", ("torch", "onnx", "matplotlib")),
    "dev": ("working on Platewise itself", ("hypothesis", "mypy", "pytest", "pytest_cov", "ruff")),
}
"""Each extra of pyproject.toml: what it is for, and the modules that it brings."""
PROGRAMS: Mapping[str, tuple[str, str]] = {
    "tesseract": ("the classical pipelines", "tesseract-ocr"),
    "chromium": ("the browser tests", "chromium"),
    "psql": ("looking into a PostgreSQL register", "postgresql-client"),
    "mosquitto": ("trying the MQTT output here", "mosquitto"),
}
"""Optional programs: what each is for, and its Debian package."""
INSTRUCTIONS = (
    "avx2",
    "avx_vnni",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    "asimd",
    "asimddp",
    "i8mm",
)
"""The CPU's instruction sets that make small networks fast."""


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the report; ``advice`` says what to do when the part is not there."""

    section: str
    name: str
    value: str
    state: State = State.OK
    advice: str = ""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what is installed, which models and providers there are, and what is missing for what."""
    facts = examine()
    if as_json:
        print(json.dumps([asdict(f) for f in facts], ensure_ascii=False, indent=2))
    else:
        _print(facts)
    if any(f.state is State.BROKEN for f in facts):
        raise typer.Exit(BROKEN)


def examine() -> list[Fact]:
    """Return everything there is to say, broken parts included."""
    return [*system(), *base(), *providers(), *settings(), *extras(), *programs()]


def system() -> list[Fact]:
    """Return the versions of Platewise and Python, and the machine."""
    flags = instructions(Path("/proc/cpuinfo"))
    return [
        Fact("System", "platewise", metadata.version("platewise")),
        Fact("System", "python", f"{platform.python_version()} ({sys.executable})"),
        Fact("System", "system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        Fact("System", "processor", f"{os.cpu_count()} cores; {' '.join(flags) or 'unknown'}"),
    ]


def instructions(cpuinfo: Path) -> list[str]:
    """Return which of ``INSTRUCTIONS`` the processor has; none where the system keeps no such file."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    told = {flag for line in lines if line.lower().startswith(("flags", "features")) for flag in line.split()}
    return [flag for flag in INSTRUCTIONS if flag in told]


def base(modules: Mapping[str, str] = BASE) -> list[Fact]:
    """Return the packages that reading needs, each really imported."""
    return [_imported(module, package) for module, package in modules.items()]


def providers() -> list[Fact]:
    """Return what ONNX Runtime can compute on here."""
    if util.find_spec("onnxruntime") is None:
        return []
    import onnxruntime

    names = [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]
    return [Fact("Base", "providers", ", ".join(names))]


def settings() -> list[Fact]:
    """Return the weights that are used, whether each is whole, and the settings in force."""
    from platewise.vision import environment

    try:
        given = environment.settings()
    except PlatewiseError as error:
        return [Fact("Settings", "environment", str(error), State.BROKEN, "correct or unset that variable")]
    values = [Fact("Settings", PREFIX + name.upper(), _shown(value)) for name, value in asdict(given).items()]
    return [*models(given.models), *values]


def models(folder: Path | None = None) -> list[Fact]:
    """Return the weights of a folder (the package's own when None)."""
    from platewise.vision import weights

    try:
        return [_model(name, folder) for name in weights.names(folder)]
    except PlatewiseError as error:
        return [Fact("Models", "manifest", str(error), State.BROKEN)]


def extras() -> list[Fact]:
    """Return the extras: installed, or what is missing for what."""
    return [_extra(name, purpose, modules) for name, (purpose, modules) in EXTRAS.items()]


def programs() -> list[Fact]:
    """Return the optional programs."""
    return [
        Fact("Programs", name, f"{purpose}: {found}")
        if (found := shutil.which(name))
        else Fact("Programs", name, purpose, State.MISSING, f"sudo apt install {package}")
        for name, (purpose, package) in PROGRAMS.items()
    ]


def _imported(module: str, package: str) -> Fact:
    try:
        importlib.import_module(module)
        return Fact("Base", package, metadata.version(package))
    except (ImportError, OSError) as error:
        return Fact("Base", package, str(error), State.BROKEN, f"pip install --force-reinstall {package}")


def _extra(name: str, purpose: str, modules: Iterable[str]) -> Fact:
    missing = [module for module in modules if util.find_spec(module) is None]
    if not missing:
        return Fact("Extras", name, purpose)
    return Fact("Extras", name, purpose, State.MISSING, f"pip install 'platewise[{name}]'")


def _model(name: str, folder: Path | None) -> Fact:
    from platewise.vision import weights

    try:
        data, entry = weights.load(name, folder)
    except PlatewiseError as error:
        return Fact("Models", name, str(error), State.BROKEN)
    size = f"{entry.get('task')}, {entry.get('precision')}, {len(data) / 1e6:.1f} MB, sha256 right"
    figures = ", ".join(f"{k} {v}" for k, v in (entry.get("figures") or {}).items())
    return Fact("Models", name, "; ".join(filter(None, (size, figures))))


def _shown(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return "not set" if value in (None, ()) else text


def _print(facts: Iterable[Fact]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {State.OK: "green", State.MISSING: "yellow", State.BROKEN: "red"}
    table = Table(box=None, show_header=False, pad_edge=False)
    section = ""
    for fact in facts:
        if fact.section != section:
            section = fact.section
            table.add_row(Text(section, "bold"))
        advice = [Text(f"→ {fact.advice}", "cyan")] if fact.advice else []
        state = Text(fact.state.value, colours[fact.state])
        table.add_row(Text(f"  {fact.name}"), state, Text("\n").join([Text(fact.value), *advice]))
    Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 120).print(table)
