"""The page in a real Chromium: a picture chosen, dropped, pasted or taken from the samples is read."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from waitress import create_server

selenium = pytest.importorskip("selenium.webdriver", reason="needs selenium (the [dev] extra)")

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1200,900"
)

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs Debian's chromium and chromium-driver"
)


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(10)


@pytest.fixture(scope="module")
def plate_picture(plate_jpeg: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "car.jpg"
    path.write_bytes(plate_jpeg)
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = selenium.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = selenium.Chrome(options=options, service=selenium.ChromeService(DRIVER, log_output=os.devnull))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Any, address: str) -> Any:
    browser.get(address)
    return browser


def _result(page: Any) -> list[Any]:
    """Wait for the answer and return the table's rows."""
    done = WebDriverWait(page, 30).until
    done(lambda p: p.find_element(By.ID, "result").is_displayed())
    return page.find_elements(By.CSS_SELECTOR, "#reads tbody tr")


def test_a_chosen_picture_shows_its_plate(page: Any, plate_picture: Path) -> None:
    page.find_element(By.ID, "file").send_keys(str(plate_picture))
    (row,) = _result(page)
    assert row.find_element(By.CLASS_NAME, "plate").text == "AB12 CDE"
    assert row.find_element(By.CSS_SELECTOR, ".bars li").text.startswith("A")
    assert row.find_element(By.TAG_NAME, "canvas").size["width"] > 0
    assert page.find_element(By.CSS_SELECTOR, "#overlay text").text == "AB12 CDE"
    assert "AB12 CDE" in page.find_element(By.ID, "status").text


def test_the_outline_lies_on_the_plate(page: Any, plate_picture: Path) -> None:
    page.find_element(By.ID, "file").send_keys(str(plate_picture))
    _result(page)
    photo, outline = (
        page.find_element(By.ID, "photo").rect,
        page.find_element(By.CSS_SELECTOR, "polygon").rect,
    )
    scale = photo["width"] / 640
    assert abs(outline["x"] - photo["x"] - 200 * scale) < 4
    assert abs(outline["y"] - photo["y"] - 300 * scale) < 4
    assert abs(outline["width"] - 240 * scale) < 8


def test_a_dropped_and_a_pasted_picture_are_read(page: Any, plate_picture: Path) -> None:
    for event, carrier in (("DragEvent", "dataTransfer"), ("ClipboardEvent", "clipboardData")):
        page.refresh()
        page.execute_async_script(
            """const [name, carrier, bytes, done] = arguments;
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(bytes)], "car.jpg", { type: "image/jpeg" }));
            const kind = name === "DragEvent" ? "drop" : "paste";
            const detail = { [carrier]: data, bubbles: true, cancelable: true };
            document.dispatchEvent(new window[name](kind, detail));
            done();""",
            event, carrier, list(plate_picture.read_bytes()),
        )  # fmt: skip
        (row,) = _result(page)
        assert "AB12 CDE" in row.text


def test_what_is_not_a_picture_gets_a_clear_message(page: Any, tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear reader")
    page.find_element(By.ID, "file").send_keys(str(tmp_path / "letter.jpg"))
    problem = page.find_element(By.ID, "problem")
    WebDriverWait(page, 30).until(lambda _: problem.is_displayed())
    assert "picture" in problem.text
    assert not page.find_element(By.ID, "result").is_displayed()


def test_a_sample_is_read_at_a_click(page: Any) -> None:
    sample = page.find_element(By.CSS_SELECTOR, "[data-sample]")
    sample.click()
    _result(page)
    shown = page.execute_script("return document.getElementById('photo').naturalWidth")
    assert shown == sample.find_element(By.TAG_NAME, "img").get_property("naturalWidth")


def test_it_fits_a_narrow_phone(page: Any, plate_picture: Path) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": True},
    )
    page.find_element(By.ID, "file").send_keys(str(plate_picture))
    _result(page)
    assert page.execute_script("return document.documentElement.scrollWidth") <= 320
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_keyboard_reaches_every_control(page: Any) -> None:
    reached = set()
    for _ in range(30):
        ActionChains(page).send_keys(Keys.TAB).perform()
        reached.add(page.execute_script("const a = document.activeElement; return a.id || a.tagName"))
    assert {"file", "SUMMARY"} <= reached


def test_nothing_complains_in_the_console(page: Any, plate_picture: Path) -> None:
    page.get_log("browser")
    page.refresh()
    page.find_element(By.ID, "file").send_keys(str(plate_picture))
    _result(page)
    assert page.get_log("browser") == []
