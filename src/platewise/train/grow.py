"""A larger recogniser that begins as the smaller one: it reads the same, and has room to learn more.

After Net2Net (Chen, Goodfellow, Shlens 2016, arXiv:1511.05641), with zeros in place of copied channels: what
is new adds nothing at first, because everything that listens to it has weight 0, and learns from there.
"""

import torch
from torch import nn

from platewise.errors import SettingError
from platewise.train.recognizer_model import NetConfig, RecognizerNet, Residual


def grown(small: RecognizerNet, before: NetConfig, large: RecognizerNet, after: NetConfig) -> RecognizerNet:
    """Return the fresh network ``large``, which now reads as ``small`` does (in evaluation mode, exactly).

    The convolutions may become wider and more; the decoder stays.

    Raises:
        SettingError: when ``after`` is smaller somewhere, or another decoder.
    """
    _check(before, after)
    places = dict(zip(_stages(before), small.strokes, strict=True))
    for stage, module in zip(_stages(after), large.strokes, strict=True):
        if stage in places:
            _adopt(module, places[stage])
        else:
            _silence(module)
    rest = {name: value for name, value in small.state_dict().items() if not name.startswith("strokes.")}
    large.load_state_dict(rest, strict=False)
    return large


def _check(before: NetConfig, after: NetConfig) -> None:
    same = ("dim", "heads", "layers")
    sizes = zip((*before.widths, *before.depths), (*after.widths, *after.depths), strict=True)
    if any(getattr(before, name) != getattr(after, name) for name in same) or any(a > b for a, b in sizes):
        raise SettingError(
            f"a phase cannot grow {before} into {after}; keep {', '.join(same)}, shrink no width and no depth"
        )


def _stages(config: NetConfig) -> list[str]:
    """Return a name for each part of ``RecognizerNet.strokes``, the same in networks of any depth."""
    quarter, grid = config.depths
    return [
        "half",
        "quarter",
        *(f"quarter {i}" for i in range(quarter)),
        "grid",
        *(f"grid {i}" for i in range(grid)),
        "places",
    ]


@torch.no_grad()
def _adopt(new: nn.Module, old: nn.Module) -> None:
    """Write the old weights into the corner of the new ones; old outputs do not listen to new inputs."""
    former = old.state_dict()
    for name, value in new.state_dict().items():
        was = former[name]
        if value.dim() == 4:  # (out, in, height, width)
            value[: was.shape[0]] = 0
            value[: was.shape[0], : was.shape[1]] = was
        elif value.dim() == 1:
            value[: len(was)] = was


def _silence(new: nn.Module) -> None:
    """Let a new residual block add nothing."""
    assert isinstance(new, Residual), "only residual blocks are added"
    nn.init.zeros_(new.change[1][1].weight)  # type: ignore[index]
