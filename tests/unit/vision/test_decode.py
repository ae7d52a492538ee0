import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from platewise.errors import ImageError
from platewise.settings import Settings
from platewise.vision.decode import decode

Encode = Callable[..., bytes]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_bomb(side: int) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    body = _chunk(b"IDAT", zlib.compress(bytes((side + 7) // 8 + 1) * side, 9))
    return b"\x89PNG\r\n\x1a\n" + header + body + _chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "exact"), [("JPEG", False), ("PNG", True), ("WEBP", False), ("BMP", True)])
def test_formats_come_out_as_rgb(encode: Encode, picture: np.ndarray, kind: str, exact: bool) -> None:
    pixels = decode(encode(picture, kind, quality=95)).pixels
    assert pixels.shape == picture.shape
    assert np.abs(pixels.astype(int) - picture).max() <= (0 if exact else 24)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.wall("U5")
def test_exif_stands_upright(encode: Encode, picture: np.ndarray, kind: str, orientation: int) -> None:
    image = Image.fromarray(picture)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(image, kind, exif=exif, quality=95)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    pixels = decode(data).pixels
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < 4


@pytest.mark.wall("U5")
def test_damaged_exif_leaves_the_picture_as_it_lies(encode: Encode, picture: np.ndarray) -> None:
    data = encode(picture, exif=b"Exif\0\0MM\0*\0\0\xff\xff")
    assert decode(data).pixels.shape == picture.shape


def test_a_pil_picture_stands_upright(picture: np.ndarray) -> None:
    image = Image.fromarray(picture)
    image.getexif()[0x0112] = 6
    assert decode(image).pixels.shape == (90, 60, 3)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "I;16", "I", "F"])
def test_every_mode_shows_what_it_shows(picture: np.ndarray, mode: str) -> None:
    grey = picture[:, :, 0]
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 16)  # 12 bits in 16
    else:
        image = Image.fromarray(grey).convert(mode)
    pixels = decode(image).pixels
    assert pixels.shape == picture.shape
    assert pixels[:, -1].min() > 230
    assert pixels[:, 0].max() < 20


def test_deep_png_is_not_black(encode: Encode, picture: np.ndarray) -> None:
    pixels = decode(encode(Image.fromarray(picture[:, :, 0].astype(np.uint16) * 4), "PNG")).pixels
    assert pixels[:, -1].min() > 250


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_grey_files(encode: Encode, picture: np.ndarray, kind: str) -> None:
    pixels = decode(encode(picture[:, :, 0], kind)).pixels
    assert pixels.shape == picture.shape
    assert (pixels[:, :, 0] == pixels[:, :, 2]).all()


def test_cmyk_keeps_its_colours(encode: Encode, picture: np.ndarray) -> None:
    pixels = decode(encode(Image.fromarray(picture).convert("CMYK"), quality=95)).pixels
    assert np.abs(pixels.astype(int) - picture).mean() < 8


def test_transparent_is_white(encode: Encode) -> None:
    layers = np.zeros((4, 4, 4), np.uint8)
    layers[:2] = (10, 20, 30, 255)
    for pixels in (decode(encode(layers, "PNG")).pixels, decode(layers).pixels):
        assert pixels[0, 0].tolist() == [10, 20, 30]
        assert pixels[3, 3].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_animations_give_their_first_picture(encode: Encode, kind: str) -> None:
    first, second = (Image.new("RGB", (20, 10), colour) for colour in ((250, 0, 0), (0, 0, 250)))
    data = encode(first, kind, save_all=True, append_images=[second])
    assert decode(data).pixels[5, 5, 0] > 240


