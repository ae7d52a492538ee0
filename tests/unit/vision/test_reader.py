import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image

from platewise import Reader, errors
from platewise.core.frame import Frame
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.settings import Settings

WHERE = (136, 104)


def test_a_scene_is_read_where_the_plate_is(reader: Reader) -> None:
    reads = reader.read(tiny.scene(WHERE))
    assert [str(read.plate) for read in reads] == ["AB12 CDE"]
    assert reads[0].plate == Plate("AB12CDE", "gb", "AB12 CDE")
    assert reads[0].quad.mean(0) == pytest.approx(WHERE, abs=0.1)
    assert (reads.width, reads.height, reads.image, reads.error) == (384, 256, None, None)


def test_two_plates_keep_their_places(reader: Reader) -> None:
    reads = reader.read(tiny.scene((72, 72), (296, 200)))
    assert sorted(read.quad.mean(0).round().tolist() for read in reads) == [[72, 72], [296, 200]]


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "array", "pil", "open", "stream"])
def test_every_kind_of_source(reader: Reader, tmp_path: Path, kind: str) -> None:
    pixels = tiny.scene(WHERE)
    file = tmp_path / "car.png"
    Image.fromarray(pixels).save(file)
    opened = file.open("rb")
    source = {
        "path": file, "str": str(file), "bytes": file.read_bytes(),
        "array": pixels, "pil": Image.fromarray(pixels),
        "open": opened, "stream": io.BytesIO(file.read_bytes()),
    }[kind]  # fmt: skip
    with opened:
        reads = reader.read(source)
    assert [read.plate.text for read in reads if read.plate] == ["AB12CDE"]
    assert reads.image == (str(file) if kind in ("path", "str") else None)
    assert len(list(reads.crops())) == 1


def test_a_file_opened_as_text_is_no_picture(reader: Reader) -> None:
    with pytest.raises(errors.ImageError, match="binary"):
        reader.read(io.StringIO("no picture"))


def test_json_has_the_promised_shape(reader: Reader) -> None:
    line = json.loads(reader.read(tiny.scene(WHERE)).to_json())
    assert list(line) == ["image", "width", "height", "reads", "ms", "error"]
    assert list(line["ms"]) == ["decode", "detect", "recognise", "total"]
    (read,) = line["reads"]
    assert list(read) == [
        "plate", "display", "region", "confidence", "detection_confidence", "box", "quad",
        "characters", "candidates", "explain",
    ]  # fmt: skip
    assert (read["plate"], read["display"], read["region"]) == ("AB12CDE", "AB12 CDE", "gb")
    assert [c["text"] for c in read["characters"]] == list("AB12CDE")
    assert read["candidates"][0] == {"plate": "AB12CDE", "confidence": read["confidence"]}
    assert len(read["candidates"]) == 5
    assert len(read["quad"]) == 4
    assert line["ms"]["total"] >= line["ms"]["detect"] > 0


def test_a_bad_picture_among_good_ones_is_told_and_the_run_goes_on(reader: Reader, tmp_path: Path) -> None:
    good, missing = tiny.scene(WHERE), tmp_path / "gone.jpg"
    results = reader.read([good, missing, b"", good])
    assert [len(r) for r in results] == [1, 0, 0, 1]
    assert results[1].to_dict() == {
        "image": str(missing), "width": None, "height": None, "reads": [],
        "ms": {"decode": 0.0, "detect": 0.0, "recognise": 0.0, "total": 0.0}, "error": f"no file {missing}",
    }  # fmt: skip
    assert results[2].error is not None
    assert "empty" in results[2].error
    with pytest.raises(errors.ImageError, match="no file"):
        reader.read(missing)


def test_an_iterator_is_read_lazily(reader: Reader) -> None:
    taken = []

    def pictures():
        for i in range(3):
            taken.append(i)
            yield tiny.scene(WHERE)

    stream = reader.read(pictures())
    assert taken == []
    assert len(next(stream)) == 1
    assert taken == [0]
    assert [len(r) for r in reader.stream(tiny.scene(WHERE))] == [1]


