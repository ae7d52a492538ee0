import json
import stat
from pathlib import Path

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

from platewise.bot.state import MOST_QUESTIONS, Answer, Question, State
from platewise.errors import SettingError


def test_what_is_saved_is_there_again(tmp_path: Path) -> None:
    state = State.load(tmp_path / "new" / "bot.json")
    assert (state.update, state.event) == (None, None)
    state.update, state.event = 7, 9
    state.questions["11:5"] = Question(3, 4, 0)
    state.answers["11:4"] = Answer(["京A1 In"], [("Correct 京A1", "right:3:0")])
    state.languages["11"] = "zh"
    state.save()
    assert State.load(state.path) == state
    assert stat.S_IMODE(state.path.stat().st_mode) == 0o600
    assert [path.name for path in state.path.parent.iterdir()] == ["bot.json"]


def test_old_questions_make_room(tmp_path: Path) -> None:
    state = State(tmp_path / "bot.json")
    state.questions = {f"1:{n}": Question(n, n, 0) for n in range(MOST_QUESTIONS + 5)}
    state.save()
    kept = State.load(state.path).questions
    assert len(kept) == MOST_QUESTIONS
    assert next(iter(kept)) == "1:5"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"questions": {}, "answers": {}, "other": 1}', "\xff"])
def test_another_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bot.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingError, match="move it away"):
        State.load(path)
    assert path.read_bytes() == text.encode("latin-1")


def test_a_crash_while_saving_leaves_the_former_state(tmp_path: Path) -> None:
    state = State(tmp_path / "bot.json", update=1)
    state.save()
    state.update = 2
    state.languages["1"] = object()  # type: ignore[assignment]
    with pytest.raises(TypeError):
        state.save()
    assert json.loads(state.path.read_text())["update"] == 1
