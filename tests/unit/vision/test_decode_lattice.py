import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewise.core.lattice import Lattice
from platewise.core.plate import MAX_SIGNS, SIGNS
from platewise.regions.library import Region, load, read_region
from platewise.vision.decode_lattice import LatticeTuning, decode_lattice, region_shares
from platewise.vision.formats import CLASS, CLASSES, Formats
from platewise.vision.protocols import Recognition


def region(code: str, *patterns: str, classes: str = "", words: str = "") -> Region:
    listed = ", ".join(f'"{pattern}"' for pattern in patterns)
    return read_region(
        f'code = "{code}"\nname = "{code}"\nsources = ["a test"]\n[classes]\n{classes}\n[words]\n{words}\n'
        f'[[series]]\nname = "only"\npatterns = [{listed}]\n[series.look]\nsizes = [[520, 110]]\n'
        'fonts = ["uk"]\n'
        'colours = [{ ground = "#ffffff", ink = "#000000" }]\n',
        code,
    )


def lattice(*slots: dict[str, float]) -> Lattice:
    """Slots with these probabilities; "" is the empty slot, which also fills all later slots."""
    p = np.zeros((MAX_SIGNS, CLASSES), np.float32)
    for t in range(MAX_SIGNS):
        for sign, share in (slots[t] if t < len(slots) else {"": 1.0}).items():
            p[t, CLASS[sign] if sign else 0] = share
    return Lattice(p)


GB = region("gb", "LLDD LLL")
SMALL = region("aa", "XX YY", "<w>X", "X{B1}", classes='X = "AB"\nY = "A1"', words='w = ["A0", "1B", "00"]')
OTHER = region("bb", "YX", "XYX", classes='X = "0B"\nY = "A1"')
ALPHABET = "AB01"


def said(text: str, confidence: float = 0.98, **regions: float) -> Recognition:
    return Recognition(Lattice.of(text, MAX_SIGNS, confidence), regions)


def test_the_region_of_all_other_countries_makes_surer_and_is_no_answer() -> None:
    others = region("generic", "LLLDDD")
    decoded = decode_lattice(said("ABC123"), Formats([GB, others]))
    assert (decoded.text, decoded.region, decoded.display) == ("ABC123", None, "ABC123")
    assert decoded.confidence > decode_lattice(said("ABC123"), Formats([GB])).confidence


def test_a_clear_plate_is_sure_and_shown_as_its_country_writes_it() -> None:
    decoded = decode_lattice(said("AB12CDE", gb=1.0), Formats([GB]))
    assert (decoded.text, decoded.region, decoded.display) == ("AB12CDE", "gb", "AB12 CDE")
    assert decoded.confidence > 0.9
    assert "".join(c.text for c in decoded.characters) == "AB12CDE"


@pytest.mark.parametrize(
    ("sign", "wrong", "at"), [("0", "O", 3), ("1", "I", 2), ("O", "0", 0), ("S", "5", 6)]
)
def test_the_format_repairs_look_alikes(sign: str, wrong: str, at: int) -> None:
    right = "AB12CDE"[:at] + sign + "AB12CDE"[at + 1 :]
    p = Lattice.of(right, MAX_SIGNS, 0.99).probabilities.copy()
    p[at] = 0
    p[at, CLASS[sign]], p[at, CLASS[wrong]] = 0.35, 0.65
    decoded = decode_lattice(Recognition(Lattice(p), {"gb": 1.0}), Formats([GB]))
    assert decoded.spelled == right[:at] + wrong + right[at + 1 :]
    assert decoded.text == right
    assert [c.plate for c in decoded.candidates[:2]] == [right, decoded.spelled]


@pytest.mark.parametrize(("rarity", "text"), [(0.0, "P0BKX52"), (0.75, "POBKX52")])
def test_a_rare_series_needs_better_evidence_than_a_frequent_one(rarity: float, text: str) -> None:
    p = Lattice.of("P0BKX52", MAX_SIGNS, 0.99).probabilities.copy()
    p[1, CLASS["0"]], p[1, CLASS["O"]] = 0.8, 0.19
    formats = Formats([load()["pl"]], 0.1, rarity)
    assert decode_lattice(Recognition(Lattice(p), {"pl": 1.0}), formats).text == text


def test_a_foreign_text_survives_every_format() -> None:
    decoded = decode_lattice(said("Q7QQ7", gb=1.0), Formats([GB]))
    assert (decoded.text, decoded.region, decoded.display) == ("Q7QQ7", None, "Q7QQ7")
    assert decoded.confidence > 0.5


def test_without_any_region_the_lattice_decides() -> None:
    decoded = decode_lattice(said("京A12345"), Formats([]))
    assert (decoded.text, decoded.region) == ("京A12345", None)


def test_an_empty_lattice_says_nothing() -> None:
    decoded = decode_lattice(said(""), Formats([GB]))
    assert (decoded.text, decoded.characters) == ("", ())
    assert all(c.plate for c in decoded.candidates)


def test_a_smeared_lattice_is_not_sure() -> None:
    even = np.full((MAX_SIGNS, CLASSES), 1 / CLASSES, np.float32)
    assert decode_lattice(Recognition(Lattice(even), {}), Formats([GB])).confidence < 0.01


def test_the_region_head_chooses_between_equal_formats() -> None:
    formats = Formats([region("aa", "LLL DDD"), region("bb", "LLL-DDD")])
    for code, shown in (("aa", "ABC 123"), ("bb", "ABC-123")):
        decoded = decode_lattice(said("ABC123", **{code: 0.9}), formats)
        assert (decoded.region, decoded.display) == (code, shown)