def test_a_plate_crop_is_read_as_a_whole(settings: Settings) -> None:
    crops = Reader(settings=settings, crops=True)
    dark, bright = np.full((30, 100, 3), 9, np.uint8), np.full((30, 100, 3), 250, np.uint8)
    assert [r[0].plate and r[0].plate.text for r in crops.read([dark, bright])] == [tiny.DARK, tiny.BRIGHT]
    assert crops.read(dark)[0].to_dict()["box"] == [0, 0, 100, 30]


def test_threads_share_one_reader(reader: Reader) -> None:
    places = [(72 + 16 * i, 56 + 16 * i) for i in range(8)] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: reader.read(tiny.scene(at)), places))
    assert [tuple(r[0].quad.mean(0).round().tolist()) for r in found] == [
        tuple(map(float, at)) for at in places
    ]


def test_readers_share_one_session(settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        built = list(pool.map(lambda _: Reader(settings=settings), range(4)))
    assert len({id(r.pipeline.detector._model) for r in built}) == 1  # type: ignore[attr-defined]


def test_a_small_and_a_1x1_picture_hold_no_plate(reader: Reader) -> None:
    assert len(reader.read(np.zeros((1, 1, 3), np.uint8))) == 0
    assert str(reader.read(np.zeros((5, 700, 3), np.uint8))) == "no plate"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"regions": ("gb", "atlantis")}, errors.NameUnknown, "unknown region 'atlantis'; known: .*gb"),
        ({"pipeline": "magic"}, errors.NameUnknown, "unknown pipeline 'magic'; known: .*yolo-attention"),
        ({"providers": "abacus"}, errors.SettingError, "'abacus' is not available here; available: .*cpu"),
        ({"top": 0}, errors.InputError, "top must be"),
    ],
)
def test_wrong_names_are_told(
    settings: Settings, arguments: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Reader(settings=settings, **arguments)


def test_read_refuses_what_is_no_picture(reader: Reader) -> None:
    with pytest.raises(errors.InputError, match="not int"):
        reader.read(7)  # type: ignore[call-overload]


def test_own_pipeline_and_least_confidence(settings: Settings) -> None:
    quad = np.array([[0, 0], [9, 0], [9, 4], [0, 4]], np.float32)

    class Own:
        name = "own"

        def __call__(self, frame: Frame) -> list[Read]:
            return [Read(Plate("A1"), 0.9, quad), Read(Plate("B2"), 0.1, quad)]

    reads = Reader(pipeline=Own(), settings=replace(settings, min_confidence=0.5)).read(tiny.scene())
    assert [str(read) for read in reads] == ["A1 90%"]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    monkeypatch.setenv("PLATEWISE_MODELS", str(models))
    monkeypatch.setenv("PLATEWISE_REGIONS", "GB")
    assert Reader().settings.regions == ("gb",)
    monkeypatch.setenv("PLATEWISE_THREADS", "many")
    with pytest.raises(errors.SettingError, match="PLATEWISE_THREADS must be a whole number, not 'many'"):
        Reader()


def test_importing_the_package_alone_loads_nothing_heavy() -> None:
    code = (
        "import sys, platewise; "
        "heavy = {'flask', 'torch', 'sqlalchemy', 'ray', 'onnxruntime', 'cv2', 'numpy', 'PIL'}; "
        "heavy &= set(sys.modules); "
        "assert not heavy, heavy; "
        "assert all(hasattr(platewise, name) for name in platewise.__all__); "
        "assert not {'flask', 'torch', 'sqlalchemy', 'ray', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_face_has_only_what_it_says() -> None:
    import platewise

    assert set(platewise.__all__) == {"Frame", "Plate", "Read", "Reader", "Reads", "errors"}
    with pytest.raises(AttributeError, match="nothing"):
        platewise.nothing  # noqa: B018
