"""The documents say what is true: their programs run, their links lead somewhere, nothing is left out."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

from platewise.bot.settings import PREFIX as BOT_PREFIX
from platewise.bot.settings import BotSettings
from platewise.cli.main import build
from platewise.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PROGRAMS = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}-{i}")
    for page in PAGES
    for i, block in enumerate(re.findall(r"^```python run\n(.*?)^```", page.read_text("utf-8"), re.M | re.S))
]
CLI_PAGE = (ROOT / "docs/reference/cli.md").read_text("utf-8")


def _verbs() -> dict[str, Any]:
    """Return every command by its full name, such as ``synth plates``."""
    found: dict[str, Any] = {}
    waiting = [("", typer.main.get_command(build()))]
    while waiting:
        name, command = waiting.pop()
        if commands := getattr(command, "commands", None):
            waiting += [(f"{name} {verb}".strip(), inner) for verb, inner in commands.items()]
        else:
            found[name] = command
    return found


def _run(program: str, folder: Path) -> None:
    """Run a program in a folder that holds ``car.jpg`` and ``samples/``."""
    (folder / "samples").symlink_to(ROOT / "samples")
    (folder / "car.jpg").symlink_to(min((ROOT / "samples").glob("*.jpg")))
    environment = {**os.environ, "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout, "it prints nothing"


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_in_the_documents_run(program: str, tmp_path: Path) -> None:
    _run(program, tmp_path)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.name)
def test_examples_are_short_and_run(example: Path, tmp_path: Path) -> None:
    program = example.read_text("utf-8")
    assert program.count("\n") <= 20
    _run(program, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            assert _resolves(page, *target.partition("#")[::2]), f"{page.name} links to {target}"


def _resolves(page: Path, path: str, anchor: str) -> bool:
    there = (page.parent / path) if path else page
    return there.exists() and (not anchor or anchor in _anchors(there))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize(("name", "command"), _verbs().items(), ids=_verbs())
def test_every_verb_and_option_is_documented(name: str, command: Any) -> None:
    section = re.search(rf"^## `platewise {name}\b.*?(?=^## |\Z)", CLI_PAGE, re.M | re.S)
    assert section, f"docs/reference/cli.md has no section `platewise {name}`"
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert f"`{option}" in section[0], f"platewise {name} {option} is not documented"


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    rows = dict(re.findall(rf"^\| `({PREFIX}\w+)` \| (\S+) \|", page, re.M))
    defaults = {
        prefix + field.name.upper(): field.default
        for prefix, settings in ((PREFIX, Settings), (BOT_PREFIX, BotSettings))
        for field in fields(settings)
    }
    assert rows == {name: _shown(default) for name, default in defaults.items()}


def _shown(default: object) -> str:
    if default in ((), None):
        return "empty"
    return f"`{','.join(default)}`" if isinstance(default, tuple) else f"`{default}`"
