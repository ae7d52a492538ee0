"""What confidences are worth, and whether promises hold."""

import json
import zipfile
from dataclasses import dataclass, field
from math import comb
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.errors import InputError
from platewise.register.decision import Curve, log_odds
from platewise.train.binomial import at_most, upper_bound
from platewise.train.calibrate import Judged, Wanted, calibrate, fit, probabilities, promise, split
from platewise.train.calibrate_data import indexes, read_again, told, untold
from platewise.train.calibrate_report import bins, draw, report
from platewise.train.evaluate import Eyes

WANTED = Wanted()


def drawn(rng, count, temperature=1.0, shift=0.0, camera="gate", unread=0.0):
    """Return reads whose true probability is the calibrated one of what they state."""
    stated = 1 / (1 + np.exp(-rng.normal(6, 3, count)))
    stated[rng.random(count) < unread] = 0
    true = [Curve(temperature=temperature, shift=shift)(float(p)) if p else 0.0 for p in stated]
    right = rng.random(count) < true
    return [
        Judged(camera, float(p), bool(r), f"{camera}/{n}")
        for n, (p, r) in enumerate(zip(stated, right, strict=True))
    ]


@pytest.mark.parametrize(("wrong", "of", "share"), [(0, 10, 0.1), (3, 40, 0.05), (40, 40, 0.3), (7, 9, 0.5)])
def test_binomial_tails_are_exact(wrong, of, share):
    exact = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(wrong + 1))
    assert at_most(wrong, of, share) == pytest.approx(min(exact, 1.0))


def test_upper_bounds_are_those_of_clopper_and_pearson():
    assert upper_bound(0, 598, 0.95) == pytest.approx(1 - 0.05 ** (1 / 598))
    assert upper_bound(3, 100, 0.95) == pytest.approx(0.0757, abs=1e-4)  # scipy.stats.beta.ppf(.95, 4, 97)
    assert upper_bound(5, 5, 0.95) == upper_bound(0, 0, 0.95) == 1


@pytest.mark.parametrize(("temperature", "shift"), [(1.0, 0.0), (2.0, 0.5), (0.6, -1.0)])
def test_a_curve_is_learned(temperature, shift):
    judged = drawn(np.random.default_rng(1), 20_000, temperature, shift, unread=0.02)
    curve = fit(judged, Curve(), 1.0)
    assert curve.temperature == pytest.approx(temperature, rel=0.1)
    assert curve.shift == pytest.approx(shift, abs=0.25)


def test_a_camera_that_never_errs_and_one_that_always_does_stay_finite():
    judged = [Judged("gate", 0.9, True, str(n)) for n in range(500)]
    assert 0.9 < fit(judged, Curve(), 5.0)(0.9) < 1
    wrong = [Judged("gate", 0.9, False, str(n)) for n in range(500)]
    assert fit(wrong, Curve(), 5.0)(0.9) < 0.1
    assert fit([], Curve(temperature=2.0, shift=0.3), 5.0) == Curve(temperature=2.0, shift=0.3)


def test_few_reads_draw_a_curve_only_so_far():
    prior = Curve(temperature=2.0, shift=0.0)
    few, many = (drawn(np.random.default_rng(2), n, 0.7) for n in (20, 20_000))
    assert fit(few, prior, 5.0).temperature > fit(many, prior, 5.0).temperature + 0.2


def test_half_of_a_scene_never_teaches_what_the_other_half_proves():
    judged = [Judged("gate", 0.9, True, f"scene {n // 3}") for n in range(3000)]
    lessons, proofs = split(judged)
    assert not {one.group for one in lessons} & {one.group for one in proofs}
    assert len(lessons) / len(judged) == pytest.approx(1 / 3, abs=0.04)


