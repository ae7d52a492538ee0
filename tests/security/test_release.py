"""S1, S2, S4, S5: what is shipped and how it starts: weights, defaults, leaks, parts and secrets."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny
from serving_process import serving, tried

import walls
from platewise.vision.reader import Reader
from platewise.web import create_app

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "platewise"
DETECTORS = (
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SlackDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
)


@pytest.mark.wall("S1")
@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("cut", "sha256"),
        ("changed", "sha256"),
        ("pickle", "cannot be loaded|refus|ONNX"),
        ("no manifest", "manifest"),
        ("text", "manifest"),
    ],
)
def test_no_start_on_weights_that_are_none(tmp_path: Path, kind: str, told: str) -> None:
    folder = tiny.write(tmp_path)
    file, manifest = folder / "detector.onnx", folder / "manifest.json"
    data = file.read_bytes()
    if kind == "cut":
        file.write_bytes(data[:-10])
    elif kind == "changed":
        file.write_bytes(data[:-1] + b"x")
    elif kind == "pickle":
        evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "owned").encode() + b"'\ntR."
        file.write_bytes(evil)
        listed = json.loads(manifest.read_text())
        listed["models"]["detector"]["sha256"] = hashlib.sha256(evil).hexdigest()
        manifest.write_text(json.dumps(listed))
    elif kind == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("not json")
    environ = {"PLATEWISE_MODELS": str(folder), "PLATEWISE_DATA": str(tmp_path / "data")}
    done = tried(["serve", "--port", "1"], **environ)
    assert done.returncode == 3
    assert re.search(told, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "owned").exists()


@pytest.mark.wall("S1")
def test_nothing_unpickles(wall: walls.Wall) -> None:
    """Only training reads its own checkpoints, as tensors alone, and a cluster what its own driver wrote."""
    found = []
    for file in SOURCE.rglob("*.py"):
        text = file.read_text("utf-8")
        if re.search(r"\bpickle\b|marshal\.|shelve|allow_pickle=True|yaml\.load\(", text):
            found.append(file)
        for call in re.findall(r"torch\.load\([^)]*\)", text):
            assert file.parent.name == "train"
            assert "weights_only=True" in call, file
    assert [file for file in found if file.parent.name not in ("train", "batch")] == []
    wall.measured("5 kinds of damaged weights refused; 0 places that unpickle")


@pytest.mark.wall("S2")
def test_the_container_has_no_rights_that_it_does_not_need() -> None:
    built, composed = (ROOT / "Dockerfile").read_text(), (ROOT / "compose.yaml").read_text()
    users = re.findall(r"^USER (\S+)", built, re.M)
    assert users
    assert users[-1] not in ("root", "0")
    services = [one for one in re.split(r"\n  (?=\w+:)", composed) if "    build: ." in one]
    assert len(services) >= 2
    for one in services:
        assert "read_only: true" in one
        assert "cap_drop: [ALL]" in one
        assert "no-new-privileges:true" in one
    assert "POSTGRES_PASSWORD:?" in composed, "no default password"


@pytest.mark.wall("S2")
def test_a_fresh_server_hides_its_inside(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.ask("GET", "/console")[0] == 404  # werkzeug's debugger
        status, body, headers = server.ask("GET", "/nowhere")
        assert status == 404
        assert b"Werkzeug" not in body
        assert "python" not in headers["server"].lower()
        key = (tmp_path / "data" / "session.key").read_text()
    assert key not in server.log.read_text()
    assert len(set(key)) > 8


@pytest.mark.wall("S4")
def test_applications_that_are_closed_leave_nothing(
    tmp_path: Path, tiny_reader: Reader, wall: walls.Wall
) -> None:
    from platewise.store.opening import open_store

    settings = replace(tiny_reader.settings, data=tmp_path)
    store = open_store(settings.database_url, tmp_path / "images")
    reader = Reader(settings=settings)

    def once() -> None:
        opened = open_store(settings.database_url, tmp_path / "images")
        client = create_app(None, reader, opened).test_client()
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/reads").status_code == 200
        opened.close()

    for _ in range(3):
        once()
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(50):
        once()
    more = len(os.listdir("/proc/self/fd")) - files, threading.active_count() - threads
    store.close()
    wall.measured(f"50 applications: {more[0]:+d} descriptors, {more[1]:+d} threads")
    assert max(more) <= 2


@pytest.mark.wall("S5")
def test_the_code_has_no_weakness_that_a_linter_sees(wall: walls.Wall) -> None:
    """Which rules mean nothing here, and why, is in pyproject.toml."""
    line = [sys.executable, "-m", "ruff", "check", "--output-format", "json", str(ROOT / "src")]
    done = subprocess.run(line, check=False, capture_output=True, text=True, cwd=ROOT)
    found = [one for one in json.loads(done.stdout) if re.fullmatch(r"S\d+", one["code"])]
    assert [(one["filename"], one["code"]) for one in found] == []
    wall.measured("ruff S: 0 findings")


@pytest.mark.wall("S5")
def test_no_secret_is_in_the_sources(wall: walls.Wall) -> None:
    if find_spec("detect_secrets") is None:
        pytest.skip("needs detect-secrets (the [dev] extra)")
    files = subprocess.run(
        ["git", "ls-files", "src", "docs", "examples", "benchmarks", "*.yaml", "*.toml", "Makefile"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout.split()  # fmt: skip
    texts = [
        f for f in files if Path(f).suffix in (".py", ".toml", ".yaml", ".md", ".html", ".js", ".json", "")
    ]
    found = _secrets(texts)
    wall.measured(f"{len(texts)} files scanned: {len(found)} secrets")
    assert found == []


def _secrets(files: list[str]) -> list[str]:
    """Return where something looks like a secret; checksums and made-up examples are none."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import transient_settings

    with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
        hits = [(name, one) for name in files for one in scan_file(str(ROOT / name))]
    return [
        f"{name}:{one.line_number} {one.type}" for name, one in hits if not _is_example(name, one.line_number)
    ]


