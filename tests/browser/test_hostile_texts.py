"""H8: text from outside is shown as text on every page: nothing of it runs, nothing leaves the host."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import walls

pytest.importorskip("playwright.sync_api", reason="needs playwright (the [dev] extra)")

_FILE = Path(__file__).parent.parent / "corpus" / "html.txt"
PAYLOADS = [line.replace("HIT", "window.hit=1") for line in _FILE.read_text("utf-8").splitlines()]
PAGES = (
    "/",
    "/live",
    "/search",
    "/lists",
    "/lists/hostile",
    "/cameras",
    "/statistics",
    "/review",
    "/settings",
    "/parking",
    "/parking?all=1",
    "/reads/1",
    "/plates/AB12CDE",
    "/docs",
)


@pytest.mark.wall("H8")
def test_no_text_from_outside_runs(
    open_page: Callable[..., Any], site: Any, plate_jpeg: bytes, wall: walls.Wall, tmp_path: Path
) -> None:
    page = open_page()
    page.add_init_script("window.hit = 0")
    assert len(PAYLOADS) >= 60
    kept = _fill(page, plate_jpeg)
    shown = [*PAGES, *(f"/parking/{_quoted(name)}" for name in kept[:4])]
    shown += [f"/search?plate={_quoted(text)}" for text in PAYLOADS] + [f"/{_quoted(PAYLOADS[0])}"]
    for path in shown:
        page.goto(path, wait_until="load")
        assert page.evaluate("window.hit || 0") == 0, path
    site.complaints[:] = [one for one in site.complaints if "status of 4" not in one]  # refused: as it should
    answers = [
        page.request.get(path) for path in ("/v1/lists/hostile/entries?limit=500", "/v1/reads", "/v1/lots")
    ]
    for answer in answers:
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "unsafe" not in answer.headers["content-security-policy"]
    notes = {entry["note"] for entry in answers[0].json()["items"]}
    assert notes >= {text for text in PAYLOADS if text.strip()}
    table = page.request.get("/v1/lists/hostile/entries.csv").text()
    assert not [row for row in table.splitlines() if any(f",{sign}" in row for sign in "=+@-")]
    wall.measured(f"{len(PAYLOADS)} payloads on {len(shown)} pages of Chromium: 0 executed")


def _fill(page: Any, picture: bytes) -> list[str]:
    """Put every payload wherever text is taken; return the names of car parks that hold some."""
    own = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}

    def put(path: str, body: Any, method: str = "put") -> int:
        return int(getattr(page.request, method)(path, headers=own, data=json.dumps(body)).status)

    assert put("/v1/lists/hostile", {"kind": "allowed", "label": PAYLOADS[0]}) < 300
    entries = [{"plate": f"X{n}", "label": text, "note": text} for n, text in enumerate(PAYLOADS)]
    assert put("/v1/lists/hostile/entries", {"entries": entries}, "post") < 300
    names = []
    for text in PAYLOADS:
        status = put(f"/v1/lots/{_quoted(text)}", {"label": text})
        assert status < 500
        names += [text] * (status < 300)
        assert put(f"/v1/cameras/{_quoted(text)}", {"enabled": True}) < 500
        put("/v1/visits", {"lot": "main", "plate": f"P{len(names)}", "reason": text}, "post")
        file = {"name": text, "mimeType": "image/jpeg", "buffer": picture}
        sent = page.request.post(
            "/v1/recognise", multipart={"image": file}, headers={"Sec-Fetch-Site": "none"}
        )
        assert sent.status in (200, 429)
    return names


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


@pytest.mark.wall("H8")
def test_the_bot_sends_plain_text() -> None:
    """Telegram executes nothing, but would read signs as markup: no message asks it to."""
    import platewise.bot

    sources = "".join(file.read_text("utf-8") for file in Path(platewise.bot.__path__[0]).glob("*.py"))
    assert "parse_mode" not in sources
