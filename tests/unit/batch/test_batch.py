"""``platewise batch`` on one machine: what comes out, and that it goes on where it was."""

import csv
import json
import os
import signal
from concurrent.futures import wait

import pyarrow.parquet as pq
import pytest
from many import shard

from platewise import clock
from platewise.batch import local, tuning, work
from platewise.batch.files import whole
from platewise.batch.items import Item, load
from platewise.batch.local import Setting, opened
from platewise.batch.work import Job, Worker
from platewise.store.opening import open_store
from platewise.store.queries import SightingQuery
from platewise.vision import environment


def lines(out):
    found = [line for path in sorted(out.glob("part-*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in found]


def test_reads_are_those_of_read(platewise, folder):
    assert platewise(folder, "--out", "run", "--format", "jsonl", "--chunk", 3, "--workers", 2).exit_code == 0
    records = lines(folder.parent / "run")
    assert [len(record["reads"]) for record in records] == [0, 2, 1, 0, 1, 0, 2]
    assert {read["plate"] for record in records for read in record["reads"]} == {"AB12CDE"}
    assert len(list((folder.parent / "run").glob("part-*.jsonl"))) == 3


def test_parquet_and_csv_have_a_row_a_read_and_one_for_a_picture_without(platewise, folder):
    assert platewise(folder, "--out", "p").exit_code == 0
    rows = pq.read_table(folder.parent / "p").to_pylist()  # the folder as one table
    assert [row["plate"] for row in rows].count("AB12CDE") == 6
    assert len(rows) == 9
    assert rows[1]["quad"][0] == pytest.approx(rows[1]["box"][:2], abs=1)
    assert platewise(folder, "--out", "c", "--format", "csv").exit_code == 0
    with (folder.parent / "c" / "part-000000.csv").open() as file:
        assert [row["plate"] for row in csv.DictReader(file)] == [row["plate"] or "" for row in rows]


def test_a_finished_run_reads_nothing_again(platewise, folder):
    platewise(folder, "--out", "run")
    written = (folder.parent / "run" / "part-000000.parquet").stat().st_mtime_ns
    again = platewise(folder, "--out", "run")
    assert again.exit_code == 0
    assert "0 pictures" in again.output
    assert "7 were done before" in again.output
    assert (folder.parent / "run" / "part-000000.parquet").stat().st_mtime_ns == written


def test_a_part_that_is_gone_is_read_again_and_new_pictures_are_not(platewise, folder):
    platewise(folder, "--out", "run", "--format", "jsonl", "--chunk", 2, "--workers", 1)
    before = [record["image"] for record in lines(folder.parent / "run")]
    (folder.parent / "run" / "part-000001.jsonl").unlink()
    (folder.parent / "run" / "_part-000003.jsonl.draft").write_text("half a li")
    (folder / "0" / "00.jpg").write_bytes((folder / "0" / "0.jpg").read_bytes())
    assert (
        "2 pictures"
        in platewise(folder, "--out", "run", "--format", "jsonl", "--chunk", 2, "--workers", 1).output
    )
    assert [record["image"] for record in lines(folder.parent / "run")] == before
    assert not list((folder.parent / "run").glob("*.draft"))


def test_a_folder_holds_one_run(platewise, folder, monkeypatch):
    platewise(folder, "--out", "run")
    other = platewise(folder, "--out", "run", "--regions", "fr")
    assert other.exit_code != 0
    assert "holds a run with regions None, not 'fr'" in other.output
    monkeypatch.setenv("PLATEWISE_MIN_CONFIDENCE", "0.5")
    other = platewise(folder, "--out", "run")
    assert other.exit_code == 2
    assert "holds a run with min_confidence 0.0, not 0.5" in other.output


def test_two_processes_do_not_share_a_run(platewise, folder):
    from platewise.batch.files import alone

    (folder.parent / "run").mkdir()
    with alone(folder.parent / "run") as free:
        assert free
        busy = platewise(folder, "--out", "run")
    assert "another process" in busy.output


def test_a_bad_picture_has_its_error_and_the_run_says_so(platewise, folder):
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    done = platewise(folder, "--out", "run", "--format", "jsonl")
    assert done.exit_code == 1
    assert "1 could not be read" in done.output
    assert [record["image"] for record in lines(folder.parent / "run") if record["error"]] == [
        str(folder / "bad.jpg")
    ]


def test_into_the_database_once_also_pictures_without_plates(platewise, place):
    shard(place / "a.tar", 6)
    for found in ("6 pictures", "0 pictures"):
        done = platewise("a.tar", "--out", "run", "--format", "database", "--data", "d", "--camera", "north")
        assert done.exit_code == 0
        assert found in done.output
    import sqlite3

    with sqlite3.connect(place / "d" / "platewise.sqlite3") as file:
        assert file.execute("SELECT count(*) FROM frames").fetchone() == (6,)
        told = file.execute("SELECT name, captured_at, camera FROM frames ORDER BY id").fetchone()
        assert told == ("a.tar/000000.jpg", 1_700_000_000_000_000, "north")
        assert file.execute("SELECT count(*) FROM sightings").fetchone() == (6,)
    file.close()


def test_a_file_dated_far_ahead_comes_into_the_database_under_the_present_time(platewise, folder, caplog):
    (picture,) = folder.glob("0/4.jpg")
    os.utime(picture, (4_070_908_800, 4_070_908_800))  # 2099
    before = clock.now()
    for out in ("run", "again"):
        assert platewise(picture, "--out", out, "--format", "database", "--data", "d").exit_code == 0
    store = open_store(f"sqlite:///{folder.parent / 'd' / 'platewise.sqlite3'}", folder)
    with store.reading() as unit:
        (sighting,) = unit.sightings.find(SightingQuery()).items
    store.close()
    assert before <= sighting.seen_at <= clock.now()
    assert "4.jpg: dated 2099-01-01 00:00:00+00:00" in caplog.text


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    def fail():
        with whole(tmp_path / "a") as draft:
            draft.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not (tmp_path / "a").exists()


def test_settings_use_all_cores():
    assert list(tuning.settings(8)) == [Setting(8, 1), Setting(4, 2), Setting(2, 4)]
    assert list(tuning.settings(1)) == [Setting(1, 1)]


def test_the_faster_setting_is_first(place, folder, monkeypatch):
    monkeypatch.setattr(tuning, "_SECONDS", 0.05)
    items = [Item("a", str(folder / "1" / "1.jpg"))] * 4
    tried = tuning.measure(Job(place, environment.settings()), items, 2)
    assert sorted(one.setting for one in tried) == [(1, 2), (2, 1)]
    assert tried[0].rate >= tried[1].rate > 0


def test_a_worker_that_is_stopped_leaves_the_rest(place, folder):
    worker = Worker(Job(place, environment.settings()), stopped=lambda: True)
    assert worker.look([Item("a", str(folder / "1" / "1.jpg"))]) == []


def test_an_interrupt_does_not_wait_for_the_part_of_the_one_worker(platewise, folder, monkeypatch):
    loaded = []

    def load_and_interrupt(item, most):
        loaded.append(item)
        if len(loaded) == 2:
            signal.raise_signal(signal.SIGINT)
        return load(item, most)

    monkeypatch.setattr(work, "load", load_and_interrupt)
    stopped = platewise(folder, "--out", "run", "--format", "jsonl", "--workers", 1)
    assert stopped.exit_code == 130
    assert "0 pictures" in stopped.output
    assert "7 are left" in stopped.output
    assert len(loaded) == 2
    assert platewise(folder, "--out", "run", "--format", "jsonl", "--workers", 1).exit_code == 0
    assert len(lines(folder.parent / "run")) == 7


def test_an_interrupt_does_not_wait_for_the_first_part_of_many_workers(platewise, folder, monkeypatch):
    """Two of them need far longer to start than it takes to look whether to stop."""

    def wait_interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        return wait(*arguments)

    monkeypatch.setattr(local, "wait", wait_interrupted)
    stopped = platewise(folder, "--out", "run", "--format", "jsonl", "--workers", 2, "--chunk", 4)
    assert stopped.exit_code == 130
    assert "0 pictures" in stopped.output
    assert "7 are left" in stopped.output


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows holds no signals back")
def test_workers_do_not_hear_an_interrupt_even_as_they_start(place, folder):
    place.joinpath("run").mkdir()
    with opened(Job(place / "run", environment.settings()), Setting(1, 1)) as pool:
        assert signal.SIGINT in pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ()).result()
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
