import random

import pytest

from platewise.regions.syntax import Pattern


def test_parts_of_a_pattern() -> None:
    pattern = Pattern.parse("<town>| {EG}L-ND / A", words={"town": ["AB", "CD"]})
    assert [slot.width for slot in pattern.slots] == [2, 2, 1, 1, 1, 1]
    assert pattern.length == 8
    assert pattern.lines == 2
    assert pattern.display("ABEGX10Z") == "AB EGX-10 Z"


@pytest.mark.parametrize("text", ["ABEGX00Z", "XXEGX10Z", "ABEHX10Z", "ABEG110Z", "ABEGX10", "ABEGX10ZZ", ""])
def test_what_does_not_match_has_no_display(text: str) -> None:
    pattern = Pattern.parse("<town>| {EG}L-ND / A", words={"town": ["AB", "CD"]})
    assert not pattern.matches(text)
    assert pattern.display(text) is None


def test_a_class_of_the_series_replaces_the_common_one() -> None:
    pattern = Pattern.parse("LD", {"L": "XY"})
    assert pattern.matches("X1")
    assert not pattern.matches("A1")


def test_drawing_keeps_separators_and_is_reproducible() -> None:
    pattern = Pattern.parse("LL·DD|/ LL")
    texts = [pattern.draw(random.Random(7)) for _ in range(2)]
    assert texts[0] == texts[1]
    assert [c for c in texts[0] if not c.isalnum()] == ["·", "|", "/", " "]


@pytest.mark.parametrize(
    ("source", "words", "message"),
    [
        ("LL?D", {}, r"pattern 'LL\?D': no class '\?'"),
        ("lD", {}, "no class 'l'"),
        ("<county> DD", {}, "word list 'county' must exist"),
        ("<c> DD", {"c": ["A", "BB"]}, "words of one length"),
        ("<c> DD", {"c": []}, "word list 'c' must exist"),
        ("<c DD", {"c": ["A"]}, "substring not found"),
    ],
)
def test_a_bad_pattern_says_what_is_wrong(source: str, words: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pattern.parse(source, words=words)
