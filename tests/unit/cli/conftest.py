"""The command line on the tiny models of tests/unit/vision: a picture tells what its answer must be."""

import cv2
import numpy as np
import pytest
import tiny
from typer.testing import CliRunner

GROUNDS = {"dark": 0, "bright": 255}


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    return tiny.write(tmp_path_factory.mktemp("models"))


@pytest.fixture
def place(tmp_path, monkeypatch, models):
    """An empty working folder, with the tiny models in force."""
    monkeypatch.setenv("PLATEWISE_MODELS", str(models))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def draw(place):
    """Write a picture of 384 x 256 px, dark or bright, with a plate around each centre; returns its name."""

    def write(name, ground, *centres):
        pixels = np.full((256, 384, 3), GROUNDS[ground], np.uint8)
        for x, y in centres:
            pixels[y - 8 : y + 8, x - 8 : x + 8] = tiny.RED
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(place / name), pixels[:, :, ::-1])
        return name

    return write


@pytest.fixture
def platewise():
    """Run the command line in this process and return click's result."""
    from platewise.cli.main import build

    def run(*arguments, stdin=None):
        return CliRunner().invoke(build(), [str(a) for a in arguments], input=stdin)

    return run