def test_the_smallest_picture(encode: Encode) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        assert decode(encode(np.full((1, 1, 3), 90, np.uint8), kind)).pixels.shape == (1, 1, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_cut_files_are_refused(encode: Encode, kind: str, progressive: bool, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (80, 120, 3), np.uint8)
    data = encode(noise, kind, progressive=progressive)
    with pytest.raises(ImageError, match=r"cut off|damaged|known format"):
        decode(data[: int(len(data) * share)])


def test_a_cut_jpeg_with_a_whole_thumbnail_is_still_cut(encode: Encode, picture: np.ndarray) -> None:
    thumbnail = b"Exif\0\0" + encode(picture)
    data = encode(np.repeat(picture, 2, 0), exif=thumbnail)
    assert decode(data).pixels.shape == (120, 90, 3)
    with pytest.raises(ImageError, match="cut off"):
        decode(data[:-40])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.wall("U1")
def test_flipped_bytes_give_a_picture_or_an_image_error(
    encode: Encode, picture: np.ndarray, kind: str
) -> None:
    data = encode(picture, kind)
    rng = np.random.default_rng(7)
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(data)
        for at in rng.integers(0, min(len(data), 400), 4):
            damaged[at] = rng.integers(0, 256)
        try:
            outcomes.add(decode(bytes(damaged), Settings(max_pixels=10**6)).pixels.dtype)
        except ImageError as error:
            outcomes.add(type(error))
    assert ImageError in outcomes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty \\(0 bytes\\)"),
        (b"this is a letter, no picture\n", "is text, not a picture; give a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is text"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0", "is a PDF document; give a JPEG"),
        (b"II*\0" + bytes(60), "is a TIFF picture; give a JPEG"),
        (b"\0\0\0\x18ftypmp42" + bytes(60), "is a video; give a JPEG"),
        (b"\0\0\0\x18ftypheic" + bytes(60), "is a HEIC picture, as telephones take them"),
        (b"\x7fELF" + bytes(60), "no picture of a known format"),
        (b"RIFF\0\0\0\0AVI " + bytes(60), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
@pytest.mark.wall("U4")
def test_what_is_no_picture_says_so(tmp_path: Path, data: bytes, message: str) -> None:
    file = tmp_path / "car.jpg"
    file.write_bytes(data)
    with pytest.raises(ImageError, match=f"car.jpg .*{message}|car.jpg {message}"):
        decode(file)


def test_paths(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="is a folder"):
        decode(tmp_path)
    with pytest.raises(ImageError, match="no file"):
        decode(str(tmp_path / "gone.jpg"))
    with pytest.raises(ImageError, match="cannot be opened"):
        decode("null\0byte")
    with pytest.raises(ImageError, match="not int"):
        decode(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (_png_bomb(30_000), Settings()),
        (_png_bomb(12_000), Settings()),
        (_png_bomb(300), Settings(max_side=299)),
        (_png_bomb(300), Settings(max_pixels=300 * 300 - 1)),
    ],
)
@pytest.mark.wall("U2")
def test_bombs_are_refused_from_the_header(data: bytes, settings: Settings) -> None:
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(ImageError, match="too large"):
        decode(data, settings)
    assert time.perf_counter() - start < 0.5
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


def test_large_files_and_pictures_in_memory_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "big.jpg"
    file.write_bytes(b"\xff\xd8\xff" + bytes(2000))
    with pytest.raises(ImageError, match=r"big\.jpg is over"):
        decode(file, Settings(max_bytes=2000))
    with pytest.raises(ImageError, match="12000 x 9000"):
        decode(Image.new("1", (12_000, 9_000)))
    with pytest.raises(ImageError, match="too large"):
        decode(np.zeros((10, 30, 3), np.uint8), Settings(max_side=20))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 3), bool),
    ],
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ImageError, match="an array must be"):
        decode(array)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 3)])
def test_an_array_without_pixels_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="no pixels"):
        decode(np.zeros(shape, np.uint8))


def test_arrays_keep_their_colours(picture: np.ndarray) -> None:
    assert (decode(picture).pixels == picture).all()
    assert (decode(picture[:, ::-1]).pixels == picture[:, ::-1]).all()
    assert (decode(picture[:, :, :1]).pixels[:, :, 2] == picture[:, :, 0]).all()


def test_fillers_and_stray_bytes_between_jpeg_segments_are_skipped(
    encode: Encode, picture: np.ndarray
) -> None:
    data = encode(picture)
    for stray in (b"\xff\xff\xff", b"\0\7"):
        assert decode(data[:2] + b"\xff\xe0\0\2" + stray + data[2:]).pixels.shape == picture.shape


def test_a_cut_pil_picture_is_refused(encode: Encode, picture: np.ndarray) -> None:
    with (
        Image.open(BytesIO(encode(picture, "PNG")[:-60])) as image,
        pytest.raises(ImageError, match="cut off"),
    ):
        decode(image)
