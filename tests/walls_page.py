"""Writes docs/why/walls.md: the tables of the walls as they were last measured.

``make walls``, ``make soak`` and ``make fuzz`` write their figures to benchmarks/results, and this page anew.
"""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "why" / "walls.md"
HEAD = """# What is promised of reliability and security, and what was measured

Each wall has an id, what is asked of it, and tests that carry its id. `make walls` runs them and writes this
page; `make test` runs them among all others; `make soak` runs them at their long sizes; `make fuzz` searches
for what breaks decoding or the API.

- **pass**: all tests hold, and every figure that is asked was reached.
- **short**: all tests hold, but this machine, at that moment, did not reach a time that is asked, or a size
  that takes hours was not run. The cause stands beside it. A test fails only where something is wrong, never
  because a machine is slow.
- **fail**: a test does not hold.

Who attacks, and what is not protected: [SECURITY.md](../../SECURITY.md).
"""


def write() -> None:
    """Write the page from the figures that are there."""
    parts = [HEAD]
    for name, title in (("walls", "The quick sizes"), ("walls-long", "Long sizes that were run")):
        if (file := RESULTS / f"{name}.json").exists():
            parts.append(_table(title, json.loads(file.read_text("utf-8"))))
    if (file := RESULTS / "fuzz.json").exists():
        parts.append(_fuzz(json.loads(file.read_text("utf-8"))))
    parts.append(_sizes())
    PAGE.write_text("\n".join(parts), "utf-8")


def _table(title: str, told: dict[str, Any]) -> str:
    rows = [row for row in told["walls"] if row["result"] != "missing"]
    count = [f"{sum(row['result'] == kind for row in rows)} {kind}" for kind in ("pass", "short", "fail")]
    lines = [
        f"## {title}",
        "",
        f"{', '.join(count)} of {len(rows)}. {_about(told)}",
        "",
        "| id | asked | measured | result |",
        "|---|---|---|---|",
        *(
            f"| {row['id']} | {_cell(row['asked'])} | {_cell(row['measured'])} | {row['result']} |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def _sizes() -> str:
    """Return how much the quick and the long tests do, as the tests themselves say it."""
    call = re.compile(r'walls\.size\("(\w+)", ([\d_]+), ([\d_]+)\)')
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, quick, long in call.findall(file.read_text("utf-8")):
            if quick != long:
                found[name] = f"{int(quick):,} / {int(long):,}"
    told = " · ".join(f"`{name}` {sizes}" for name, sizes in sorted(found.items()))
    return f"## How much is done, quick / long\n\n{told}\n\n`PLATEWISE_<name>=7` sets one by itself.\n"


def _about(told: dict[str, Any]) -> str:
    names = ("command", "date", "commit", "machine", "load", "python")
    return "; ".join(f"{name} {told[name]}" for name in names if told.get(name)) + "."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _fuzz(told: dict[str, Any]) -> str:
    lines = ["## Searching for what breaks it", "", f"{_about(told)}", ""]
    lines += [
        "| part | files or requests | a second | deaths | 5xx | other than promised | slowest | memory |"
    ]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for name, part in told["parts"].items():
        cells = [
            name,
            part.get("files", part.get("requests", part.get("skipped", ""))),
            part.get("per_s", ""),
        ]
        cells += [part.get(key, "") for key in ("deaths", "server_errors", "other_than_promised")]
        cells += [f"{part['slowest_ms']} ms" if "slowest_ms" in part else ""]
        cells += [f"{part['memory_mb']:+} MB" if "memory_mb" in part else ""]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    files = told["corpus"]
    lines += ["", f"Files in `tests/corpus` that once broke something: {files}. The tests send them first."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write()
