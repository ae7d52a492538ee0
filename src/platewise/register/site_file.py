"""A site file: the site and, where its roads cost something, the tariff of their journeys. One TOML text."""

import re
from collections.abc import Iterator
from functools import lru_cache

from platewise.register.site_map import SiteMap
from platewise.register.tolls import TollTariff
from platewise.register.toml_text import Fault, validated

_REACHABLE = re.compile(r"[^\x00-\x1f/]+")


class SiteFile(SiteMap):
    """A site and its tariff; the tariff's prices lead from gate to gate of the site."""

    tariff: TollTariff | None = None

    def faults(self) -> Iterator[Fault]:
        """Yield what does not fit together."""
        yield from super().faults()
        gates = {gate.name for gate in self.gates}
        for n, price in enumerate(self.tariff.prices if self.tariff else ()):
            for key, end in (("from", price.begin), ("to", price.end)):
                if end not in gates:
                    there = ", ".join(sorted(gates))
                    yield Fault(
                        ("tariff", "prices", n, key), f"a price names gate {end!r}; there are {there}"
                    )

    @property
    def travelled(self) -> frozenset[str]:
        """The gates that are there whose passages make journeys: those of a segment or of a price."""
        ends = [name for one in self.segments for name in (one.begin, one.end)]
        priced = [
            name for one in (self.tariff.prices if self.tariff else ()) for name in (one.begin, one.end)
        ]
        return frozenset(ends + priced) & {gate.name for gate in self.gates}


class _NewSiteFile(SiteFile):
    """A site file that is not in force yet: what it names can also be reached over HTTP."""

    def faults(self) -> Iterator[Fault]:
        """Yield what does not fit together, and names that no address leads to."""
        yield from super().faults()
        for kind in ("gates", "lanes", "cameras"):
            for n, one in enumerate(getattr(self, kind)):
                if one.name in (".", ".."):
                    yield Fault((kind, n, "name"), "a name is more than dots: no address leads to it")
                elif not _REACHABLE.fullmatch(one.name):
                    yield Fault((kind, n, "name"), f"{one.name!r}: a name has no / and no line breaks")


def read(toml: str) -> SiteFile:
    """Return the site that a TOML text of a person says; ``InputError`` tells each fault with its line."""
    return validated(toml, _NewSiteFile, "site file", float)


@lru_cache(maxsize=64)
def parse(toml: str) -> SiteFile:
    """Return the site of a text that was applied, by whatever rules its names were chosen then."""
    return validated(toml, SiteFile, "site file", float)


def to_toml(site: SiteFile, *, sources: bool = False) -> str:
    """Return the TOML text of a site, which ``parse`` reads; sources may hold passwords."""
    import tomli_w

    hidden = None if sources else {"cameras": {"__all__": {"source"}}}
    return tomli_w.dumps(site.model_dump(by_alias=True, exclude_defaults=True, exclude=hidden))