def _is_example(name: str, line: int) -> bool:
    """Tell whether a line shows how something is written: made-up names and passwords."""
    text = (ROOT / name).read_text("utf-8").splitlines()[line - 1]
    return bool(
        re.search(r"(?i):\W?(pass\w*|secret|change\w*|\.\.\.)\W?@|example|canary|\$\{|192\.0\.2\.", text)
    )


@pytest.mark.wall("S5")
def test_the_bill_of_materials_names_every_part(tmp_path: Path, wall: walls.Wall) -> None:
    if find_spec("cyclonedx_py") is None:
        pytest.skip("needs cyclonedx-bom (the [dev] extra)")
    out = tmp_path / "sbom.json"
    line = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--of",
        "JSON",
        "-o",
        str(out),
        sys.executable,
    ]
    subprocess.run(line, check=True, capture_output=True)
    told = json.loads(out.read_text())
    names = {one["name"].lower() for one in told["components"]}
    assert {"onnxruntime", "flask", "pillow", "sqlalchemy", "waitress"} <= names
    wall.measured(f"bill of materials: {len(names)} parts ({told['bomFormat']} {told['specVersion']})")


@pytest.mark.wall("S5")
def test_weaknesses_are_looked_up_or_it_is_said_that_they_were_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import known_weaknesses

    def answered(told: str) -> int:
        done = subprocess.CompletedProcess([], 0, told, "no route to host")
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
        return known_weaknesses.main()

    hole = {"name": "x", "version": "1", "vulns": [{"id": "CVE-1"}]}
    unknown = {"name": "y", "skip_reason": "not found"}
    assert answered(json.dumps({"dependencies": [hole, unknown]})) == 1
    assert "x 1: CVE-1" in capsys.readouterr().out
    assert answered(json.dumps({"dependencies": [{**hole, "vulns": []}]})) == 0
    assert "NOT" not in capsys.readouterr().out
    for silent in (json.dumps({"dependencies": [unknown]}), "", "<html>"):
        assert answered(silent) == 0
        assert "were NOT looked up" in capsys.readouterr().out
