import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from platewise.train import record, state  # noqa: E402
from platewise.train.batches import numbered  # noqa: E402
from platewise.train.config import LoopConfig  # noqa: E402
from platewise.train.loop import fit, moved  # noqa: E402


class Killed(Exception):
    pass


class Sum:
    """Learns the sum of four numbers."""

    name = "sum"

    def __init__(self, config: LoopConfig, kill_at: int | None = None) -> None:
        self.config, self.kill_at = config, kill_at

    def model(self) -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 1))

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        x = torch.from_numpy(rng.normal(size=(16, 4)).astype(np.float32))
        return {"x": x, "y": x.sum(1, keepdim=True)}

    def batches(self, seed: int, start: int) -> Iterator[Any]:
        stream = numbered(self.draw, seed, start, self.config.workers)
        for number, batch in enumerate(stream, start):
            if number == self.kill_at:
                raise Killed
            yield batch

    def loss(self, model: torch.nn.Module, batch: Any) -> dict[str, Any]:
        return {"loss": (model(batch["x"]).float() - batch["y"]).square().mean()}

    def evaluate(self, model: torch.nn.Module) -> dict[str, float]:
        batch = self.draw(np.random.default_rng(99))
        return {"score": -float(self.loss(model, batch)["loss"])}

    def facts(self) -> dict[str, Any]:
        return {"data": {"drawn": 16}}


def config(**changes: Any) -> LoopConfig:
    values = {"steps": 40, "batch": 16, "rate": 0.05, "threads": 1, "workers": 0, "ema": 0.8}
    return LoopConfig(**{**values, "log_every": 5, "save_every": 5, "evaluate_every": 10, **changes})


def test_a_run_learns_and_leaves_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    best = fit(Sum(config()), config(), tmp_path)

    losses = [value for _, name, value in record.rows(tmp_path / "log.csv") if name == "train/loss"]
    assert losses[-1] < losses[0] / 4
    assert {p.name for p in tmp_path.iterdir()} == {"run.json", "log.csv", "curve.png", "last.pt", "best.pt"}
    kept = state.read(best)
    scores = [value for _, name, value in record.rows(tmp_path / "log.csv") if name == "score"]
    assert kept["figures"]["score"] == pytest.approx(max(scores), rel=1e-4)
    origin = json.loads((tmp_path / "run.json").read_text())
    assert (origin["task"], origin["data"], origin["loop"]["steps"]) == ("sum", {"drawn": 16}, 40)
    assert "score" in capsys.readouterr().out


def test_a_run_that_nothing_checks_says_so_and_keeps_the_latest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sum, "evaluate", lambda *_: {})
    fit(Sum(config()), config(), tmp_path)
    assert "nothing was checked" in capsys.readouterr().out
    assert state.read(tmp_path / "best.pt")["step"] == config().steps


def test_a_killed_run_resumes_with_the_very_same_numbers(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    fit(Sum(config()), config(), whole)
    with pytest.raises(Killed):
        fit(Sum(config(), kill_at=23), config(), broken)
    assert state.read(broken / "last.pt")["step"] == 20
    fit(Sum(config()), config(), broken, resume=True)

    one, two = state.read(whole / "last.pt"), state.read(broken / "last.pt")
    assert one["step"] == two["step"] == 40
    for name, value in one["ema"].items():
        assert torch.equal(value, two["ema"][name]), name
    assert record.rows(whole / "log.csv") == record.rows(broken / "log.csv")


def test_batches_do_not_depend_on_the_number_of_workers() -> None:
    def draw(rng: np.random.Generator) -> float:
        return float(rng.random())

    alone = numbered(draw, seed=3, start=5, workers=0)
    first = [next(alone) for _ in range(4)]
    helped = numbered(draw, seed=3, start=6, workers=2)
    assert [next(helped) for _ in range(3)] == first[1:]
    assert len(set(first)) == 4


def test_the_rate_rises_then_falls() -> None:
    settings = config(steps=100, warmup=0.1, rate=1.0, final=0.01)
    rates = [state.rate_at(step, settings) for step in range(101)]
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == rates[10] == 1.0
    assert rates[-1] == pytest.approx(0.01)


def test_a_held_rate_falls_at_its_end_and_the_state_before_is_kept(tmp_path: Path) -> None:
    settings = config(steps=100, warmup=0.1, hold=0.6, rate=1.0, final=0.01)
    rates = [state.rate_at(step, settings) for step in range(101)]
    assert rates[10:61] == [1.0] * 51
    assert rates[60:] == sorted(rates[60:], reverse=True)
    assert rates[-1] == pytest.approx(0.01)
    fit(Sum(config(steps=10, hold=0.6)), config(steps=10, hold=0.6), tmp_path)
    assert state.read(tmp_path / "steady.pt")["step"] == 6


def test_biases_and_norms_do_not_decay() -> None:
    task = Sum(config())
    optimizer = state.State(task.model(), config(decay=0.5), torch.device("cpu")).optimizer
    decays = {p.ndim: group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    assert decays == {2: 0.5, 1: 0.0}


def test_moved_keeps_the_shape_of_a_batch() -> None:
    batch = {"a": torch.ones(2), "b": [torch.zeros(1), ("text", torch.ones(1))]}
    there = moved(batch, torch.device("cpu"))
    assert there["b"][1][0] == "text"
    assert torch.equal(there["a"], batch["a"])


def test_minutes_stop_a_run_early(tmp_path: Path) -> None:
    fit(Sum(config()), config(steps=10**6, minutes=0.005, evaluate_every=10**6), tmp_path)
    assert 0 < state.read(tmp_path / "last.pt")["step"] < 10**6
    assert (tmp_path / "best.pt").exists()
