from pathlib import Path

import pytest

from platewise.errors import InputError, NameUnknown
from platewise.regions.library import RAREST, load, read_region, select

LOOK = 'sizes = [[520, 110]]\nfonts = ["din"]\ncolours = [{ ground = "#ffffff", ink = "#000000" }]\n'
HEAD = 'code = "xx"\nname = "Nowhere"\nsources = ["a test"]\n'
REGION = f'{HEAD}[[series]]\nname = "one"\npatterns = ["LL DD"]\n[series.look]\n{LOOK}gap = 0.2\n'


def test_a_small_region() -> None:
    region = read_region(REGION, "xx.toml")
    assert (region.code, region.name, region.data.weight) == ("xx", "Nowhere", 1.0)
    assert region.display("AB12") == "AB 12"
    series = region.match("AB12")
    assert series is not None
    assert (series.region, series.name, series.look.gap) == ("xx", "one", 0.2)
    assert region.match("A123") is None
    assert region.display("A123") is None


def test_like_takes_over_what_a_series_does_not_say() -> None:
    more = '[[series]]\nname = "two"\nlike = "one"\nweight = 3\n[series.look]\nborder = 0.1\n'
    one, two = read_region(REGION + more, "xx.toml").series
    assert two.data.patterns == one.data.patterns
    assert (two.data.weight, one.data.weight) == (3, 1)
    assert (two.look.gap, two.look.border, one.look.border) == (0.2, 0.1, 0.6)


def test_frequencies_count_against_the_most_frequent_series_and_never_reach_none() -> None:
    often = '[[series]]\nname = "often"\nlike = "one"\npatterns = ["DDD"]\nweight = 4\n'
    again = '[[series]]\nname = "again"\nlike = "often"\nweight = 1\npatterns = ["DDD", "LLL"]\n'
    never = '[[series]]\nname = "never"\nlike = "one"\npatterns = ["LD"]\nweight = 0\n'
    region = read_region(REGION + often + again + never, "xx.toml")
    by_source = {p.source: region.frequencies[p.slots] for p in region.patterns}
    assert by_source == {"LL DD": 0.25, "DDD": 1.0, "LLL": 0.25, "LD": RAREST}


def test_like_reaches_through_a_series_that_is_itself_like_another() -> None:
    two = '[[series]]\nname = "two"\nlike = "one"\npatterns = ["DD"]\n'
    three = '[[series]]\nname = "three"\nlike = "two"\n'
    assert read_region(REGION + two + three, "xx.toml").series[2].data.patterns == ("DD",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (REGION.replace("gap", "gaap"), r"series\.0\.look\.gaap"),
        ("colour = 1\n" + REGION, r"colour\n"),
        (REGION.replace("LL DD", "LL dD"), "no class 'd'"),
        (REGION.replace("LL DD", "<c> DD"), "word list 'c' must exist"),
        (
            REGION.replace("[[series]]", '[words]\nc = ["A", "BB"]\n[[series]]').replace("LL", "<c>"),
            "one length",
        ),
        (REGION.replace("#000000", "black"), "ink"),
        (REGION.replace("gap = 0.2", "gap = 2"), "less than or equal to 1"),
        (REGION.replace('["a test"]', "[]"), "sources"),
        (REGION.replace('"xx"', '"XX"'), "code"),
        (REGION + '[[series]]\nname = "two"\nlike = "zero"\n', "zero"),
        (REGION + '[[series]]\nname = "one"\nlike = "one"\n', "two series have one name"),
        (HEAD, "series"),
        ("code = ", "Invalid value"),
    ],
)
def test_a_bad_file_names_itself_and_its_fault(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_region(text, "xx.toml")
    assert str(caught.value).startswith("region file xx.toml: ")


def test_a_folder_adds_regions_and_replaces_the_packages_own(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(REGION, "utf-8")
    (tmp_path / "b.toml").write_text(REGION.replace('"xx"', '"gb"'), "utf-8")
    regions = load([tmp_path])
    assert regions["xx"].name == regions["gb"].name == "Nowhere"
    assert load()["gb"].name == "United Kingdom"
    assert "xx" not in load()


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(REGION.replace("Nowhere", "España").encode("latin-1"))
    with pytest.raises(InputError, match=r"region file .*a\.toml: 'utf-8' codec can't decode byte 0xf1"):
        load([tmp_path])
    (tmp_path / "a.toml").unlink()
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(InputError, match=r"region file .*a\.toml: Is a directory"):
        load([tmp_path])


def test_select_by_code_in_the_order_asked_for() -> None:
    assert [r.code for r in select(["PL", "gb"])] == ["pl", "gb"]
    assert {r.code for r in select(None)} == set(load())


def test_select_of_an_unknown_code_names_the_known_ones() -> None:
    with pytest.raises(NameUnknown, match=r"unknown region 'atlantis'; known: .*gb.*pl") as caught:
        select(["gb", "atlantis"])
    assert "gb" in caught.value.known
