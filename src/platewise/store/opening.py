"""How a Store is opened: which one an address names, and its tables brought up to date."""

from pathlib import Path
from typing import TYPE_CHECKING

from platewise.errors import MissingExtra

if TYPE_CHECKING:
    from platewise.store.protocol import Store


def open_store(url: str, images: Path, quota: int | None = None) -> "Store":
    """Open the store of a database URL, with pictures in a folder of at most ``quota`` bytes.

    ``memory:`` forgets all at the end; ``sqlite:///platewise.db`` is made when it is not there, with folders;
    ``postgresql://user@host/name`` must be there.
    """
    if url == "memory:":
        from platewise.store.memory import MemoryStore

        return MemoryStore(quota)
    try:
        from platewise.store.sql.opening import open_database
    except ModuleNotFoundError as error:
        raise MissingExtra("the database", "serve") from error
    return open_database(url, images, quota)
