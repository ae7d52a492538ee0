from typing import Any

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

from platewise.bot import answers
from platewise.bot.messenger import MOST_SIGNS, pieces
from platewise.bot.words import Words

EN = Words("en")


def _read(
    kind: str = "Entered", reason: str = "", plate: str | None = "AB12CDE", **more: Any
) -> dict[str, Any]:
    event = {"kind": kind, "reason": reason, "lot": "main", "visit": 1, "free": 9}
    return {"id": 7, "plate": plate, "display": plate, "explain": [], "event": event, **more}


@pytest.mark.parametrize(
    ("kind", "reason", "line"),
    [
        ("Entered", "", "AB12CDE In"),
        ("Entered", "its last exit was not seen", "AB12CDE In (its last exit was not seen)"),
        ("Left", "", "AB12CDE Out"),
        ("Left", "no entry fits", "AB12CDE Out (its entry was not seen)"),
        ("Refused", "full", "AB12CDE: full"),
        ("Refused", "denied", "AB12CDE: refused (it is on a denied list)"),
        ("Repeated", "", "AB12CDE (seen just now)"),
        ("Passed", "", "AB12CDE"),
    ],
)
def test_lines(kind: str, reason: str, line: str) -> None:
    assert answers.line(_read(kind, reason), EN) == line


def test_a_read_that_was_not_kept_is_told_alone() -> None:
    assert answers.lines([_read(event=None)], EN) == ["AB12CDE"]
    assert answers.buttons([_read(id=None)], EN) == []


def test_what_cannot_be_read_is_told_only_where_nothing_can() -> None:
    dark, plate = _read("Unread", plate=None, explain=["dark", "cut"]), _read()
    assert answers.told([dark, plate]) == [plate]
    assert answers.told([dark, dark]) == [dark]
    (line,) = answers.lines([dark], EN)
    assert "I cannot read it: it is too dark, the picture cuts it off." in line
    assert answers.lines([], EN) == [EN("no_plate")]


def test_buttons_know_read_and_line() -> None:
    shown = answers.buttons([_read(), _read("Unread", plate=None, id=8)], EN)
    assert [told for told, _ in shown] == ["Correct AB12CDE", "Type the plate in"]
    assert [answers.meant(data) for _, data in shown] == [(7, 0), (8, 1)]


@pytest.mark.parametrize(
    "data", ["", "right", "right:1", "right:1:x", "wrong:1:0", "right:1:0:0", "right:-1:0"]
)
def test_other_buttons_mean_nothing(data: str) -> None:
    assert answers.meant(data) is None


def test_long_texts_are_parted_at_lines() -> None:
    lines = [f"line {n}" for n in range(2000)]
    found = pieces("\n".join(lines))
    assert "\n".join(found).split("\n") == lines
    assert all(len(piece) <= MOST_SIGNS for piece in found)
    assert pieces("short\n\ntext") == ["short\n\ntext"]
    assert all(len(piece) <= MOST_SIGNS for piece in pieces("x" * 9000))
