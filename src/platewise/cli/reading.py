"""Options that the verbs which read pictures share."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from platewise.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How pictures are read; the help tells these after the verb's own."""

    crops: Annotated[bool, typer.Option("--crops", help="The pictures are plates already.")] = False
    regions: Annotated[str | None, typer.Option(help="Codes of the countries to expect: gb,fr.")] = None
    pipeline: Annotated[str | None, typer.Option(help="Name of the pipeline that reads.")] = None
    top: Annotated[int, typer.Option(min=1, max=50, help="Candidates of each read.")] = 5
    min_confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave less certain reads out.")
    ] = None

    def settings(self) -> "Settings":
        """Return the settings of the environment, as far as these options do not say otherwise."""
        from platewise.vision import environment

        settings = environment.settings()
        if self.min_confidence is None:
            return settings
        return replace(settings, min_confidence=self.min_confidence)