def test_words_are_legal_only_as_a_whole() -> None:
    formats = Formats([region("de", "<d2>-L DDD", words='d2 = ["MA", "KO"]')])
    assert len(formats.matching("MAX123")) == 1
    assert formats.matching("KAX123") == formats.matching("MAX12") == []
    p = lattice({"K": 0.6, "M": 0.4}, {"A": 0.9, "O": 0.1}, {"X": 1.0}, {"1": 1.0}, {"2": 1.0}, {"3": 1.0})
    decoded = decode_lattice(Recognition(p, {}), formats, LatticeTuning(foreign=0.01))
    assert [c.plate for c in decoded.candidates[:3]] == ["MAX123", "KOX123", "KAX123"]


def test_a_pattern_too_long_or_with_unreadable_signs_is_left_out() -> None:
    formats = Formats([region("aa", "DDDDDDDDDDD", "L{Я}D", "LD")])
    assert len(formats.units) == MAX_SIGNS + 2
    assert formats.matching("A1")


def test_all_options_of_all_patterns_match_where_the_pattern_says() -> None:
    formats = Formats([SMALL, OTHER])
    for length in range(5):
        supports = formats.supports(map("".join, itertools.product(ALPHABET, repeat=length)))
        for text, gains in supports.items():
            assert (gains > 0).tolist() == [r.match(text) is not None for r in formats.regions], text


weights = st.lists(st.integers(1, 1000), min_size=5, max_size=5)


def random_lattice(rows: list[list[int]]) -> Lattice:
    return lattice(
        *({sign: n / sum(row) for sign, n in zip(["", *ALPHABET], row, strict=True)} for row in rows)
    )


def brute(found: Lattice, regions: list[Region], shares: np.ndarray, foreign: float) -> dict[str, float]:
    """The weight of every text, one by one."""
    p = found.probabilities.astype(float)
    out = {}
    for length in range(5):
        for text in map("".join, itertools.product(ALPHABET, repeat=length)):
            score = np.prod([p[t, CLASS[text[t]] if t < length else 0] for t in range(MAX_SIGNS)])
            prior = foreign + sum(s for s, r in zip(shares, regions, strict=True) if r.match(text))
            out[text] = score * prior
    return out


@settings(max_examples=60, deadline=None)
@given(st.lists(weights, min_size=4, max_size=4), st.sampled_from([0.01, 0.3]))
def test_the_best_texts_are_those_of_brute_force(rows: list[list[int]], foreign: float) -> None:
    found = random_lattice(rows)
    everything = brute(found, [SMALL], np.ones(1), foreign)
    expected = sorted((w for text, w in everything.items() if text), reverse=True)[:5]
    tuning = LatticeTuning(foreign=foreign, specificity=0, frees=5, pool=200)
    decoded = decode_lattice(Recognition(found, {}), Formats([SMALL]), tuning)
    assert [everything[c.plate] for c in decoded.candidates] == pytest.approx(expected, rel=1e-3)
    assert everything[decoded.text] == pytest.approx(max(everything.values()), rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(weights, min_size=4, max_size=4), st.floats(0, 1))
def test_two_regions_and_the_shipped_tuning_find_the_best(rows: list[list[int]], head: float) -> None:
    found, regions, tuning = random_lattice(rows), [SMALL, OTHER], LatticeTuning(specificity=0)
    says = {"aa": head, "bb": 1 - head}
    everything = brute(found, regions, region_shares(says, ["aa", "bb"], tuning.mix), tuning.foreign)
    decoded = decode_lattice(Recognition(found, says), Formats(regions), tuning)
    assert everything[decoded.text] == pytest.approx(max(everything.values()), rel=1e-3)
    assert all(decoded.confidence <= c.confidence + 1e-5 <= 1 + 2e-5 for c in decoded.characters)
    assert sum(c.confidence for c in decoded.candidates) <= 1 + 1e-5


def test_region_shares_mix_and_restrict() -> None:
    assert region_shares({"gb": 0.8, "fr": 0.2}, ["gb", "de"], 0.5).tolist() == pytest.approx([0.75, 0.25])
    assert region_shares({}, ["gb", "de"], 0.5).tolist() == [0.5, 0.5]
    assert len(region_shares({"gb": 1.0}, [], 0.5)) == 0


def test_temperature_softens() -> None:
    sharp, soft = (
        decode_lattice(said("AB12CDE"), Formats([GB]), LatticeTuning(temperature=t)).confidence
        for t in (1, 1.5)
    )
    assert soft < sharp


@pytest.mark.parametrize("top", [1, 3, 20])
def test_top_says_how_many(top: int) -> None:
    decoded = decode_lattice(said("AB12CDE", 0.8), Formats([GB]), top=top)
    assert len({c.plate for c in decoded.candidates}) == len(decoded.candidates) == top
    ranks = [c.confidence for c in decoded.candidates]
    assert ranks == sorted(ranks, reverse=True)


def test_each_shipped_region_reads_its_own_plates() -> None:
    regions = load()
    formats = Formats(list(regions.values()))
    rng = np.random.default_rng(3)

    class Choose:
        def choice(self, items: tuple[str, ...]) -> str:
            return items[rng.integers(len(items))]

    for found in regions.values():
        for pattern in found.patterns:
            drawn = "".join(c for c in pattern.draw(Choose()) if c in SIGNS)
            if 0 < len(drawn) <= MAX_SIGNS:
                assert decode_lattice(said(drawn, 0.97, **{found.code: 1.0}), formats).text == drawn


def test_a_plate_takes_well_under_a_millisecond_against_all_regions() -> None:
    formats, recognition = Formats(list(load().values())), said("AB12CDE", 0.8, gb=0.5, fr=0.5)
    times = []
    for _ in range(30):
        start = time.process_time()
        decode_lattice(recognition, formats)
        times.append(time.process_time() - start)
    assert min(times) < 2e-3
