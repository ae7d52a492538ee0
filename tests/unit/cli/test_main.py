"""The command line as a whole: version, errors, exit codes."""

import subprocess
import sys
from importlib import metadata

import pytest
import typer
from typer.testing import CliRunner

from platewise import errors
from platewise.cli import main


def _invoke(error: Exception, *arguments: str) -> tuple[int, str, BaseException | None]:
    """Run a command line whose one verb raises an error."""

    def fail() -> None:
        """Fail."""
        raise error

    class Verb:
        @staticmethod
        def register(app: typer.Typer) -> None:
            app.command()(fail)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "VERBS", (Verb, Verb))
        result = CliRunner().invoke(main.build(), [*arguments, "fail"])
    return result.exit_code, result.output, result.exception


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InputError("no picture"), 2),
        (errors.ImageError("no picture"), 2),
        (errors.NameUnknown("region", "xx", ["gb"]), 2),
        (errors.ModelError("damaged"), 3),
        (errors.SettingError("impossible"), 3),
        (errors.MissingExtra("this", "serve"), 3),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(error: errors.PlatewiseError, code: int) -> None:
    assert _invoke(error)[:2] == (code, f"platewise: {error}\n")


def test_debug_shows_where_an_error_comes_from() -> None:
    error = errors.InputError("no picture")
    assert _invoke(error, "--debug")[2] is error


def test_an_unforeseen_error_is_not_hidden() -> None:
    error = ZeroDivisionError()
    assert _invoke(error)[2] is error


def test_version() -> None:
    result = CliRunner().invoke(main.build(), ["--version"])
    assert (result.exit_code, result.output) == (0, f"platewise {metadata.version('platewise')}\n")


def test_help_loads_nothing_heavy() -> None:
    heavy = ["onnxruntime", "cv2", "torch", "flask", "matplotlib"]
    program = f"""
import sys
from typer.testing import CliRunner
from platewise.cli.main import build
assert CliRunner().invoke(build(), ["--help"]).exit_code == 0
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_system_refuses_is_one_line_too() -> None:
    refused = PermissionError(13, "Permission denied", "run/_lock")
    assert _invoke(refused)[:2] == (2, "platewise: run/_lock: Permission denied\n")
    assert (
        _invoke(OSError(28, "No space left on device"))[1]
        == "platewise: [Errno 28] No space left on device\n"
    )
    assert _invoke(refused, "--debug")[2] is refused


def test_the_end_of_a_pipe_is_no_fault() -> None:
    assert _invoke(BrokenPipeError(32, "Broken pipe"))[1] == ""
