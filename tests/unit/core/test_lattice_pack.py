import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewise.core.lattice import Lattice
from platewise.core.plate import SIGNS


@given(seed=st.integers(0, 2**32 - 1), spread=st.sampled_from([0.01, 0.1, 1.0]), slots=st.integers(1, 12))
def test_a_packed_lattice_keeps_every_probability_to_within_a_tenth(
    seed: int, spread: float, slots: int
) -> None:
    p = np.random.default_rng(seed).dirichlet(np.full(1 + len(SIGNS), spread), slots).astype(np.float32)
    packed = Lattice(p).pack()
    q = Lattice.unpack(packed).probabilities
    assert len(packed) < 83 * slots + 40
    np.testing.assert_allclose(q, p, rtol=0.1, atol=4e-10)


def test_a_sure_sign_stays_sure() -> None:
    lattice = Lattice.unpack(Lattice.of("AB12CDE", 10, 0.9999).pack())
    assert lattice.text() == "AB12CDE"
    assert min(lattice.confidences()) == pytest.approx(0.9999, abs=1e-5)


def test_the_likelihood_of_a_text() -> None:
    lattice = Lattice.of("AB1", 4, 0.9)
    assert lattice.likelihood("AB1") == pytest.approx(0.9**4)
    assert lattice.likelihood("AB") == pytest.approx(0.9**3 * 0.1 / 81)
    assert [lattice.likelihood(text) for text in ("ABCDE", "a", "é")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (b"", "no packed lattice"),
        (b"\x02abc", "no packed lattice"),
        (b"\x01abc", "damaged"),
        (Lattice.of("AB1", 4).pack()[:-6], "damaged"),
        (b"\x01" + zlib.compress(bytes(83)), "reshape"),
    ],
)
def test_other_bytes_are_no_lattice(packed: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Lattice.unpack(packed)
