import pytest

from platewise.errors import InputError
from platewise.store import matching


@pytest.mark.parametrize(
    ("text", "pattern", "like"),
    [("ab-1?*  *c", "AB1?*C", "AB1_%C"), ("*", "*", "%"), ("??", "??", "__"), ("a_%\\", "A", "A")],
)
def test_wildcards_become_like_patterns(text: str, pattern: str, like: str) -> None:
    assert matching.pattern_of(text) == pattern
    assert matching.like_of(pattern) == like


def test_like_patterns_take_every_sign_literally_but_wildcards() -> None:
    assert matching.like_of("a_%\\?*") == "a\\_\\%\\\\_%"


def test_misreads_take_one_sign_for_another() -> None:
    near = matching.folded_misreads("AB1")
    assert {"AB1", "A81", "48I".replace("I", "1")} & near == {"AB1", "A81"}
    assert len(near) < 40


@pytest.mark.parametrize(
    "text", ["AB12", "ab-12", "A B 1 2", "a\tb·12", '{"p":"AB12"}', "\\nAB12", "x/AB12.jpg"]
)
def test_a_mention_is_found_in_any_spelling(text: str) -> None:
    assert matching.mention_of("AB12").search(text)


@pytest.mark.parametrize("text", ["AB123", "XAB12", "AB 1", "A----B12", "", "nAB12"])
def test_what_only_contains_a_plate_is_no_mention_of_it(text: str) -> None:
    assert not matching.mention_of("AB12").search(text)


@pytest.mark.parametrize(
    "text", ["ÄB12", "äb12", "A\u0308B12", "a\u0308b 12", "\\u00e4b12", "A\\u0308B12", "Äｂ１2", "Ä\\uff2212"]
)
def test_a_mention_is_found_however_unicode_spells_it(text: str) -> None:
    assert matching.mention_of("ÄB12").search(f"saw {text}.")


@pytest.mark.parametrize("text", ["A\u0308B12", "AB\u030812", "XA\u0308B12"])
def test_a_letter_with_an_accent_is_another_letter(text: str) -> None:
    assert not matching.mention_of("AB12").search(text)


@pytest.mark.parametrize("cursor", ["", "1", "1.", "1.2.3", "１.２", "1.2\n", "-.1", "9" * 19 + ".1"])
def test_a_cursor_from_elsewhere_is_refused(cursor: str) -> None:
    with pytest.raises(InputError):
        matching.place_of(cursor)


def test_a_cursor_comes_back() -> None:
    assert matching.place_of(matching.cursor_of(-5, 7)) == (-5, 7)
    assert matching.after_of(matching.name_cursor("京A1")) == "京A1"
