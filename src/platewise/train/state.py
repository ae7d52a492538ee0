"""The state of a run: network, averaged network, optimiser and step, saved so that a killed run resumes."""

import copy
import math
import os
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn

from platewise.errors import ModelError
from platewise.train.config import LoopConfig


class State:
    """What changes while training."""

    def __init__(self, net: nn.Module, config: LoopConfig, device: torch.device) -> None:
        """Start at step 0 with a network, moved to the device in the layout that convolutions like best."""
        self.config = config
        self.net = net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.optimizer = torch.optim.AdamW(_groups(self.net, config), lr=config.rate, betas=config.betas)
        self.step = 0
        self.best = -math.inf

    def update(self, loss: torch.Tensor) -> None:
        """Take one step down the gradient and let the averaged weights follow."""
        rate = rate_at(self.step, self.config)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip)
        self.optimizer.step()
        self.step += 1
        self._average()

    @torch.no_grad()
    def _average(self) -> None:
        # A young average forgets faster, else the random start would stay in it for long.
        keep = min(self.config.ema, (1 + self.step) / (20 + self.step))
        mean, now = self.ema.state_dict(), self.net.state_dict()
        floats = [name for name, value in mean.items() if value.is_floating_point()]
        torch._foreach_lerp_([mean[n] for n in floats], [now[n] for n in floats], 1 - keep)

    def save(self, path: Path) -> None:
        """Write everything needed to go on from here, in one move: a kill leaves the old file or the new."""
        content = {
            "net": self.net.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "best": self.best,
            "rng": torch.get_rng_state(),
        }
        write(content, path)

    def restore(self, path: Path) -> Self:
        """Go back to what ``save`` wrote."""
        content = read(path)
        self.net.load_state_dict(content["net"])
        self.ema.load_state_dict(content["ema"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.best = int(content["step"]), float(content["best"])
        torch.set_rng_state(content["rng"])
        return self


def write(content: dict[str, Any], path: Path) -> None:
    """Save a checkpoint in one move."""
    part = path.with_suffix(".part")
    torch.save(content, part)
    os.replace(part, path)


def read(path: Path) -> dict[str, Any]:
    """Load a checkpoint onto the CPU, or raise ModelError."""
    if not path.is_file():
        raise ModelError(f"{path}: no such checkpoint")
    return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]


def rate_at(step: int, config: LoopConfig) -> float:
    """Return the learning rate of a step: a line up from a twentieth, maybe a plain, a half cosine down."""
    rise, fall = max(1, round(config.warmup * config.steps)), falls_at(config)
    if step < rise:
        return config.rate * (0.05 + 0.95 * step / rise)
    progress = min(1.0, max(0.0, (step - fall) / max(1, config.steps - fall)))
    return config.rate * (config.final + (1 - config.final) * 0.5 * (1 + math.cos(math.pi * progress)))


def falls_at(config: LoopConfig) -> int:
    """Return the step from which the rate falls."""
    return max(1, round(max(config.warmup, config.hold) * config.steps))


def _groups(net: nn.Module, config: LoopConfig) -> list[dict[str, Any]]:
    """Decay matrices and kernels only: shrinking a bias or a norm's scale regularises nothing."""
    weights = [p for p in net.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in net.parameters() if p.requires_grad and p.ndim <= 1]
    return [{"params": weights, "weight_decay": config.decay}, {"params": others, "weight_decay": 0.0}]
