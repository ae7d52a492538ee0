"""Damaged pictures and odd requests for as long as is asked; what breaks something is kept in tests/corpus.

``make fuzz`` runs it: half of the time on decoding alone, guided by coverage where atheris is installed
(``pip install atheris``), else by the mutators of the tests; the other half over HTTP.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS.parent / "src"), *(str(TESTS / room) for room in ("", "faults", "unit/vision"))]

from mutants import CORPUS, mutants, seeds  # noqa: E402

from platewise.clock import ticks  # noqa: E402
from platewise.errors import ImageError  # noqa: E402
from platewise.settings import Settings  # noqa: E402
from platewise.vision.decode import decode  # noqa: E402

LIMITS = Settings(max_pixels=4_000_000, max_side=4_000)
SLOWEST_S = 5.0


def one(data: bytes) -> bool:
    """Decode a file; tell whether it is a picture. Anything but that or ImageError is a finding."""
    start = ticks()
    try:
        decode(data, LIMITS)
    except ImageError:
        return False
    finally:
        if ticks() - start > SLOWEST_S:
            keep(data)
    return True


def keep(data: bytes) -> Path:
    """Keep a file that broke something: the tests send it first from then on."""
    path = CORPUS / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
    path.write_bytes(data)
    return path


def guided(seconds: int, scratch: Path) -> None:
    """Let atheris search; its process ends itself when the time is over."""
    import atheris

    scratch.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds()):
        (scratch / f"seed{number}").write_bytes(data)
    options = [f"-max_total_time={seconds}", "-max_len=20000", "-rss_limit_mb=3000", "-timeout=10"]
    options += [f"-artifact_prefix={CORPUS}/", "-print_final_stats=1", str(scratch)]
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *options], lambda data: one(bytes(data)) and None)
    atheris.Fuzz()


def by_hand(seconds: float, seed: int) -> Counter[str]:
    """Damage files in all the ways that the tests know."""
    rng, seen, until = random.Random(seed), Counter[str](), ticks() + seconds
    while ticks() < until:
        for data in mutants(rng, 100):
            try:
                seen["picture" if one(data) else "refused"] += 1
            except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
                seen["broken"] += 1
                print(f"{keep(data)}: {error!r}")
    return seen


def over_http(seconds: float, seed: int) -> int:
    """Send damaged files and odd requests to a server."""
    environ = {**os.environ, "PLATEWISE_SEED": str(seed), "PLATEWISE_MUTANTS": str(int(seconds * 60))}
    environ["PLATEWISE_CASES"] = str(max(12, int(seconds / 4)))
    names = ["tests/faults/test_upload_fuzz.py", "tests/api/test_schema.py"]
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names]
    return subprocess.run(line, check=False, cwd=TESTS.parent, env=environ).returncode


def main() -> int:
    """Search; return 1 where something broke."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=30)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--guided", type=int, default=0, help="seconds, for the process that atheris owns")
    given = asked.parse_args()
    scratch = TESTS.parent / "runs" / "fuzz"
    if given.guided:
        guided(given.guided, scratch)
    half = given.minutes * 30
    try:
        import atheris  # noqa: F401
    except ModuleNotFoundError:
        seen = by_hand(half, given.seed)
        print(f"decoding, {half:.0f} s without coverage (pip install atheris guides it): {dict(seen)}")
        broken = seen["broken"]
    else:
        line = [sys.executable, __file__, "--guided", str(int(half))]
        broken = subprocess.run(line, check=False).returncode
    return int(bool(broken or over_http(half, given.seed)))


if __name__ == "__main__":
    sys.exit(main())
