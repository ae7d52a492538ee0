"""Odd pictures and odd requests: an answer that says what to do, never a fault, never a hang."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageDraw

URLS = {"/v1/recognise": "image", "/upload-camera-image": "image", "/": "file"}


def _street() -> Image.Image:
    picture = Image.new("RGB", (320, 240), "#20242c")
    ImageDraw.Draw(picture).rectangle((100, 150, 219, 179), "#ffffff")
    return picture


def _saved(form: str, picture: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def _turned(orientation: int) -> bytes:
    """Return the street, stored turned and with the EXIF orientation that undoes it."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    picture, exif = _street(), Image.Exif()
    exif[0x0112] = orientation
    return _saved(
        "JPEG", picture.transpose(undo[orientation]) if orientation > 1 else picture, exif=exif, quality=95
    )


GOOD: dict[str, Callable[[], bytes]] = {
    "png": lambda: _saved("PNG", _street()),
    "webp": lambda: _saved("WEBP", _street()),
    "bmp": lambda: _saved("BMP", _street()),
    "cmyk": lambda: _saved("JPEG", _street().convert("CMYK"), quality=95),
    "grey": lambda: _saved("PNG", _street().convert("L")),
    "16 bit": lambda: _saved("PNG", _street().convert("L").convert("I;16")),
    "animated": lambda: _saved("GIF", _street(), save_all=True, append_images=[_street().rotate(90)]),
    **{f"turned {n}": lambda n=n: _turned(n) for n in range(1, 9)},  # type: ignore[misc]
}
_WHOLE = _saved("JPEG", _street())
BAD: dict[str, bytes] = {
    "empty": b"",
    "text": b"Dear reader",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "pdf": b"%PDF-1.7\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "tiff": _saved("TIFF", _street()),
    "ico": _saved("ICO", _street().resize((32, 32))),
    "cut": _WHOLE[: len(_WHOLE) // 2],
    "header alone": _WHOLE[:20],
    "51 megapixels": _saved("PNG", Image.new("1", (8000, 6400))),
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.wall("U5")
def test_an_odd_picture_is_read_upright(client: FlaskClient, kind: str) -> None:
    response = client.post("/v1/recognise?save=0", data={"image": (BytesIO(GOOD[kind]()), "x.jpg")})
    (read,) = response.get_json()["reads"]
    assert read["box"] == pytest.approx([100, 150, 120, 30], abs=3)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("kind", BAD)
@pytest.mark.wall("U4")
def test_what_is_no_picture_is_415(client: FlaskClient, url: str, kind: str) -> None:
    response = client.post(url, data={URLS[url]: (BytesIO(BAD[kind]), "x.jpg")})
    assert (response.status_code, response.get_json()["error"]["code"]) == (415, "not_a_picture")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.wall("U3")
def test_a_form_with_too_much_in_it(client: FlaskClient, url: str) -> None:
    many = {f"f{n}": "x" for n in range(1001)}
    assert client.post(url, data=many, content_type="multipart/form-data").status_code == 413
    assert client.post(url, data={"a": "x" * 500_000}, content_type="multipart/form-data").status_code == 413
    assert client.post(url, data=b"x" * (2**18 + 1), content_type="image/jpeg").status_code == 413


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
        ("multipart/form-data; boundary=" + "y" * 5000, b"x"),
        ("application/x-www-form-urlencoded", b"image=%00%ff"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("", b"x"),
    ],
)
@pytest.mark.wall("U1")
def test_a_form_that_is_none(client: FlaskClient, url: str, kind: str, body: bytes) -> None:
    response = client.post(url, data=body, content_type=kind)
    assert (response.status_code, response.get_json()["error"]["code"]) == (400, "no_file")


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b"\xff", b"nul", b'{"image": "' + b"A" * 70_000])
@pytest.mark.wall("U1")
def test_json_that_is_none(client: FlaskClient, body: bytes) -> None:
    response = client.post("/v1/recognise", data=body, content_type="application/json")
    assert (response.status_code, response.get_json()["error"]["code"]) == (422, "bad_parameter")
