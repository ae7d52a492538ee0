from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from typer.testing import CliRunner

from platewise.cli.options import takes


@dataclass(frozen=True)
class Wishes:
    sources: Annotated[list[str], typer.Argument()]
    count: Annotated[int, typer.Option(min=1)] = 3
    folder: Annotated[Path | None, typer.Option("--into")] = None
    tags: Annotated[list[str], typer.Option("--tag")] = field(default_factory=list)


def run(*arguments):
    app = typer.Typer()
    seen = []

    @app.command()
    @takes(Wishes)
    def verb(wishes: Wishes) -> None:
        """Do it."""
        seen.append(wishes)

    return CliRunner().invoke(app, list(arguments)), seen


def test_fields_become_parameters_and_values_become_the_dataclass():
    result, seen = run("a", "b", "--count", "5", "--into", "there", "--tag", "x", "--tag", "y")
    assert result.exit_code == 0
    assert seen == [Wishes(["a", "b"], 5, Path("there"), ["x", "y"])]


def test_defaults_and_help():
    assert run("a")[1] == [Wishes(["a"])]
    assert "Do it." in run("--help")[0].output


def test_what_typer_refuses_never_reaches_the_verb():
    for arguments in ((), ("a", "--count", "0"), ("a", "--count", "many")):
        result, seen = run(*arguments)
        assert result.exit_code == 2
        assert seen == []
