"""Pictures for the tiny models of tests/unit/vision, as files, tars and lists."""

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from many import jpeg
from typer.testing import CliRunner, Result

pytest.importorskip("pyarrow", reason="needs the [batch] extra")


@pytest.fixture
def place(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with the tiny models in force."""
    monkeypatch.setenv("PLATEWISE_MODELS", str(tiny.write(tmp_path_factory.mktemp("models"))))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(place: Path) -> Path:
    """A folder of seven pictures, in folders, and a file that is none."""
    for number in range(7):
        path = place / "pictures" / f"{number % 2}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    (place / "pictures" / "notes.txt").write_text("no picture")
    (place / "pictures" / ".hidden.jpg").write_bytes(b"")
    return place / "pictures"


@pytest.fixture
def platewise() -> Callable[..., Result]:
    """Run the command line in this process and return click's result."""
    from platewise.cli.main import build

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(build(), ["batch", *map(str, arguments)])

    return run
