"""Formats that a request names as regular expressions: which candidate of a read has one of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import re2

from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.regions import library
from platewise.web.errors import Refusal
from platewise.web.parts import parts

MOST, LONGEST = 20, 200
_MEMORY = 2**20


class Formats:
    """Some regular expressions. RE2 reads them: a stranger's pattern takes time in line with the text."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Refuse, with 400, what is too much or no regular expression."""
        if len(patterns) > MOST or any(len(pattern) > LONGEST for pattern in patterns):
            raise Refusal(400, "bad_parameter", f"Give at most {MOST} formats of {LONGEST} characters.")
        self._patterns = [_compiled(pattern) for pattern in patterns]

    def prefer(self, read: Read) -> Read:
        """Return a read whose plate is the likeliest candidate with one of the formats, if there is any."""
        if not self._patterns or read.plate is None or self._has(read.plate.text):
            return read
        better = next((one for one in read.candidates if self._has(one.plate)), None)
        if better is None:
            return read
        rest = tuple(one for one in read.candidates if one is not better)
        plate = _plate(better.plate, read.plate.region)
        return replace(
            read, plate=plate, confidence=better.confidence, characters=(), candidates=(better, *rest)
        )

    def _has(self, text: str) -> bool:
        return any(pattern.fullmatch(text) for pattern in self._patterns)


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, _MEMORY
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        raise Refusal(400, "bad_parameter", f"{pattern!r} is no regular expression.") from error


def _plate(text: str, region: str | None) -> Plate:
    known = library.load(parts().settings.region_folders).get(region or "")
    display = known.display(text) if known else None
    return Plate(text, region if display else None, display or text)
