"""Damaged pictures and odd requests for as long as is asked; what breaks something is kept in tests/corpus.

``make fuzz`` runs it, each part for a third of the time: decoding alone (half of that guided by coverage
where atheris has a build for the machine), uploads to ``platewise serve``, and requests to it,
sound and unsound ones, of the OpenAPI document. It ends with 1 where something died, a server answered 5xx,
or an answer was another than the document promises. The figures of 30 minutes and more are kept in
benchmarks/results/fuzz.json.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
ROOMS = (TESTS.parent / "src", TESTS, TESTS / "faults", TESTS / "unit" / "vision")
sys.path[:0] = [str(room) for room in ROOMS]

from mutants import CORPUS, kept, mutants, seeds  # noqa: E402
from serving_process import ServerProcess, serving  # noqa: E402

import walls_page  # noqa: E402
from platewise.clock import now, ticks  # noqa: E402
from platewise.errors import DecoderDied, ImageError  # noqa: E402
from platewise.settings import Settings  # noqa: E402
from platewise.vision.decode import decode  # noqa: E402

RESULTS = TESTS.parent / "benchmarks" / "results" / "fuzz.json"
LIMITS = Settings(max_pixels=4_000_000, max_side=4_000)
SLOWEST_S = 5.0
EXPECTED = {200, 400, 413, 415, 422}
AT_ONCE = 5
"""Requests of one operation, before it is the turn of the next."""
ENDLESS = ["/v1/events"]


def keep(data: bytes, why: str) -> None:
    """Keep a file that broke something: the tests send it first from then on."""
    path = CORPUS / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
    path.write_bytes(data)
    print(f"{path}: {why}", flush=True)


def decoding(seconds: float, rng: random.Random) -> dict[str, Any]:
    """Decode damaged files as uploads are: a death is one of a worker's, and told."""
    from platewise.vision.sandbox import Sandbox

    sandbox, seen, slowest, until = Sandbox(LIMITS), Counter[str](), 0.0, ticks() + seconds
    for data in chain(kept(), _endless(rng)):
        start = ticks()
        try:
            sandbox(data)
            seen["decoded"] += 1
        except DecoderDied as error:
            seen["deaths"] += 1
            keep(data, str(error))
        except ImageError:
            seen["refused"] += 1
        slowest = max(slowest, ticks() - start)
        if ticks() > until:
            break
    sandbox.close()
    told = {name: seen[name] for name in ("decoded", "refused", "deaths")}
    return {"files": seen.total(), "per_s": round(seen.total() / seconds), **told, **_slow(slowest)}


def _endless(rng: random.Random) -> Iterator[bytes]:
    while True:
        yield from mutants(rng, 100)


def _slow(seconds: float) -> dict[str, float]:
    return {"slowest_ms": round(seconds * 1e3)}


def guided(seconds: int) -> dict[str, Any]:
    """Let atheris search in a process of its own; what breaks it lands in the corpus."""
    try:
        import atheris  # noqa: F401
    except ModuleNotFoundError:
        return {"skipped": "atheris has no build for this machine"}
    line = [sys.executable, __file__, "--guided", str(seconds)]
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([*line, "--scratch", scratch], check=False, capture_output=True, text=True)
        found = [file for file in Path(scratch).glob("found/*") if file.is_file()]
        for file in found:
            keep(file.read_bytes(), file.name)
    told = dict(line.split("::")[1].split(":") for line in done.stderr.splitlines() if "stat::" in line)
    runs = int(told.get("number_of_executed_units", 0))
    if done.returncode:
        print(done.stderr[-3000:])
    return {"files": runs, "per_s": round(runs / seconds), "deaths": len(found) or int(done.returncode != 0)}


def search(seconds: int, scratch: Path) -> None:
    """Search, as the process that atheris owns: it ends itself when the time is over."""
    import atheris

    places = [scratch / "seeds", scratch / "found"]
    for place in places:
        place.mkdir()
    for number, data in enumerate(seeds()):
        (places[0] / str(number)).write_bytes(data)

    def one(data: bytes) -> None:
        with suppress(ImageError):
            decode(data, LIMITS)

    options = [f"-max_total_time={seconds}", "-max_len=20000", "-rss_limit_mb=2000", "-timeout=10"]
    options += [f"-artifact_prefix={places[1]}/", "-print_final_stats=1", str(places[0])]
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def uploads(server: ServerProcess, seconds: float, rng: random.Random) -> dict[str, Any]:
    """Upload damaged files."""
    seen, slowest, until, before = Counter[int](), 0.0, ticks() + seconds, server.memory
    for number, data in enumerate(chain(kept(), _endless(rng))):
        if number == 300:
            before = server.memory
        start, status = ticks(), 0
        with suppress(OSError):
            status = server.send(data)[0]
        took = ticks() - start
        seen[status], slowest = seen[status] + 1, max(slowest, took)
        if status not in EXPECTED or took > SLOWEST_S:
            keep(data, f"status {status} after {took:.1f} s")
        if ticks() > until or server.process.poll() is not None:
            break
    drift = round((server.memory - before) / 2**20, 1)
    return {**_told(seen, seconds), **_slow(slowest), "memory_mb": drift, **_fate(server)}


