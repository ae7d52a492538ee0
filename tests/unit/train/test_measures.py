"""The figures, on hand-made pictures whose answers are known."""

from pathlib import Path

import numpy as np
import pytest

from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.train import measures
from platewise.train.index import Labelled, LabelledPlate
from platewise.train.measures import Judged, Pair, YieldPoint

BOX = (0.0, 0.0, 100.0, 20.0)


def read(text, confidence=0.9, box=BOX):
    return Read(Plate(text) if text else None, confidence, quad_of(box))


def judged(*pairs, surplus=(), kind="scene", source="here", region="gb", **more):
    plates = tuple(LabelledPlate(BOX if p.overlap is not None else None, None, p.truth) for p in pairs)
    label = Labelled(Path("a.jpg"), region, kind, (640, 480), plates, None, source)
    return Judged(label, pairs, tuple(surplus), **more)


@pytest.mark.parametrize(
    ("truth", "text", "pairs"),
    [
        ("AB12", "AB12", [("A", "A"), ("B", "B"), ("1", "1"), ("2", "2")]),
        ("AB12", "A812", [("A", "A"), ("B", "8"), ("1", "1"), ("2", "2")]),
        ("AB12", "B12", [("A", ""), ("B", "B"), ("1", "1"), ("2", "2")]),
        ("AB", "AXB", [("A", "A"), ("", "X"), ("B", "B")]),
        ("", "Q", [("", "Q")]),
        ("", "", []),
    ],
)
def test_alignment(truth, text, pairs):
    assert measures.align(truth, text) == pairs


def test_edits_agree_with_what_is_known():
    assert measures.edits("KITTEN", "SITTING") == 3
    assert measures.edits("ABC", "") == 3


def test_character_accuracy_weighs_by_signs_and_costs_at_most_the_length():
    pairs = [Pair("ABCDEF", read("ABCDEX")), Pair("AB", read("ZZZZZZZ")), Pair(None, read("Q"))]
    assert measures.character_accuracy(pairs) == pytest.approx(1 - 3 / 8)
    assert measures.character_accuracy([]) is None


def test_confusions_count_only_texts_that_are_mostly_right():
    pairs = [
        Pair("AB12", read("A812")),
        Pair("BB12", read("8B12")),
        Pair("AB12", read("ZZZZ")),
        Pair("AB12", None),
    ]
    assert measures.confusions(pairs) == [("B", "8", 2)]


def test_yield_curve_takes_the_surest_first_and_counts_the_unread_as_wrong_at_the_end():
    pairs = [Pair("A", read("A", 0.9)), Pair("B", read("X", 0.5)), Pair("C", read("C", 0.8)), Pair("D", None)]
    curve = measures.yield_curve(pairs)
    assert [(p.share, p.error, p.confidence) for p in curve] == [
        (0.25, 0.0, 0.9),
        (0.5, 0.0, 0.8),
        (0.75, pytest.approx(1 / 3), 0.5),
        (1.0, 0.5, 0.0),
    ]


def test_reads_of_one_confidence_are_taken_together():
    curve = measures.yield_curve([Pair("A", read("A", 0.9)), Pair("B", read("X", 0.9))])
    assert curve == [YieldPoint(1.0, 0.5, 0.9)]


def test_error_at_a_yield_and_yield_within_an_error():
    curve = [YieldPoint(0.5, 0.0, 0.9), YieldPoint(0.8, 0.01, 0.7), YieldPoint(1.0, 0.2, 0.0)]
    assert measures.at_yield(curve, 0.5).error == 0.0
    assert measures.at_yield(curve, 0.6).error == 0.01
    assert measures.at_yield(curve, 1.0).error == 0.2
    assert measures.within_error(curve, 0.01) == curve[1]
    assert measures.within_error(curve[2:], 0.01) is None


def test_detection_counts_each_labelled_plate_and_each_read_once():
    scenes = [
        judged(Pair("A", read("A"), 0.8), Pair("B", read("B"), 0.6)),
        judged(Pair(None, None, 0.0), surplus=[read("C")]),
        judged(Pair("D", read("D"))),
    ]
    found = measures.detection(scenes)
    assert found["0.5"] == {
        "recall": pytest.approx(2 / 3),
        "recall_of_texts": 1.0,
        "precision": pytest.approx(2 / 3),
    }
    assert found["0.7"] == {
        "recall": pytest.approx(1 / 3),
        "recall_of_texts": 0.5,
        "precision": pytest.approx(1 / 3),
    }


def test_detection_says_nothing_without_boxes():
    assert measures.detection([judged(Pair("D", read("D")))])["0.5"] == dict.fromkeys(
        ("recall", "recall_of_texts", "precision")
    )


def test_figures_of_a_small_set():
    scenes = [
        judged(
            Pair("AB10", read("ABIO", 0.6), 0.9), Pair(None, read(None), 0.9), ms={"total": 4.0}, cpu_ms=8.0
        ),
        judged(Pair("CD34", read("CD34", 0.95), 0.9), ms={"total": 6.0}, cpu_ms=10.0),
        judged(surplus=[read("FALSE"), read(None)]),
        judged(),
        judged(Pair("EF56", None, 0.0), error="damaged"),
    ]
    figures = measures.measure(scenes)
    assert (figures.images, figures.failed, figures.plates, figures.texts) == (5, 1, 4, 3)
    assert figures.capture == 0.5
    assert figures.exact == pytest.approx(1 / 3)
    assert figures.exact_folded == pytest.approx(2 / 3)
    assert figures.character_accuracy == pytest.approx(1 - 6 / 12)
    assert figures.error_at_yield["50%"] == 0.5
    assert figures.error_at_yield["100%"] == pytest.approx(2 / 3)
    assert figures.for_1_percent_error == YieldPoint(pytest.approx(1 / 3), 0.0, 0.95)
    assert figures.false_plates_an_image == 0.5
    assert figures.ms == {"total": 5.0, "cpu": 9.0}


def test_figures_of_nothing_are_unknown_and_not_zero():
    figures = measures.measure([]).to_dict()
    unknown = (
        "capture",
        "exact",
        "exact_folded",
        "character_accuracy",
        "for_1_percent_error",
        "false_plates_an_image",
    )
    assert [figures[name] for name in unknown] == [None] * len(unknown)
    assert figures["error_at_yield"] == {}


def test_figures_as_plain_values_are_rounded():
    plain = measures.measure([judged(Pair("A", read("B"), 1 / 3), ms={"total": 1.23456})]).to_dict()
    assert plain["ms"]["total"] == 1.23
    assert plain["detection"]["0.5"]["recall"] == 0.0
    third = measures.measure([judged(*(Pair(t, read("A"), 0.9) for t in "ABC"))]).to_dict()
    assert third["exact"] == 0.3333


def test_groups_by_source_and_region():
    mixed = [judged(source="one"), judged(source="one", region="fr"), judged(source="two")]
    assert {name: len(members) for name, members in measures.groups(mixed).items()} == {
        "one": 2,
        "one/fr": 1,
        "one/gb": 1,
        "two": 1,
    }


def test_an_unreadable_place_is_no_confidence():
    pair = Pair("AB", Read(None, 0.7, np.zeros((4, 2), np.float32)))
    assert (pair.text, pair.confidence, pair.exact) == ("", 0.0, False)
