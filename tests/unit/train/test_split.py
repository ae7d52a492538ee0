import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from platewise.errors import InputError
from platewise.train.index import Labelled, LabelledPlate, read_index, read_tree
from platewise.train.split import WHOLE, held_out, separate


def crop(text: str | None, group: str | None = None, source: str = "some", name: str = "0.jpg") -> Labelled:
    plates = (LabelledPlate(None, None, text),)
    return Labelled(Path("data/train") / source / "img" / name, "gb", "crop", (9, 9), plates, group, source)


def test_about_six_in_a_hundred_are_held_out_and_always_the_same() -> None:
    held = [i for i in range(5000) if held_out(crop(f"AB{i}"))]
    assert 0.05 < len(held) / 5000 < 0.07
    assert held[:5] == [i for i in range(held[4] + 1) if held_out(crop(f"AB{i}"))]


def test_a_scene_and_a_text_stay_on_one_side() -> None:
    for i in range(300):
        assert held_out(crop("A", group=f"g{i}")) == held_out(crop("B", group=f"g{i}", source="other"))
        assert held_out(crop(f"T{i}", name="1.jpg")) == held_out(crop(f"T{i}", name="2.jpg", source="other"))


def test_the_validation_folder_is_always_held_out() -> None:
    plate = crop("AB1")
    elsewhere = Labelled(
        Path("data/validation/some/img/0.jpg"), "gb", "crop", (9, 9), plate.plates, None, "some"
    )
    assert held_out(elsewhere)


def test_a_source_may_be_held_out_as_a_whole() -> None:
    assert all(held_out(crop(f"AB{i}", source=source)) for i in range(50) for source in WHOLE)
    elsewhere = [crop("AB1", f"g{i}") for i in range(99)]
    train, held = separate([crop("AB1", source=next(iter(WHOLE))), *elsewhere])
    assert {plate.text for item in held for plate in item.plates} == {"AB1"}
    assert not train


def test_the_sides_share_no_text() -> None:
    pictures = [crop(f"T{i % 400}", group=f"g{i}" if i % 3 else None) for i in range(1200)]
    train, held = separate(pictures)
    texts = [{plate.text for item in side for plate in item.plates} for side in (train, held)]
    assert held
    assert train
    assert not texts[0] & texts[1]


def scene(folder: Path, name: str, pixels: np.ndarray, group: str) -> dict[str, Any]:
    cv2.imwrite(str(folder / name), pixels)
    size = [pixels.shape[1], pixels.shape[0]]
    return {"image": name, "region": "eu", "kind": "scene", "size": size, "plates": [], "group": group}


def test_a_copy_of_a_held_out_scene_is_not_trained_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    group_held = next(f"g{i}" for i in range(999) if held_out(crop("X", f"g{i}")))
    group_train = next(f"g{i}" for i in range(999) if not held_out(crop("X", f"g{i}")))
    one, other = (cv2.resize(rng.integers(0, 256, (12, 16, 3), np.uint8), (320, 240)) for _ in range(2))
    lines = [
        scene(tmp_path, "held.png", one, group_held),
        scene(tmp_path, "copy.jpg", one, group_train),
        scene(tmp_path, "new.png", other, group_train),
    ]
    (tmp_path / "index.jsonl").write_text("\n".join(map(json.dumps, lines)))
    train, held = separate(read_index(tmp_path))
    assert [item.image.name for item in train] == ["new.png"]
    assert [item.image.name for item in held] == ["held.png"]


def test_an_index_becomes_values(tmp_path: Path) -> None:
    folder = tmp_path / "some"
    folder.mkdir()
    plates = [
        {"box": [1, 2, 30, 10], "corners": [[1, 2], [31, 2], [31, 12], [1, 12]], "text": "ab 12-c"},
        {"box": None, "corners": None, "text": "AB1", "illegible": True},
        {"box": None, "corners": None, "text": "TOOLONGFORUS"},
        {"box": None, "corners": None, "text": "٦٦٦"},
    ]
    line = {"image": "img/0.jpg", "region": "gb", "kind": "scene", "size": [64, 48], "plates": plates}
    lines = [json.dumps({**line, "group": "x.jpg"}), json.dumps({"video": "0.avi", "plates": ["A"]})]
    (folder / "index.jsonl").write_text("\n".join(lines))

    (item,) = read_tree(tmp_path)
    assert (item.source, item.group, item.size) == ("some", "x", (64, 48))
    assert item.plates[0].text == "AB12C"
    assert item.plates[0].quad is not None
    assert item.plates[0].quad.shape == (4, 2)
    assert [plate.readable for plate in item.plates] == [True, False, False, False]
    assert item.plates[1].text is None


GOOD = '{"image": "a.jpg", "region": "gb", "kind": "crop", "size": [9, 9], "plates": []}'


@pytest.mark.parametrize("content", ["{", '{"image": "a.jpg"}', "[]", '{"image": 1, "size": 2}'])
def test_a_broken_line_of_an_index_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "index.jsonl").write_text(f"{GOOD}\n\n{content}\n")
    with pytest.raises(InputError, match=r"index.jsonl, line 3: \w"):
        read_index(tmp_path)


def test_what_is_no_index_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(bytes(range(256)) * 1000)
    with pytest.raises(InputError, match="is no index of labelled pictures") as told:
        read_index(tmp_path / "photo.jpg")
    assert len(str(told.value)) < 300
    with pytest.raises(InputError, match="nowhere"):
        read_tree(tmp_path / "nowhere")