@pytest.mark.parametrize("error", [0.005, 0.02])
def test_promises_hold_as_often_as_they_say(error):
    """The true error above each learned threshold is known: it may be too high in 5 % of the runs at most."""
    rng, broken, runs, taken = np.random.default_rng(3), 0, 150, 0
    curve = Curve(temperature=1.1, shift=0.2)
    grid = 1 / (1 + np.exp(-rng.normal(6, 3, 20_000)))
    true = np.array([curve(float(p)) for p in grid])
    for _ in range(runs):
        stated = rng.choice(len(grid), 2500)
        right = rng.random(2500) < true[stated]
        judged = [
            Judged("gate", float(grid[i]), bool(r), str(n))
            for n, (i, r) in enumerate(zip(stated, right, strict=True))
        ]
        kept = promise(judged, true[stated], Wanted(error))
        if kept.auto is not None:
            broken += bool(1 - true[true >= kept.auto].mean() > error)
            taken += kept.taken / 2500
    assert broken / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5
    assert taken / runs > 0.4


def test_a_promise_is_what_was_counted():
    judged = drawn(np.random.default_rng(4), 6000, unread=0.05)
    learned = calibrate(judged, WANTED)
    proofs = split(judged)[1]
    p = probabilities(proofs, learned)
    kept = learned.promise
    above = [one for one, mine in zip(proofs, p, strict=True) if mine >= kept.auto]
    assert (kept.reads, kept.taken) == (len(proofs), len(above))
    assert kept.wrong == sum(not one.right for one in above)
    assert at_most(kept.wrong, kept.taken, 0.005) <= 0.05
    actions = {learned.action(one.confidence, one.camera) for one in above}
    assert actions == {"auto"}


def test_too_few_or_too_bad_reads_promise_nothing():
    rng = np.random.default_rng(5)
    assert WANTED.needed == 598
    perfect = [Judged("gate", 0.99, True, str(n)) for n in range(1200)]
    assert calibrate(perfect, WANTED).promise.auto is not None
    assert calibrate(perfect[:800], WANTED).promise.auto is None  # two thirds of them are 533
    bad = [Judged("gate", float(rng.random()), bool(rng.random() < 0.9), str(n)) for n in range(5000)]
    learned = calibrate(bad, WANTED)
    assert learned.promise.auto is None
    assert learned.action(0.999, "gate") == "review"


def test_a_bad_camera_is_not_carried_by_the_good_ones():
    rng = np.random.default_rng(6)
    good, bad = drawn(rng, 6000, camera="good"), drawn(rng, 3000, 1.5, -3.0, camera="bad")
    few = drawn(rng, 60, camera="few")
    learned = calibrate([*good, *bad, *few], WANTED)
    assert learned.cameras.keys() == {"good", "bad"}
    assert learned.probability(0.99, "bad") < learned.probability(0.99, "good") - 0.05
    assert learned.probability(0.99, "few") == learned.curve(0.99)
    assert learned.cameras["good"].promise.taken / learned.cameras["good"].promise.reads > 0.4


def test_calibration_closes_the_gap():
    judged = drawn(np.random.default_rng(7), 9000, 2.0, -0.5)
    learned = calibrate(judged, WANTED)
    worth = report(judged, learned, WANTED)
    assert worth.all.gap_after < worth.all.gap_before / 3
    assert worth.cameras["gate"].reads == worth.all.reads == len(split(judged)[1])
    shares = [one.taken for one in worth.yields]
    assert shares == sorted(shares)
    assert all(one.bound <= one.error + 1e-9 for one in worth.yields if one.auto is not None)
    wanted = next(one for one in worth.yields if one.error == 0.005)
    assert wanted.taken == learned.promise.taken / learned.promise.reads


def test_bins_hold_about_as_many_reads_each():
    p, right = np.linspace(0, 1, 101), np.arange(101) % 2 == 0
    found = bins(p, right)
    assert sum(one.reads for one in found) == 101
    assert {one.reads for one in found} == {10, 11}
    assert bins(np.zeros(0), np.zeros(0, bool)) == []


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_diagram_is_drawn(tmp_path, kind):
    pytest.importorskip("matplotlib")
    judged = drawn(np.random.default_rng(8), 3000)
    draw(judged, calibrate(judged, WANTED), tmp_path / f"reliability.{kind}")
    assert (tmp_path / f"reliability.{kind}").stat().st_size > 10_000
    with pytest.raises(InputError):
        draw(judged, calibrate(judged, WANTED), tmp_path / "no such folder" / "x.png")


