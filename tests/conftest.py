"""What every test shares: no outgoing network, no skips in CI, and the pictures of ``../shared``."""

import os
import socket
from collections.abc import Generator, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import walls
from platewise.core.frame import Pixels
from platewise.core.geometry import quad_of
from platewise.core.lattice import Lattice
from platewise.core.read import Detection
from platewise.settings import Settings
from platewise.vision.detectors.onnx_grid import OnnxGridDetector
from platewise.vision.protocols import Recognition

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from platewise.vision.pipeline import PipelineOptions, PlatePipeline
    from platewise.vision.reader import Reader

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session", autouse=True)
def _no_outgoing_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine: Platewise works offline, and so do its tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_local(getattr(socket.socket, name)))
        yield


def _only_local(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise OSError(f"a test tried to connect to {address}: tests run without a network")
        return connect(self, address)

    return guarded


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real pictures; its tests carry the mark ``data``."""
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note which walls each test is part of; skip those marked ``data`` where the pictures are absent."""
    for item in items:
        walls.note(item)
    if SHARED_DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason=f"needs the pictures of {SHARED_DATA}"))


@pytest.fixture
def wall(request: pytest.FixtureRequest) -> walls.Wall:
    """Return what takes the figures of this test, for the table of ``make walls``."""
    return walls.Wall(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything is installed, so a skipped test is a failure."""
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a module that skips itself is a failure too."""
    return _refuse_skip((yield))


def _refuse_skip(report: Any) -> Any:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped, but CI skips nothing: {report.longrepr}"
    return report


class BrightPatches:
    """A detector of the tests: every bright patch on dark ground is a plate."""

    name = "bright-patches"

    def detect(self, pixels: Pixels) -> list[Detection]:
        import cv2

        count, _, stats, _ = cv2.connectedComponentsWithStats((pixels.max(2) > 128).astype(np.uint8))
        boxes = sorted((tuple(map(float, stats[i, :4])) for i in range(1, count)), reverse=True)
        return [Detection(quad_of((x, y, w, h)), 0.9) for x, y, w, h in boxes if w > 20 and h > 10]


class ColourReader:
    """A recogniser of the tests: the colour of a plate says its text, and how sure it is."""

    name = "colour-reader"
    texts = (
        ((255, 255, 255), "AB12CDE", 0.999),
        ((0, 255, 0), "AB1234CD", 0.99),
        ((255, 255, 0), "CD567EF", 0.8),
    )

    def recognize(self, crops: Sequence[Pixels]) -> list[Recognition]:
        return [self._one(np.median(crop, axis=(0, 1))) for crop in crops]

    def _one(self, colour: Any) -> Recognition:
        _, text, sure = min(self.texts, key=lambda known: float(np.abs(colour - known[0]).sum()))
        return Recognition(Lattice.of(text, 10, sure), {"gb": 1.0})


def _tiny_pipeline(options: "PipelineOptions") -> "PlatePipeline":
    from platewise.vision.looks import LooksTuning
    from platewise.vision.pipeline import PipelineTuning, PlatePipeline

    once = PipelineTuning(looks=LooksTuning(under=0.0))  # in other colours it would read another text
    return PlatePipeline("tiny", None if options.crops else BrightPatches(), ColourReader(), options, once)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the widths of all pictures that the network is shown, px."""
    shown: list[int] = []
    seen = OnnxGridDetector._pass

    def noted(self: OnnxGridDetector, pixels: np.ndarray) -> object:
        shown.append(pixels.shape[1])
        return seen(self, pixels)

    monkeypatch.setattr(OnnxGridDetector, "_pass", noted)
    return shown


@pytest.fixture(scope="session", autouse=True)
def _data_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no server of a test keep its data in the working folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATEWISE_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def tiny_reader(tmp_path_factory: pytest.TempPathFactory) -> "Reader":
    """Return a real Reader whose networks are two simple rules: it needs no weights and is always right."""
    from platewise.vision.reader import Reader
    from platewise.vision.registry import pipelines

    pipelines().add("tiny", _tiny_pipeline)
    return Reader(settings=Settings(pipeline="tiny", data=tmp_path_factory.mktemp("tiny-data")))


@pytest.fixture(scope="session")
def app(tiny_reader: "Reader") -> "Flask":
    """Return the server, reading with ``tiny_reader``."""
    pytest.importorskip("flask", reason="needs the [serve] extra")
    from platewise.web import create_app

    return create_app({"MAX_CONTENT_LENGTH": 2**18}, tiny_reader)


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    """Return a client of the server."""
    return app.test_client()


def draw(*patches: tuple[tuple[int, int, int, int], str], size: tuple[int, int] = (640, 480)) -> bytes:
    """Return a JPEG of dark ground with patches ``((x, y, w, h), colour)``: plates for ``tiny_reader``."""
    from PIL import Image

    picture, file = Image.new("RGB", size, "#20242c"), BytesIO()
    for (x, y, w, h), colour in patches:
        picture.paste(Image.new("RGB", (w, h), colour), (x, y))
    picture.save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture(scope="session")
def plate_jpeg() -> bytes:
    """Return a JPEG, 640 x 480, with the one plate AB12 CDE at (200, 300), 240 x 50 px."""
    return draw(((200, 300, 240, 50), "#ffffff"))


@pytest.fixture(scope="session")
def two_plates_jpeg() -> bytes:
    """Return a JPEG with CD567EF, doubtful, and AB1234CD, clear."""
    return draw(((20, 20, 240, 50), "#00ff00"), ((300, 300, 240, 50), "#ffff00"))


@pytest.fixture(scope="session")
def no_plate_jpeg() -> bytes:
    """Return a JPEG without a plate."""
    return draw()
