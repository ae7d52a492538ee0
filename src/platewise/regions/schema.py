"""What a region file may say. Unknown keys are errors; lengths are mm or shares of the plate height."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Colours(_Strict):
    """One colour scheme of a plate; ``ground_to`` makes a vertical gradient (Chinese green plates)."""

    ground: Colour
    ink: Colour
    ground_to: Colour | None = None
    weight: float = Field(1.0, gt=0)


class Band(_Strict):
    """A coloured strip: the EU band at the left, the French one at the right, Mercosul's at the top."""

    side: Literal["left", "right", "top", "bottom"]
    colour: Colour = "#003399"
    ink: Colour = "#f5f5f5"
    text: tuple[str, ...] = ()
    width: Share = 0.42
    stars: bool = False
    flag: tuple[Colour, ...] = ()
    p: Share = 1.0


class Caption(_Strict):
    """Small print that is never part of the text: a state's name, a slogan, a town, a dealer."""

    at: Literal["top", "bottom", "left", "right"]
    text: tuple[str, ...]
    height: Share = 0.13
    ink: Colour | None = None
    p: Share = 1.0


class Ornament(_Strict):
    """A thing at the ``|`` of a pattern, or in the corners: not a sign."""

    kind: Literal["seal", "crest", "sticker", "emblem", "dot", "flag", "art", "tab", "hologram", "stack"]
    at: Literal["bar", "corners", "left", "right", "background"] = "bar"
    colours: tuple[Colour, ...] = ()
    p: Share = 1.0


class Look(_Strict):
    """How the plate is drawn. ``sizes``: mm (width, height); ``fonts``: groups of synth/fonts/fonts.toml."""

    sizes: tuple[tuple[float, float], ...]
    fonts: tuple[str, ...]
    colours: tuple[Colours, ...]
    shapes: Share = 0.1
    """Share of the families of like signs (synth/shapes.py) drawn in strokes instead of the font's."""
    glyph_height: Share = 0.68
    line_heights: tuple[Share, ...] = ()
    beside: Share = 0.0
    """Share of the width that all lines but the last take, small ones one above the other to the left of it;
    0 where the lines are one under the other."""
    glyph_width: float = Field(1.0, gt=0.4, lt=2)
    gap: Share = 0.14
    monospaced: bool = False
    embossed: Share = 0.6
    border: Share = 0.6
    top: Share | None = None
    bands: tuple[Band, ...] = ()
    captions: tuple[Caption, ...] = ()
    ornaments: tuple[Ornament, ...] = ()


class SeriesData(_Strict):
    """One plate series as written in TOML."""

    name: str
    patterns: tuple[str, ...]
    like: str | None = None
    subregion: str | None = None
    years: str = ""
    vehicle: Literal["car", "motorcycle", "truck", "any"] = "any"
    weight: float = Field(1.0, ge=0)
    classes: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    look: Look


class RegionData(_Strict):
    """One country's file."""

    code: Annotated[str, Field(pattern=r"^[a-z]{2,8}$")]
    name: str
    sources: tuple[str, ...] = Field(min_length=1)
    weight: float = Field(1.0, ge=0)
    look_alikes: tuple[Annotated[str, Field(min_length=2, max_length=2)], ...] = ()
    words: dict[str, tuple[str, ...]] = {}
    classes: dict[str, str] = {}
    series: tuple[SeriesData, ...] = Field(min_length=1)
