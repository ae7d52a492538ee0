"""The walls: what is asked of reliability and security, what was measured, and whether it holds.

A test says which walls it is part of with ``@pytest.mark.wall("D5")`` and tells its figure with the fixture
``wall``. ``make walls`` runs them all and prints the table. ``make soak`` and ``make fuzz`` run the long
sizes; each can also be set by itself, as PLATEWISE_KILLS=1000.
"""

import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

LONG = os.environ.get("PLATEWISE_WALLS") == "long"
RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"

ASKED = {
    "U1": "malformed pictures over HTTP: 0 deaths, 0 5xx, 0 answers over 5 s, memory drift under 50 MB",
    "U2": "20 bombs: refused from the header, p99 under 50 ms, under 20 MB more memory",
    "U3": "too large in every way: 413 within 100 ms of the limit, no temporary file left",
    "U4": "20 wrong types named .jpg: 415 each, no program started",
    "U5": "8 orientations upright; no byte of metadata in anything stored or served",
    "U6": "60 hostile file names: names are our own, nothing outside the data folder or overwritten",
    "U7": "decoder killed 100 times: that request 422/503, others answered, back within 2 s",
    "H1": "64 slow senders, 16 slow readers: /healthz p99 under 200 ms, good uploads 100 %, cut by 30 s",
    "H2": "10x overload: 503 with Retry-After in under 50 ms, goodput at least 90 %, normal within 5 s",
    "H3": "rate limits exact within 1, over all workers, evaded by no header",
    "H4": "any request of the OpenAPI document: 0 5xx, 0 schema breaks, 0 undocumented routes",
    "H5": "every route x every caller: 100 % of cells; a route without a policy stops the start",
    "H6": "tokens 256 bits, hashed; revoked within 1 s; canaries nowhere; unknown user within 5 %",
    "H7": "forged requests accepted: 0; with a token alone: 100 %; looking changes nothing",
    "H8": "60 XSS payloads in page, JSON, bot, CSV: 0 executed; strict CSP on every answer",
    "H9": "100 SQL payloads in every text: as plain text; no query built from strings",
    "H10": "80 times in path and query: 200 or 400; the turns of the clock as written down",
    "H11": "plate lists of any kind: order kept, 201 refused, bad bytes refused",
    "H12": "a fault in any view: one JSON shape, nothing of the inside, request id in the log",
    "H13": "smuggling: 400/431/413, never a second answer",
    "C1": "8 camera failures: stall seen within 10 s, back within 5 s, 1 offline + 1 online, no leak",
    "C2": "a read that never returns: child killed within 10 s, other cameras undisturbed",
    "C3": "engine too slow: newest frame, age under 500 ms, captured = read + dropped",
    "C4": "40 camera addresses that are none: 0 accepted; camera passwords nowhere",
    "C5": "clock steps: order by the stream, no negative or doubled stay",
    "C6": "soak of 4 cameras: memory under 1 MB/h, descriptors flat, no sighting missed",
    "D1": "killed writers: nothing acknowledged lost, no half events, healthy within 5 s",
    "D2": "power cut: at least one sync a commit",
    "D3": "disk full: 507/503, nothing acknowledged lost, heals without a restart, pictures go first",
    "D4": "8 writers + 8 readers: 0 locked, write p99 under 100 ms, every write IMMEDIATE",
    "D5": "capacity race, 8 x 400 cars, 100 places: exactly 100 each round",
    "D6": "the same car told 8 times at once; in at A while out at B: one stay, equal answers",
    "D7": "Idempotency-Key: same bytes, other body refused, no second effect, for 24 h",
    "D8": "any history of a car park equals the dicts; occupancy sound; replay = state",
    "D9": "migrations killed mid-way lose no row; backup while writing restores equal",
    "D10": "an erased plate: 0 hits in database, journal, pictures, outbox, logs",
    "D11": "a reader of long breath during 10,000 writes: journal under 64 MB, emptied within 10 s",
    "T1": "Telegram fails in every way, bot killed: each photo answered, each counted once",
    "T2": "the same update 10 times, out of order, edited, album of 10: one effect each",
    "T3": "strangers and roles of the bot: 0 leaks, 100 % of the matrix",
    "T4": "bot token through every exception: 0 hits",
    "T5": "stickers, videos, 20 MB, markup: polite answers, 0 crashes",
    "W1": "Standard Webhooks vectors, 300 s, two keys: 100 % with the reference library",
    "W2": "retries at the 10 times; 3xx not followed; 410 disables; dead letters replayed",
    "W3": "dispatcher killed: 100 % delivered, same id, at most 1 twice a kill, order kept",
    "W4": "60 addresses inside: 0 sockets opened; the checked address is the one connected to",
    "W5": "a dead receiver with 10,000 waiting: others p99 under 1 s",
    "W6": "broker killed, QoS 1: 0 lost, last will, retained state after",
    "S1": "weights that are damaged or pickles: start refused with the reason",
    "S2": "fresh install: no default secret, no stranger's address without an account, no debug",
    "S3": "SIGTERM with 50 in flight: 0 acknowledged lost, ended within 30 s",
    "S4": "application made and closed 50 times: descriptors +2, threads +2",
    "S5": "ruff S clean, 0 secrets, bill of materials, known weaknesses looked up",
}


