"""``python -m benchmarks.accuracy``: find the weights of the reading prior on held-out crops.

The recogniser reads every held-out crop of ``DATA/train`` once; then each setting of ``LatticeTuning`` on a
small grid decodes all lattices. The folders under ``DATA/validation`` are shown for the chosen setting only.
"""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from platewise.core.plate import fold
from platewise.regions.library import select
from platewise.settings import Settings
from platewise.train import split
from platewise.train.index import read_tree
from platewise.train.recognizer_crops import RealCrops, framed
from platewise.vision.decode_lattice import LatticeTuning, decode_lattice
from platewise.vision.formats import Formats
from platewise.vision.protocols import Recognition
from platewise.vision.recognizers.onnx_slots import OnnxSlotRecognizer

GRID = {
    "foreign": (0.02, 0.05, 0.1),
    "mix": (0.2, 0.4),
    "specificity": (0.1, 0.2, 0.3, 0.4),
    "rarity": (0.0, 0.5, 0.75, 1.0),
}
Lattices = dict[str, tuple[list[Recognition], list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    apart = split.separate(read_tree(data / "train"))[1]
    held = recognised(RealCrops(x for x in apart if x.source not in split.WHOLE))
    results = []
    for values in itertools.product(*GRID.values()):
        tuning = LatticeTuning(**dict(zip(GRID, values, strict=True)))
        results.append((score(held, tuning), values))
    for mean, values in sorted(results, reverse=True)[:12]:
        print(f"{mean:.4f}", dict(zip(GRID, values, strict=True)))
    best = LatticeTuning(**dict(zip(GRID, max(results)[1], strict=True)))
    whole = [x for x in apart if x.source in split.WHOLE]
    kept = recognised(RealCrops([*whole, *read_tree(data / "validation")]))
    for name, sets in (("held out", held), ("validation", kept)):
        for source, (found, texts) in sets.items():
            plain = [recognition.lattice.text() for recognition in found]
            print(f"{name:10} {source:26} n {len(texts):4}  plain {told(plain, texts)}", end="  ")
            print(f"default {told(decoded(found, LatticeTuning()), texts)}", end="  ")
            print(f"best {told(decoded(found, best), texts)}")


def recognised(crops: RealCrops) -> Lattices:
    eye = OnnxSlotRecognizer.from_settings(Settings())
    sets: Lattices = {}
    for source in crops.counts():
        real = list(crops.of(source))
        found = [
            r for i in range(0, len(real), 64) for r in eye.recognize([framed(c) for c in real[i : i + 64]])
        ]
        sets[source] = (found, [crop.text for crop in real])
    return sets


def decoded(found: Sequence[Recognition], tuning: LatticeTuning) -> list[str]:
    formats = Formats(select(None), tuning.specificity, tuning.rarity)
    return [decode_lattice(recognition, formats, tuning).text for recognition in found]


def score(sets: Lattices, tuning: LatticeTuning) -> float:
    """Return the mean over sources of exact plates; small sources weigh less (n ** .6)."""
    shares = [np.mean([a == b for a, b in zip(decoded(f, tuning), t, strict=True)]) for f, t in sets.values()]
    return float(np.average(shares, weights=[len(texts) ** 0.6 for _, texts in sets.values()]))


def told(read: Sequence[str], texts: Sequence[str]) -> str:
    exact = np.mean([a == b for a, b in zip(read, texts, strict=True)])
    folded = np.mean([fold(a) == fold(b) for a, b in zip(read, texts, strict=True)])
    return f"{exact:6.1%} ({folded:6.1%})"


if __name__ == "__main__":
    main()
