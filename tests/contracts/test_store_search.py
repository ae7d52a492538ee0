"""Search against a plain filter over all that was kept, in every Store."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import keep

from platewise.core.plate import fold, normalise
from platewise.errors import InputError
from platewise.regions.confusions import alike
from platewise.store.protocol import Store
from platewise.store.queries import ReadQuery

SIGNS = "A8B0OÖ京"
TEXTS = [a + b + c for a in SIGNS for b in ("", *SIGNS) for c in ("", "A")]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
words = st.text(SIGNS + "ab-. %_\\'\";\0", max_size=6)


@pytest.fixture
def full(store: Store) -> Store:
    """Return a store that holds one read of every text."""
    with store.writing() as unit:
        for i, text in enumerate(TEXTS):
            keep(unit, text, i)
    return store


def _search(store: Store, query: ReadQuery) -> list[str]:
    with store.reading() as unit:
        return [read.normalised for read in unit.reads.find(query).items]


def _expected(shape: str) -> list[str]:
    """Return the texts that a regular expression fits, newest first."""
    return [text for text in reversed(TEXTS) if re.fullmatch(shape, text)]


@quick
@given(text=words)
def test_exact_and_prefix(full: Store, text: str) -> None:
    key = normalise(text)
    if not key:
        with pytest.raises(InputError):
            _search(full, ReadQuery(text))
        return
    assert _search(full, ReadQuery(text)) == _expected(key)
    assert _search(full, ReadQuery(text, "prefix", limit=500)) == _expected(key + ".*")


@quick
@given(parts=st.lists(st.one_of(words, st.just("?"), st.just("*")), min_size=1, max_size=6))
def test_wildcards(full: Store, parts: list[str]) -> None:
    text = "".join(parts)
    if not (text and any(c in "?*" or normalise(c) for c in text)):
        return
    shape = "".join({"?": ".", "*": ".*"}.get(part, normalise(part)) for part in parts)
    assert _search(full, ReadQuery(text, "wildcard", limit=500)) == _expected(shape)


@quick
@given(text=st.sampled_from(TEXTS))
def test_misreads(full: Store, text: str) -> None:
    """One look-alike for one sign, or signs that fold together: no more and no less is found."""

    def near(other: str) -> bool:
        variants = {text} | {
            text[:i] + sign + text[i + 1 :]
            for i, was in enumerate(text)
            for sign in SIGNS + "CDQU3648UGPRS4"
            if alike(was, sign)
        }
        return fold(other) in set(map(fold, variants))

    found = _search(full, ReadQuery(text, "misread", limit=300))
    assert set(found) == {other for other in TEXTS if near(other)}
    assert found[0] == text


def test_a_common_prefix_is_found_like_a_rare_one(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")
    from platewise.store.sql import search

    rare = _search(full, ReadQuery("A", "prefix", limit=9)), _search(full, ReadQuery("A?A", "wildcard"))
    monkeypatch.setattr(search, "COMMON", 0)
    assert (
        _search(full, ReadQuery("A", "prefix", limit=9)),
        _search(full, ReadQuery("A?A", "wildcard")),
    ) == rare


@pytest.mark.wall("H9")
def test_sql_in_a_text_is_only_text(full: Store) -> None:
    for payload in ("' OR 1=1 --", "A'; DROP TABLE reads; --", "A%' UNION SELECT 1", "\\", "A\\", "%", "_"):
        for match in ("exact", "prefix", "wildcard", "misread"):
            try:
                found = _search(full, ReadQuery(payload, match))
            except InputError:
                continue
            assert all(text.startswith("A") for text in found)
    assert len(_search(full, ReadQuery(limit=500))) == len(TEXTS)
