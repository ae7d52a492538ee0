"""``platewise calibrate`` on told confidences, and on pictures that are read again."""

import json
import random

import pytest

from platewise.register.decision import parse


@pytest.fixture
def reviewed(place):
    """Write an index of reads that tell their confidence; those under one half are wrong."""

    def write(folder, count):
        (place / folder).mkdir()
        rng = random.Random(1)
        lines = []
        for number in range(count):
            confidence = rng.choice((0.2, 0.9, 0.99))
            truth = "AB12CDE" if confidence > 0.5 else "XY34ZWV"
            plates = [{"box": None, "corners": None, "text": truth}]
            told = {"read": "AB12CDE", "confidence": confidence, "camera": "north", "group": str(number)}
            lines.append(json.dumps({"plates": plates, **told}) + "\n")
        (place / folder / "index.jsonl").write_text("".join(lines))
        return folder

    return write


def test_a_calibration_is_learned_told_and_written(platewise, reviewed, place):
    reviewed("yard", 3000)
    done = platewise("calibrate", "yard", "--error", "0.01", "--out", "c.toml", "--plot", "r.png")
    assert done.exit_code == 0, done.output
    assert "all cameras: take 6" in done.stdout
    assert "at most 1.00% of them are wrong, with 95% confidence (0 of" in done.stdout
    learned = parse((place / "c.toml").read_text())
    assert learned.action(0.9, "north") == "auto"
    assert learned.action(0.2, "north") != "auto"
    assert (place / "r.png").stat().st_size > 10_000


def test_json_holds_calibration_and_report(platewise, reviewed):
    done = platewise("calibrate", reviewed("yard", 3000), "--json")
    answer = json.loads(done.stdout)
    assert answer["calibration"]["promise"]["error"] == 0.005
    assert [one["error"] for one in answer["report"]["yields"]] == [0.001, 0.002, 0.005, 0.01, 0.02, 0.05]


def test_too_few_reads_say_how_many_it_takes(platewise, reviewed):
    done = platewise("calibrate", reviewed("yard", 300))
    assert done.exit_code == 0
    assert "cannot be promised" in done.stdout
    assert "it takes 598, all of them right" in done.stdout


def test_the_servers_own_reads_teach_what_is_applied_and_taken_back(platewise, place, monkeypatch):
    from reviewed_reads import fill

    monkeypatch.setenv("PLATEWISE_DATA", str(place / "data"))
    assert platewise("calibrate", "--show").exit_code == 2
    assert "no reviewed reads" in platewise("calibrate").output
    fill(right=500, wrong=20)
    done = platewise("calibrate", "--error", "0.05", "--apply")
    assert done.exit_code == 0, done.output
    assert "all cameras: take" in done.stdout
    assert "Calibration 1 holds" in done.stderr
    shown = platewise("calibrate", "--show").stdout
    assert parse(shown).promise.error == 0.05
    assert [one.error for one in parse(shown).ladder] == [0.001, 0.002, 0.005, 0.01, 0.02]
    again = platewise("calibrate", "--error", "0.05", "--apply", "--json")
    assert json.loads(again.stdout)["calibration"]["promise"] == parse(shown).promise.model_dump()
    assert "Calibration 1 holds again" in platewise("calibrate", "--take-back").output
    assert "as stated" in platewise("calibrate", "--take-back").output
    assert platewise("calibrate", "--take-back").exit_code == 2


def test_pictures_are_read_again(platewise, draw, place):
    draw("mine/dark.png", "dark")
    draw("mine/bright.png", "bright")
    plates = [{"box": None, "corners": None, "text": "AB12CDE"}]
    line = {"region": "gb", "kind": "crop", "size": [384, 256], "plates": plates}
    lines = (json.dumps({**line, "image": name}) + "\n" for name in ("dark.png", "bright.png"))
    (place / "mine" / "index.jsonl").write_text("".join(lines))
    done = platewise("calibrate", "mine", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["calibration"]["promise"]["auto"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "there is no index.jsonl"),
        (["yard", "--error", "0"], "shares between 0 and 1"),
        (["yard", "--out", "no/such/c.toml"], "c.toml"),
        (["yard", "--plot", "r.nothing"], "r.nothing"),
        (["empty"], "no reviewed reads"),
    ],
)
def test_what_cannot_be_used_is_named(platewise, reviewed, place, arguments, told):
    reviewed("yard", 50)
    reviewed("empty", 0)
    done = platewise("calibrate", *arguments)
    assert done.exit_code == 2
    assert told in done.stderr
