"""What a restart must know, in one small JSON file that is replaced whole."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from platewise.errors import SettingError

MOST_QUESTIONS = 200
"""Open questions for the right plate that are remembered; the oldest make room."""


@dataclass(frozen=True, slots=True)
class Question:
    """A message of the bot that asks for the right plate of a read.

    ``message`` is the answer to mend, ``line`` the number of its line that tells the read.
    """

    read: int
    message: int
    line: int


@dataclass(slots=True)
class Answer:
    """A photo's answer that may be mended: its lines, and its buttons with what comes back from them."""

    lines: list[str]
    buttons: list[tuple[str, str]]


@dataclass(slots=True)
class State:
    """What the bot remembers.

    ``update`` is the last update that was dealt with, ``event`` the last event of the server. ``questions``
    and their ``answers`` are named by chat and message. ``languages`` are those of the chats that watch.
    """

    path: Path
    update: int | None = None
    event: int | None = None
    questions: dict[str, Question] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "State":
        """Return what was saved; an empty state where nothing was, SettingError where it cannot be used."""
        try:
            kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
            questions = {name: Question(**one) for name, one in kept.pop("questions").items()}
            answers = {name: _answer(**one) for name, one in kept.pop("answers").items()}
            kept.pop("told", None)  # of an earlier version
            return cls(path, questions=questions, answers=answers, **kept)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingError(
                f"{path} is not the bot's state: {error}; move it away to start anew"
            ) from error

    def save(self) -> None:
        """Write all to the disk; a crash leaves the former state or this one, never a half."""
        for asked in (self.questions, self.answers):
            for name in list(asked)[:-MOST_QUESTIONS]:
                del asked[name]
        kept = asdict(self)
        del kept["path"]
        beside = self.path.with_name(f"{self.path.name}.new")
        with open(beside, "w", encoding="utf-8", opener=_private) as file:
            json.dump(kept, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _answer(lines: list[str], buttons: list[list[str]]) -> Answer:
    return Answer(lines, [(text, data) for text, data in buttons])
