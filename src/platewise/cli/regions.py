"""Region codes as the command line takes them -> the regions, those of the user's own folders among them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platewise.regions.library import Region


def chosen(codes: str) -> "tuple[Region, ...]":
    """Return the regions with these codes, commas between them, or all; NameUnknown where no file has one."""
    from platewise.regions.library import load, select
    from platewise.vision import environment

    known = load(environment.settings().region_folders)
    return select([code.strip() for code in codes.split(",") if code.strip()] or None, known)
