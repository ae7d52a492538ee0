"""``platewise evidence``: as somebody uses it who has never seen it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from store_samples import keep

from platewise.cli.main import build
from platewise.store.opening import open_store


def test_a_read_is_exported_checked_and_a_change_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEWISE_DATA", str(tmp_path / "data"))
    store = open_store(f"sqlite:///{tmp_path}/data/platewise.sqlite3", tmp_path / "data" / "images")
    with store.writing() as unit:
        keep(unit, "AB12CDE")
    store.close()
    file = tmp_path / "read-1.zip"

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(build(), ["evidence", *words])
        return result.exit_code, result.output

    assert run("export", "1", str(file))[0] == 0
    assert file.stat().st_mode & 0o077 == 0
    key, fingerprint = run("key")[1].splitlines()
    code, told = run("verify", str(file), "--key", key)
    assert (code, fingerprint.split()[1] in told, "Anybody" in told) == (0, True, False)
    assert "Anybody can sign" in run("verify", str(file))[1]
    data = bytearray(file.read_bytes())
    data[data.index(b"AB12CDE")] ^= 1
    file.write_bytes(data)
    code, told = run("verify", str(file), "--key", key)
    assert (code, told.count("\n")) == (2, 1)
    assert run("export", "99", str(file)) == (2, "platewise: there is no read 99\n")
