from pathlib import Path

import pytest

from platewise.errors import SettingError
from platewise.train.config import LoopConfig, Settings, load


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_a_config_is_loaded(tmp_path: Path) -> None:
    config = load(written(tmp_path, "steps = 7\nbatch = 2\nrate = 0.5\n"), LoopConfig)
    assert (config.steps, config.batch, config.rate) == (7, 2, 0.5)
    assert config.limited(3).minutes == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("steps = 7\nbatch = 2\nstep = 3\n", "step"),
        ("steps = 0\nbatch = 2\n", "steps"),
        ("batch = 2\n", "steps"),
        ("steps = ", "config.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingError, match=named):
        load(written(tmp_path, text), LoopConfig)


def test_a_config_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("steps = 7  # años\n".encode("latin-1"))
    with pytest.raises(SettingError, match=r"config\.toml: 'utf-8' codec can't decode byte 0xf1"):
        load(path, LoopConfig)


class Phase(Settings):
    loop: LoopConfig


class Whole(Settings):
    phases: tuple[Phase, ...]
    data: str = ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("steps = 1\nbatch = 1\nstepz = 3", "phases.0.loop.stepz: there is no such key; did you mean steps?"),
        ("steps = 1\nbatch = 1\n[dat]", "dat: there is no such key; did you mean data?"),
        ("steps = 1\nbatch = 1\n[x]", "x: there is no such key; known are phases, data"),
        ("steps = 1\nbatch = 1\n[phases.plates]", "phases.0.plates: there is no such key; known are loop"),
        ("steps = 1", "phases.0.loop.batch: Field required"),
    ],
)
def test_a_fault_is_one_line_with_file_key_and_what_is_likely_meant(
    tmp_path: Path, text: str, told: str
) -> None:
    path = written(tmp_path, f"[[phases]]\n[phases.loop]\n{text}\n")
    with pytest.raises(SettingError) as refused:
        load(path, Whole)
    assert str(refused.value) == f"{path}: {told}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="nowhere"):
        load(tmp_path / "nowhere.toml", LoopConfig)
