from pathlib import Path

import pytest

from platewise.errors import SettingError
from platewise.train.config import LoopConfig, load


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


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="nowhere"):
        load(tmp_path / "nowhere.toml", LoopConfig)
