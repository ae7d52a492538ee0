"""Events in files: each line once and whole, whoever is killed or moves the file away."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest
from receivers import event, means

from platewise.errors import InputError, OutputError
from platewise.outputs.file import COLUMNS, File
from platewise.outputs.messages import id_of

FORMS = pytest.mark.parametrize("name", ["events.csv", "events.jsonl"])


def ids(path: Path) -> list[str]:
    text = path.read_text()
    if path.name.startswith("events.csv"):
        return [row["id"] for row in csv.DictReader(text.splitlines())]
    return [json.loads(line)["id"] for line in text.splitlines()]


def output(folder: Path, name: str) -> File:
    return File("log", {"file": name}, folder)


@FORMS
def test_a_line_for_each_event_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / "events" / name
    for number in (1, 2, 1, 3, 3, 2):
        output(path.parent, name).deliver(event(number))
    assert ids(path) == [id_of(event(number)) for number in (1, 2, 3)]
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_spreadsheet_would_run_is_text(tmp_path: Path) -> None:
    output(tmp_path, "events.csv").deliver(event(camera="=1+1", gate="a,b"))
    (row,) = csv.DictReader((tmp_path / "events.csv").read_text().splitlines())
    assert list(row) == list(COLUMNS)
    assert (row["camera"], row["gate"], row["plate"]) == ("'=1+1", "a,b", "AB12CDE")


@FORMS
def test_a_torn_line_is_written_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for number in (1, 2):
        output(tmp_path, name).deliver(event(number))
    whole = path.read_bytes()
    for cut in (1, 10, 60):
        path.write_bytes(whole[:-cut])
        output(tmp_path, name).deliver(event(2))
        assert path.read_bytes() == whole
    path.write_bytes(whole[:5])
    output(tmp_path, name).deliver(event(1))
    assert ids(path) == [id_of(event(1))]


@FORMS
def test_a_file_that_was_moved_away(tmp_path: Path, name: str) -> None:
    log, path = output(tmp_path, name), tmp_path / name
    log.deliver(event(1))
    path.rename(tmp_path / f"{name}.1")
    log.deliver(event(1))  # it was killed before it could note the arrival
    log.deliver(event(2))
    assert ids(tmp_path / f"{name}.1") == [id_of(event(1))]
    assert ids(path) == [id_of(event(2))]


@FORMS
def test_processes_killed_at_any_moment_write_each_event_once(tmp_path: Path, name: str) -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests/unit/outputs')\n"
        "from pathlib import Path; from receivers import event; from platewise.outputs.file import File\n"
        f"log = File('log', {{'file': {name!r}}}, Path({str(tmp_path)!r}))\n"
        "for number in range(int(sys.argv[1]), 10**6): log.deliver(event(number)); print(number, flush=True)"
    )
    noted = 1
    for kill in range(6):
        line = [sys.executable, "-c", program, str(noted)]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as sender:
            assert sender.stdout
            noted = int(sender.stdout.readline())
            sleep(0.01 * kill)
            sender.kill()
            noted = max([noted, *map(int, sender.stdout.read().splitlines())])  # as the outbox would know it
    written = ids(tmp_path / name)
    assert len(written) == len(set(written)) >= noted > 6
    assert written == [id_of(event(number)) for number in range(1, len(written) + 1)]


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("")
    with pytest.raises(OutputError) as error:
        output(tmp_path / "events", "events.csv").deliver(event())
    assert error.value.fate == "wait"


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="links")
def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "events.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError):
        output(tmp_path, "events.csv").deliver(event())
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "name", ["", "events.txt", "../events.csv", "/etc/x.csv", ".x.csv", "a/b.csv", "a.csv\n"]
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="option file"):
        output(tmp_path, name)


def test_without_a_folder_there_is_no_file() -> None:
    with pytest.raises(InputError, match="platewise serve"):
        File("log", {"file": "events.csv"}, means().folder)
