"""A real Chromium before a real server; whatever it complains of fails the test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.vision.reader import Reader
from platewise.web import create_app
from serving import Served

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright (the [dev] extra)")

CHROMIUM = shutil.which("chromium")
SIZES = {"wide": (1200, 900), "phone": (390, 800)}


@dataclass
class Site:
    """A server with an empty store of its own."""

    address: str
    store: Store
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def site(tiny_reader: Reader, tmp_path: Path) -> Iterator[Site]:
    store = open_store("memory:", tmp_path / "images")
    served = Served(create_app(None, tiny_reader, store))
    yield Site(served.address, store)
    served.close()


@pytest.fixture
def open_page(chromium: Any, site: Site) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page of the site; in the end nothing may have been complained of."""
    contexts: list[Any] = []

    def open_page(path: str = "/", size: str = "wide", **options: Any) -> Any:
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=site.address, viewport={"width": width, "height": height}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: _note(message, site))
        page.on("pageerror", lambda error: site.complaints.append(str(error)))
        page.on("request", lambda request: _keep_inside(request.url, site))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert site.complaints == []


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()


@pytest.fixture(scope="session")
def picture(plate_jpeg: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a photograph with the plate AB12 CDE."""
    path = tmp_path_factory.mktemp("pictures") / "car.jpg"
    path.write_bytes(plate_jpeg)
    return path


@pytest.fixture(scope="session")
def doubtful_picture(two_plates_jpeg: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a photograph with CD567EF, doubtful, and AB1234CD, clear."""
    path = tmp_path_factory.mktemp("pictures") / "cars.jpg"
    path.write_bytes(two_plates_jpeg)
    return path


def _note(message: Any, site: Site) -> None:
    if message.type in ("error", "warning"):  # what breaks the Content-Security-Policy is an error here, too
        site.complaints.append(f"{message.type}: {message.text}")


def _keep_inside(url: str, site: Site) -> None:
    if not url.startswith((site.address, "blob:", "data:")):
        site.complaints.append(f"a request left the host: {url}")
