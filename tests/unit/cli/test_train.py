import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from platewise.cli.main import WRONG_INPUT, WRONG_SETUP, build  # noqa: E402
from platewise.cli.networks import Network, network  # noqa: E402
from platewise.errors import ModelError  # noqa: E402
from platewise.train.record import commit, origin_of  # noqa: E402


def test_both_spellings_name_the_recogniser() -> None:
    assert network(Network("recogniser")).name == network(Network("recognizer")).name == "recognizer"


def test_every_network_has_a_shipped_config_that_can_be_limited() -> None:
    for name in Network:
        settings = network(name).settings(None)
        assert settings.limited(4) != settings
        pictures = settings.model_dump(mode="json").get("data")
        assert pictures == (None if name in (Network.WINDOW, Network.HAAR) else "../shared/data")


def test_the_detector_shares_its_minutes_among_the_phases() -> None:
    settings = network(Network.DETECTOR).settings(None).limited(60)
    assert sum(phase.loop.minutes for phase in settings.phases) == pytest.approx(60)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), list(words))
    return result.exit_code, result.stderr


def test_a_misspelt_key_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[[phases]]\n[phases.loop]\nsteps = 1\nbatch = 1\nstep = 3\n")
    code, said = run("train", "recognizer", "--config", str(path), "--out", str(tmp_path / "run"))
    assert code == WRONG_SETUP
    assert f"{path}: phases.0.loop.step: there is no such key; did you mean steps?\n" in said
    assert "pydantic" not in said
    assert not (tmp_path / "run").exists()


def test_missing_pictures_are_named(tmp_path: Path) -> None:
    code, said = run("train", "recognizer", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "run"))
    assert code == WRONG_INPUT
    assert "none" in said


def test_networks_that_learn_from_drawings_take_no_pictures(tmp_path: Path) -> None:
    code, said = run("train", "window", "--data", str(tmp_path), "--out", str(tmp_path / "run"))
    assert code == WRONG_INPUT
    assert "drawings alone" in said


def test_only_a_run_can_be_exported(tmp_path: Path) -> None:
    code, said = run("export", str(tmp_path), "--name", "mine", "--out", str(tmp_path / "models"))
    assert code == WRONG_SETUP
    assert "not a training run" in said
    (tmp_path / "run.json").write_text(json.dumps({"task": "recognizer"}))
    assert origin_of(tmp_path) == {"task": "recognizer"}
    with pytest.raises(ModelError):
        origin_of(tmp_path / "nowhere")


def test_the_commit_is_told() -> None:
    assert commit() == "unknown" or len(commit().rstrip("+")) == 40
