"""Known weaknesses of what is installed, by pip-audit. Ends with 1 where there is one.

Where the advisory service cannot be asked, that is said loudly, and it ends with 0: no answer is no finding.
"""

import json
import subprocess
import sys
from typing import Any

LINE = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner=off", "--timeout=10"]


def main() -> int:
    """Ask, and tell."""
    try:
        done = subprocess.run(
            [*LINE, "--format=json"], capture_output=True, text=True, check=False, timeout=300
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return _unasked("it does not answer")
    except ValueError:
        return _unasked((done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1][:200])
    asked = [one for one in packages if "vulns" in one]
    if not asked:
        return _unasked(f"it knows none of {len(packages)} packages")
    weak = [(one["name"], one["version"], hole["id"]) for one in asked for hole in one["vulns"]]
    for name, version, hole in weak:
        print(f"{name} {version}: {hole}")
    print(f"{len(asked)} packages looked up, {len(packages) - len(asked)} unknown, {len(weak)} weaknesses")
    return int(bool(weak))


def _unasked(why: str) -> int:
    print(f"WARNING: known weaknesses were NOT looked up, the advisory service cannot be asked: {why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