def requests(server: ServerProcess, seconds: float, seed: int) -> dict[str, Any]:
    """Send requests that the document allows, and such that it does not, of every operation in turn."""
    import schemathesis

    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    operations = [one.ok() for one in schema.exclude(path=ENDLESS).get_all_operations()]
    modes = [schemathesis.GenerationMode[mode] for mode in ("POSITIVE", "NEGATIVE")]
    cases = [one.as_strategy(generation_mode=mode) for one in operations for mode in modes]
    seen, broken, until = Counter[int](), list[str](), ticks() + seconds
    for number in count(seed * len(cases)):
        _probe(cases[number % len(cases)], number, seen, broken)
        if ticks() > until or server.process.poll() is not None:
            break
    told = sorted(set(broken))
    for problem in told:
        print(problem, flush=True)
    rounds = round((number + 1) / len(cases) - seed, 1)
    figures = {"operations": len(operations), "rounds": rounds, "other_than_promised": len(told)}
    return {**_told(seen, seconds), **figures, **_fate(server)}


def _probe(cases: Any, turn: int, seen: Counter[int], broken: list[str]) -> None:
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Unsatisfiable
    from requests import RequestException
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.specs.openapi import checks as said

    checks = [not_a_server_error, said.status_code_conformance, said.content_type_conformance]
    checks.append(said.response_schema_conformance)

    @seed(turn)
    @given(cases)
    @settings(
        max_examples=AT_ONCE,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def probe(case: Any) -> None:
        try:
            answer = case.call(timeout=60)
            seen[answer.status_code] += 1
            case.validate_response(answer, checks=checks)
        except (Failure, FailureGroup) as error:
            broken.append(f"{case.operation.label}: {str(error)[:1500]}")
        except RequestException as error:
            seen[0] += 1
            broken.append(f"{case.operation.label}: no answer: {str(error)[:300]}")

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that says nothing
        probe()


def _told(seen: Counter[int], seconds: float) -> dict[str, Any]:
    errors = sum(count for status, count in seen.items() if status >= 500)
    statuses = {str(status): seen[status] for status in sorted(seen)}
    rate = round(seen.total() / seconds, 1)
    return {"requests": seen.total(), "per_s": rate, "statuses": statuses, "server_errors": errors}


def _fate(server: ServerProcess) -> dict[str, int]:
    faults = server.log.read_text(errors="replace").count("Traceback")
    return {"deaths": int(server.process.poll() is not None), "tracebacks_in_log": faults}


def run(minutes: float, seed: int, only: str | None) -> dict[str, Any]:
    """Do all of it, or one part, and return the figures."""
    third, found = minutes * 20, dict[str, Any]()
    if only in (None, "decoding"):
        found["guided decoding"] = guided(int(third / 2))
        rest = third if "skipped" in found["guided decoding"] else third / 2
        found["decoding"] = decoding(rest, random.Random(seed))
    if only in (None, "uploads"):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder), reads_per_minute=0) as server:
            found["uploads"] = uploads(server, third, random.Random(seed))
    if only in (None, "requests"):
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder), reads_per_minute=0) as server:
            found["requests"] = requests(server, third, seed)
    return found


def _sound(part: dict[str, Any]) -> bool:
    bad = ("deaths", "server_errors", "other_than_promised", "tracebacks_in_log")
    return not any(part.get(name) for name in bad) and not part.get("statuses", {}).get("0")


def _save(minutes: float, seed: int, parts: dict[str, Any]) -> None:
    line = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(line, capture_output=True, text=True, check=False).stdout.strip()
    about = {"command": f"make fuzz MINUTES={minutes:g}", "date": f"{now():%Y-%m-%d}", "commit": commit}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    about["load"] = f"{os.getloadavg()[2]:.1f} programs wanted to run, on the average of the last 15 minutes"
    told = {**about, "machine": machine, "python": platform.python_version(), "seed": seed}
    RESULTS.write_text(json.dumps({**told, "corpus": len(kept()), "parts": parts}, indent=1) + "\n")
    walls_page.write()


def main() -> int:
    """Search; return 1 where something broke."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=30)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", choices=("decoding", "uploads", "requests"), help="one part of the three")
    asked.add_argument("--guided", type=int, default=0, help="seconds, for the process that atheris owns")
    asked.add_argument("--scratch", type=Path)
    given = asked.parse_args()
    if given.guided:
        search(given.guided, given.scratch)
    parts = run(given.minutes, given.seed, given.only)
    print(json.dumps(parts, indent=1))
    if given.minutes >= 30 and not given.only:
        _save(given.minutes, given.seed, parts)
    return int(not all(map(_sound, parts.values())))


if __name__ == "__main__":
    sys.exit(main())
