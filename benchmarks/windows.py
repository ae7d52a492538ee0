"""``python -m benchmarks.windows``: the pipeline ``window`` on its own drawn test set, as JSON too.

The windows are those that ``platewise synth windows`` writes with the seed that training keeps for checks.
"""

import argparse
import json
from collections.abc import Sequence

from benchmarks.latency.run import RESULTS, commit, machine

from platewise import Reader, clock
from platewise.core.plate import normalise
from platewise.regions.library import select
from platewise.synth.windows import Window, windows
from platewise.train.binomial import interval

SEED = 1_000_000


def main() -> None:
    """Measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    reader = Reader(pipeline="window", regions="gb")
    figures = measure(reader, list(windows(options.count, options.seed, select(["gb"]))))
    result = {
        "benchmark": "windows", "commit": commit(), "seed": options.seed, "count": options.count,
        "measured_at": clock.now().isoformat(timespec="seconds"), "machine": machine(),
        "weights": getattr(reader.pipeline, "version", ""), **figures,
    }  # fmt: skip
    (RESULTS / "windows.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(json.dumps(figures, indent=2))


def measure(reader: Reader, shots: Sequence[Window]) -> dict[str, object]:
    """Return the shares of whole plates found, and found and read, and of others that are taken for such."""
    said = [[read.plate.text if read.plate else "" for read in reader.read(shot.pixels)] for shot in shots]
    whole = [(shot, texts) for shot, texts in zip(shots, said, strict=True) if shot.present]
    right = sum(normalise(shot.text) in texts for shot, texts in whole)
    others = [texts for shot, texts in zip(shots, said, strict=True) if not shot.present]
    return {
        "whole_plates": len(whole),
        "found": round(sum(map(bool, (texts for _, texts in whole))) / len(whole), 4),
        "found_and_read": round(right / len(whole), 4),
        "range_95": [round(share, 3) for share in interval(right, len(whole))],
        "others": len(others),
        "others_taken_for_whole": round(sum(map(bool, others)) / len(others), 4),
    }


if __name__ == "__main__":
    main()