def size(name: str, quick: int, long: int) -> int:
    """Return how much of a test to do: PLATEWISE_<name>, else its long or its quick size."""
    return int(os.environ.get(f"PLATEWISE_{name}", long if LONG else quick))


def note(item: pytest.Item) -> None:
    """Write into a test's properties which walls it is part of."""
    for mark in item.iter_markers("wall"):
        for name in mark.args:
            if name not in ASKED:
                raise pytest.UsageError(f"{item.nodeid}: there is no wall {name}")
            item.user_properties.append(("wall", name))


class Wall:
    """Takes the figures of one test."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def measured(self, figure: str, short: str = "") -> None:
        """Say what was measured, in a few words; ``short`` says why it is short of what is asked.

        Times depend on what else a machine does: a test fails where something is wrong, the table also tells
        where a machine was too slow to reach the figure.
        """
        self._item.user_properties.append(("measured", figure))
        if short:
            self._item.user_properties.append(("short", short))


class Table:
    """Gathers what the tests say: a plugin of pytest."""

    def __init__(self) -> None:
        self.passed: dict[str, int] = defaultdict(int)
        self.failed: dict[str, list[str]] = defaultdict(list)
        self.figures: dict[str, list[str]] = defaultdict(list)
        self.shorts: dict[str, list[str]] = defaultdict(list)
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the result of a test, and what broke before or after it."""
        told = list(report.user_properties)
        for name in [str(value) for key, value in told if key == "wall"]:
            self.seconds[name] += report.duration
            if report.failed or report.skipped:
                self.failed[name].append(report.nodeid.rpartition("::")[2])
            elif report.when == "call":
                self.passed[name] += 1
                self.figures[name] += [str(value) for key, value in told if key == "measured"]
                self.shorts[name] += [str(value) for key, value in told if key == "short"]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each wall."""
        return [self._row(name) for name in ASKED]

    def _row(self, name: str) -> dict[str, Any]:
        tests, broken = self.passed[name], self.failed[name]
        short = [f"SHORT: {why}" for why in self.shorts[name]]
        result = "fail" if broken else "missing" if not tests else "short" if short else "pass"
        held = f"{tests} of {tests + len(broken)} tests hold"
        figures = [*dict.fromkeys(self.figures[name]), *([held] if tests + len(broken) else [])]
        told = "; ".join(figures + short + [f"failed: {', '.join(broken)}"] * bool(broken))
        row = {"id": name, "asked": ASKED[name], "measured": told, "result": result}
        return {**row, "tests": tests + len(broken), "seconds": round(self.seconds[name], 1)}


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid(title=f"The walls, {'long' if LONG else 'quick'} sizes", show_lines=True)
    for column in ("id", "asked", "measured", "result"):
        grid.add_column(column)
    colours = {"pass": "green", "short": "yellow", "fail": "red", "missing": "red"}
    for row in rows:
        style = colours[row["result"]]
        grid.add_row(row["id"], row["asked"], row["measured"], f"[{style}]{row['result']}[/]")
    Console(width=None if sys.stdout.isatty() else 160).print(grid)


def _save(rows: list[dict[str, Any]]) -> None:
    line = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(line, capture_output=True, text=True, check=False).stdout.strip()
    about = {
        "command": f"make {'soak' if LONG else 'walls'}",
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit,
        "load": f"{os.getloadavg()[2]:.1f} programs wanted to run, on the average of the last 15 minutes",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "seconds": round(sum(row["seconds"] for row in rows), 1),
    }
    file = RESULTS / ("walls-long.json" if LONG else "walls.json")
    if LONG and file.exists():  # hours of them are run in parts
        kept = {row["id"]: row for row in json.loads(file.read_text())["walls"]}
        rows = [kept.get(row["id"], row) if row["result"] == "missing" else row for row in rows]
    file.write_text(json.dumps({**about, "walls": rows}, indent=1, ensure_ascii=False) + "\n")
    import walls_page

    walls_page.write()


def main(arguments: list[str]) -> int:
    """Run the tests that carry the mark, print the table, keep it; fail where a wall fails or is missing.

    A wall that is ``short`` held, but this machine did not reach its figure.
    """
    sys.path.insert(0, str(Path(__file__).parent.parent))  # as ``python -m pytest`` does
    table = Table()
    code = pytest.main(["-m", "wall", *arguments], plugins=[table])
    rows = table.rows()
    _print(rows)
    results = ("pass", "short", "fail", "missing")
    count = {result: sum(row["result"] == result for row in rows) for result in results}
    if LONG or not count["missing"]:  # a part of the quick tests is no record
        _save(rows)
    print(", ".join(f"{number} {result}" for result, number in count.items()), f"of {len(rows)}")
    return int(code) or int(bool(count["fail"] or count["missing"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