def line(**keys):
    plates = [{"box": None, "corners": None, "text": keys.pop("truth")}] if "truth" in keys else []
    return {"region": "gb", "kind": "crop", "size": [40, 12], "plates": plates, **keys}


@pytest.fixture
def folder(tmp_path):
    """A folder of one read that tells its confidence, one rejected, and two pictures to read again."""
    place = tmp_path / "yard"
    place.mkdir()
    lines = [
        line(image="1.png", truth="AB12CDE", read="ab-12 cde", confidence=0.97, camera="north"),
        line(image="2.png", truth="AB12CDE", read="AB12CDF", confidence=0.6, camera="north", group="9"),
        line(read="NOPLATE", confidence=0.7, camera="south"),
        line(image="3.png", truth="XY34ZZZ"),
        line(image="4.png"),
    ]
    (place / "index.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    for number in range(1, 5):
        assert cv2.imwrite(str(place / f"{number}.png"), np.zeros((12, 40, 3), np.uint8))
    return place


def test_what_is_told_is_taken_at_its_word(folder):
    found = told(folder / "index.jsonl")
    assert [(one.camera, one.confidence, one.right) for one in found] == [
        ("north", 0.97, True),
        ("north", 0.6, False),
        ("south", 0.7, False),
    ]
    assert found[1].group == "9"
    assert [one.image.name for one in untold(folder / "index.jsonl")] == ["3.png", "4.png"]


@dataclass
class Scripted:
    """Answers in order."""

    answers: list
    reads: list = field(default_factory=list)
    ms: dict = field(default_factory=dict)

    def read(self, source):
        return Scripted([], self.answers.pop(0))


def read(text, confidence):
    return Read(Plate(text) if text else None, confidence, quad_of((0, 0, 40, 10)))


def test_the_others_are_read_again(folder):
    labels = untold(folder / "index.jsonl")
    scene = Scripted([[read("FALSE", 0.4), read("", 0.2)]])
    eyes = Eyes(scene, Scripted([[read("XY34ZZZ", 0.9)], [read("FALSE", 0.4)]]), "auto")
    assert [one for judged in read_again(labels[:1], eyes) for one in judged] == [
        Judged("yard", 0.9, True, "3.png")
    ]
    again = [one for judged in read_again(labels[1:], Eyes(scene, scene, "never")) for one in judged]
    assert again == [Judged("yard", 0.4, False, "4.png")]


def packed(path: Path, folder: Path, *more: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
        for name in more:
            archive.writestr(name, b"x")
    return path


def test_places_are_found(folder, tmp_path):
    index = folder / "index.jsonl"
    assert indexes(index, tmp_path) == indexes(folder, tmp_path) == indexes(tmp_path, tmp_path) == [index]
    (unpacked,) = indexes(packed(tmp_path / "corrections.zip", folder), tmp_path / "scratch")
    assert told(unpacked)[0].right
    assert [one.image.exists() for one in untold(unpacked)] == [True, True]
    with pytest.raises(InputError, match=r"there is no index\.jsonl"):
        indexes(unpacked.parent / "none", tmp_path)


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "deep/evil.txt", "deep/"])
def test_an_archive_writes_nowhere_else(folder, tmp_path, name):
    archive = packed(tmp_path / "corrections.zip", folder, name)
    with pytest.raises(InputError, match="is no plain file name"):
        indexes(archive, tmp_path / "scratch")
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_bomb_is_not_unpacked(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("platewise.train.calibrate_data.MOST_BYTES", 100)
    with pytest.raises(InputError, match="unpacked"):
        indexes(packed(tmp_path / "corrections.zip", folder), tmp_path / "scratch")


@pytest.mark.parametrize("text", ["{", '{"confidence": 2, "read": "A"}'])
def test_a_bad_index_is_told(tmp_path, text):
    (tmp_path / "index.jsonl").write_text(text)
    with pytest.raises(InputError, match=r"index\.jsonl"):
        told(tmp_path / "index.jsonl")


def test_odds_of_a_confidence():
    assert log_odds(0.75) == pytest.approx(np.log(3))
