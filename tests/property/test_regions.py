"""What must hold for every series of every region, whatever is drawn."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from platewise.core.plate import MAX_SIGNS, SIGNS, normalise
from platewise.regions.library import Region, Series, load
from platewise.regions.syntax import SEPARATORS, SILENT, Pattern

REGIONS = load()
SERIES = [(region, series) for region in REGIONS.values() for series in region.series]
PATTERNS = [(series, pattern) for _, series in SERIES for pattern in series.patterns]


@given(st.sampled_from(PATTERNS), st.randoms(use_true_random=False))
def test_a_drawn_text_is_legal_and_its_display_leads_back(drawn: tuple[Series, Pattern], rng: Random) -> None:
    _, pattern = drawn
    painted = pattern.draw(rng)
    text = normalise(painted)
    assert pattern.matches(text)
    assert len(text) == pattern.length <= MAX_SIGNS
    assert set(text) <= set(SIGNS)
    shown = pattern.display(text)
    assert shown == " ".join(painted.replace("|", "").replace("/", " ").split())
    assert normalise(shown) == text


@given(st.sampled_from(SERIES), st.randoms(use_true_random=False))
def test_a_region_knows_what_its_series_draw(drawn: tuple[Region, Series], rng: Random) -> None:
    region, series = drawn
    text = normalise(series.patterns[0].draw(rng))
    matched = region.match(text)
    assert matched is not None
    assert region.series.index(matched) <= region.series.index(series)
    shown = region.display(text)
    assert shown is not None
    assert normalise(shown) == text


@given(st.sampled_from(PATTERNS), st.randoms(use_true_random=False), st.data())
def test_one_foreign_sign_breaks_a_pattern(
    drawn: tuple[Series, Pattern], rng: Random, data: st.DataObject
) -> None:
    _, pattern = drawn
    text = normalise(pattern.draw(rng))
    at = data.draw(st.integers(0, len(text) - 1))
    assert not pattern.matches(text[:at] + "?" + text[at + 1 :])
    assert not pattern.matches(text + "0")
    assert not pattern.matches(text[:at] + text[at + 1 :])


@given(st.sampled_from(list(REGIONS.values())), st.text(alphabet=SIGNS, max_size=MAX_SIGNS))
def test_match_and_display_agree_on_any_text(region: Region, text: str) -> None:
    shown = region.display(text)
    assert (shown is None) == (region.match(text) is None)
    assert shown is None or normalise(shown) == text


def test_every_pattern_is_used_and_clean() -> None:
    for series, pattern in PATTERNS:
        assert 1 <= pattern.lines <= (3 if series.look.beside else 2), (series.region, series.name)
        assert pattern.source.strip(SEPARATORS.replace(SILENT, "")) == pattern.source, (
            series.region,
            series.name,
            pattern.source,
        )
        assert all(sign in SIGNS for slot in pattern.slots for option in slot.options for sign in option)
        if pattern.lines > 1 and len(series.look.line_heights) != pattern.lines:
            raise AssertionError((series.region, series.name, "several lines without line_heights"))
