"""What other systems call a country."""

from collections.abc import Iterable, Mapping

from platewise.regions import library

ALIASES: Mapping[str, str] = {"uk": "gb", "cn-hk": "cn", "cn-mo": "cn"}
"""Codes of others -> ours, beyond what follows after a hyphen."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "auwide": ("au",),
    "br2": ("br",),
    "eu": (
        "at", "be", "bg", "by", "ch", "cz", "de", "dk", "ee", "es", "fi", "fr", "gb", "gr", "hr", "hu", "ie",
        "it", "lt", "lv", "nl", "no", "pl", "pt", "ro", "rs", "ru", "se", "si", "sk", "tr", "ua",
    ),
    "mx": ("mx",),
    "us": ("us",),
    "vn2": ("vn",),
}  # fmt: skip
"""OpenALPR's data sets -> our regions."""
_THREE: Mapping[str, str] = {
    "arg": "ar", "aut": "at", "aus": "au", "bel": "be", "bgr": "bg", "bra": "br", "blr": "by", "che": "ch",
    "chl": "cl", "chn": "cn", "col": "co", "cze": "cz", "deu": "de", "dnk": "dk", "est": "ee", "esp": "es",
    "fin": "fi", "fra": "fr", "gbr": "gb", "grc": "gr", "hrv": "hr", "hun": "hu", "irl": "ie", "isr": "il",
    "ind": "in", "ita": "it", "ltu": "lt", "lva": "lv", "mex": "mx", "nld": "nl", "nor": "no", "pol": "pl",
    "prt": "pt", "pry": "py", "rou": "ro", "srb": "rs", "rus": "ru", "swe": "se", "svn": "si", "svk": "sk",
    "tur": "tr", "twn": "tw", "ukr": "ua", "usa": "us", "ury": "uy", "uzb": "uz", "vnm": "vn", "zaf": "za",
}  # fmt: skip


def known(codes: Iterable[str]) -> tuple[str, ...]:
    """Return our codes of the countries that others name; those that we have no formats of are left out.

    >>> known(["us-ca", "UK", "GBR", "atlantis"])
    ('us', 'gb')
    """
    regions = library.load()
    found = (ours(code) for code in codes)
    return tuple(dict.fromkeys(code for code in found if code in regions))


def data_sets(names: Iterable[str]) -> tuple[str, ...]:
    """Return our codes of OpenALPR's data sets; empty, which means all, where one of them is unknown."""
    codes: list[str] = []
    for name in names:
        found = GROUPS.get(name.lower()) or known([name])
        if not found:
            return ()
        codes += found
    return known(codes)


def ours(code: str) -> str:
    """Return our spelling of a country's code, whether we know the country or not."""
    text = code.strip().lower()
    return (
        ALIASES.get(text) or _THREE.get(text) or ALIASES.get(text.partition("-")[0], text.partition("-")[0])
    )


def iso(region: str | None) -> str | None:
    """Return the ISO 3166 alpha-2 code of one of our regions; None where it has none."""
    return region.upper() if region and len(region) == 2 else None
