"""``POST /v1/redact``."""

import base64
from io import BytesIO

import numpy as np
import pytest
import requests
from PIL import Image

from .conftest import Running


def ask(site: Running, picture: bytes, query: str = "", field: str = "image") -> requests.Response:
    return requests.post(f"{site.url}/v1/redact{query}", files={field: picture}, timeout=20)


def striped() -> bytes:
    """Return a picture with a plate of strong strokes at (200, 300), 240 x 50 px."""
    picture = np.full((480, 640, 3), (32, 36, 44), np.uint8)
    picture[300:350, 200:440] = 255
    for x in range(210, 430, 12):
        picture[308:342, x : x + 5] = 0
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("how", ["blur", "fill"])
@pytest.mark.parametrize("field", ["image", "upload", "file"])
def test_the_plate_is_gone_and_the_rest_stays(site: Running, how: str, field: str) -> None:
    picture = striped()
    response = ask(site, picture, f"?how={how}", field)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
    assert response.headers["X-Plates"] == "1"
    before, after = (np.asarray(Image.open(BytesIO(data)), int) for data in (picture, response.content))
    assert before.shape == after.shape
    strokes = [np.abs(np.diff(pixels[320, 205:435], axis=0)).max() for pixels in (before, after)]
    assert strokes[0] == 255
    assert strokes[1] < 12
    assert np.abs(before - after)[:280].max() < 12, "what is no plate is as it was, but for the JPEG"


def test_nothing_is_kept(site: Running, plate_jpeg: bytes) -> None:
    ask(site, plate_jpeg)
    assert site.reads() == []
    assert site.events() == []


def test_no_plate_no_change(site: Running, no_plate_jpeg: bytes) -> None:
    assert ask(site, no_plate_jpeg).headers["X-Plates"] == "0"


def test_base64_is_taken(site: Running, plate_jpeg: bytes) -> None:
    data = {"upload": base64.b64encode(plate_jpeg + b"\0" * 300_000)}
    assert requests.post(f"{site.url}/v1/redact", data=data, timeout=20).headers["X-Plates"] == "1"


@pytest.mark.parametrize(
    ("query", "picture", "status"),
    [("?how=hide", None, 422), ("?margin=9", None, 422), ("", b"no picture", 415), ("?x=1", None, 422)],
)
def test_what_is_wrong_is_told_in_our_own_form(
    site: Running, plate_jpeg: bytes, query: str, picture: bytes | None, status: int
) -> None:
    response = ask(site, picture or plate_jpeg, query)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message", "request_id"}


def test_its_token_does_nothing_else(site: Running, plate_jpeg: bytes) -> None:
    headers = {"Authorization": f"Bearer {site.token('viewer', 'vendor:redaction')}"}
    files = {"image": plate_jpeg}
    for path, status in (("/v1/redact", 200), ("/v1/recognise", 403)):
        told = requests.post(f"{site.url}{path}", headers=headers, files=files, timeout=20)
        assert told.status_code == status
