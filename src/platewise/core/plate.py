"""A Plate and the forms of its text.

Four forms travel: *raw* (what the recogniser wrote), *display* (with the country's separators),
*normalised* (upper case, no separators: the key of lists and search) and *folded* (look-alikes merged:
O=0, I=1, accents dropped).
"""

import unicodedata
from dataclasses import dataclass

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SPECIALS = "学警港澳挂使领电"
ACCENTED = "ÄÖÜČŠŽ"
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGNS = DIGITS + LETTERS + PROVINCES + SPECIALS + ACCENTED
"""Every sign that a plate may carry: the recogniser's classes 1 and up; class 0 is the empty slot."""
MAX_SIGNS = 10
"""The longest plate, in signs: the slots of the recogniser."""

_FOLD = str.maketrans("OI", "01")


def normalise(text: str) -> str:
    """Return the text in upper case, compatibility forms composed, with only letters and digits left."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())


def fold(text: str) -> str:
    """Return the normalised text with look-alikes merged: O=0, I=1 and letters without their accents."""
    bare = unicodedata.normalize("NFD", normalise(text))
    return "".join(c for c in bare if not unicodedata.combining(c)).translate(_FOLD)


@dataclass(frozen=True, slots=True)
class Plate:
    """A number plate as a value: normalised text, region code (or none known) and display form. No pixels."""

    text: str
    region: str | None = None
    display: str = ""

    def __post_init__(self) -> None:
        """Fill the display form with the text where none is given."""
        if not self.display:
            object.__setattr__(self, "display", self.text)

    def __str__(self) -> str:
        """Return the display form."""
        return self.display
