"""How much two readings speak for one plate."""

from math import inf

import pytest
from cars import blurred

from platewise.core.lattice import Lattice
from platewise.regions.confusions import cost
from platewise.register.readings import Misreads, Reading, evidence

PLAIN = Misreads()


def alike(a: str, b: str, misreads: Misreads = PLAIN) -> float:
    return evidence(Reading.of(a), Reading.of(b), misreads)


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        (("AB12CDE", "AB12CDE"), ("AB12CDE", "AB12CDX")),
        (("AB12CDE", "AB12CDX"), ("AB12CDE", "AB12CXX")),
        (("AB12CDE", "AB12CD"), ("AB12CDE", "AB12C")),
        (("AB12CDE", "B12CDE"), ("AB12CDE", "B12CD")),  # a sign lost at the front shifts the rest
        (("AB12CDE", "ab-12 cde"), ("AB12CDE", "AB12CDX")),
    ],
)
def test_nearer_texts_speak_louder(nearer: tuple[str, str], farther: tuple[str, str]) -> None:
    assert alike(*nearer) > alike(*farther)
    assert alike(*nearer) == pytest.approx(alike(nearer[1], nearer[0]))


def test_one_misread_speaks_for_one_plate_and_three_against() -> None:
    assert alike("AB12CDE", "AB12CDX") > 3
    assert alike("AB12CDE", "AB12XYZ") < 0
    assert alike("AB12CDE", "ZX98WVU") == -inf


def test_look_alikes_are_nearer_where_they_are_known() -> None:
    knowing = Misreads(cost=cost)
    assert alike("AB12CD8", "AB12CDB", knowing) > alike("AB12CD8", "AB12CDX", knowing)
    assert alike("AB12CD8", "AB12CDB") == alike("AB12CD8", "AB12CDX")


def test_a_lattice_knows_what_else_a_sign_may_be() -> None:
    unsure = blurred(0, "AB12CD8", "out", {6: "B"}).reading
    assert unsure.text == "AB12CD8"
    assert dict(unsure.slots[6]).keys() >= {"8", "B"}
    assert evidence(unsure, Reading.of("AB12CDB"), PLAIN) > alike("AB12CD8", "AB12CDB")
    assert evidence(unsure, Reading.of("AB12CDX"), PLAIN) < alike("AB12CD8", "AB12CDB")


def test_a_sure_lattice_says_what_its_text_says() -> None:
    sure = Reading.of("AB12CDE", Lattice.of("AB12CDE", 10))
    assert sure == Reading.of("AB12CDE")


def test_misreads_are_probabilities() -> None:
    with pytest.raises(ValueError, match="probabilities"):
        Misreads(sign=0)
