import sys
import threading

import pytest

from platewise.cli.watch_progress import showing
from platewise.ingest.addresses import parse
from platewise.ingest.camera import Camera


def test_a_terminal_shows_frames_reads_and_sightings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    camera = Camera("north", parse("webcam:0"))
    camera.counters.captured, camera.counters.total = 40, 100
    camera.counters.reads, camera.counters.sightings = 12, 3
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with showing([camera]):
        threading.Event().wait(0.4)
    shown = capsys.readouterr().err
    assert "north" in shown
    assert "40 frames, 12 reads, 3 sightings" in shown


def test_a_pipe_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with showing([Camera("north", parse("webcam:0"))]):
        pass
    assert capsys.readouterr().err == ""
