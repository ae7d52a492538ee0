"""What the reads of a photo are told as: one line a plate, in the words of the first Platewise bot."""

from collections.abc import Sequence

from platewise.bot.server import Json
from platewise.bot.words import Words

MOST_BUTTONS = 20
_KINDS = {"Entered": "In", "Left": "Out", "Refused": "Refused", "Repeated": "Repeated"}


def told(reads: Sequence[Json]) -> list[Json]:
    """Return the reads to tell: those with a plate; where none has one, the first that was found."""
    return [read for read in reads if read["plate"]] or list(reads[:1])


def lines(reads: Sequence[Json], words: Words) -> list[str]:
    """Return one line for each read, and one where there is none."""
    return [line(read, words) for read in reads] or [words("no_plate")]


def line(read: Json, words: Words) -> str:
    """Return what became of one plate."""
    if not read["plate"]:
        why = words.why(read["explain"])
        return words("unreadable", why=words("colon", text=why) if why else "")
    event = read["event"] or {"kind": "Passed", "reason": ""}
    kind, reason = event["kind"], event["reason"] or ""
    if kind == "Refused" and reason == "full":
        return words("Full", plate=read["display"])
    said = words(_KINDS.get(kind, "Passed"), plate=read["display"])
    aside = words("aside", text=words.why([reason])) if reason and kind != "Repeated" else ""
    return said + aside


def buttons(reads: Sequence[Json], words: Words) -> list[tuple[str, str]]:
    """Return a button for each kept read, by which its plate is put right."""
    return [
        (
            words("button", plate=read["display"]) if read["plate"] else words("button_unread"),
            pressed(read["id"], n),
        )
        for n, read in enumerate(reads[:MOST_BUTTONS])
        if read["id"] is not None
    ]


def pressed(read: int, line_number: int) -> str:
    """Return what comes back from the button of a read."""
    return f"right:{read}:{line_number}"


def meant(data: str) -> tuple[int, int] | None:
    """Return read and line of a button that was pressed; None where it is no button of ours."""
    name, *numbers = data.split(":")
    if name != "right" or len(numbers) != 2 or not all(one.isdecimal() for one in numbers):
        return None
    return int(numbers[0]), int(numbers[1])
