"""``platewise retention``: ends what is too old; the server does so by itself, every hour."""

import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from platewise import clock
from platewise.cli.accounts import opened
from platewise.errors import StoreError
from platewise.vision import environment

if TYPE_CHECKING:
    from platewise.settings import Settings
    from platewise.store.protocol import Store
    from platewise.store.queries import Removed

log = logging.getLogger(__name__)
HOUR = 3600.0


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(retention)


def retention() -> None:
    """Remove pictures and reads that are older than they may be kept, and give up stays that never end."""
    with opened() as store:
        removed = expire(store, environment.settings())
        ended = give_up(store)
    print(f"removed {removed.images} pictures and {sum(removed.rows.values())} rows; gave up {ended} stays")


def expire(store: "Store", settings: "Settings") -> "Removed":
    """Remove what is too old by the owner's choice on the page Settings, else by the settings."""
    from platewise.store.queries import Retention

    now = clock.now()
    with store.reading() as unit:
        chosen = unit.site.settings()
    images = _before(now, int(chosen.get("keep_images", settings.keep_images)))
    reads = _before(now, int(chosen.get("keep_reads", settings.keep_reads)))
    return store.expire(Retention(images, reads), now)


def give_up(store: "Store") -> int:
    """End the stays in car parks that lasted longer than any can; return how many."""
    from platewise import gatehouse

    with store.writing() as unit:
        return gatehouse.tend(unit, clock.now())


def keep_doing(store: "Store", settings: "Settings") -> threading.Event:
    """Remove what is too old, and end stays that are, now and every hour until the returned event is set."""
    stop = threading.Event()

    def work() -> None:
        """Go round until stopped; a store that fails now is tried again in an hour."""
        while not stop.is_set():
            try:
                expire(store, settings)
                give_up(store)
            except StoreError as error:
                log.error("what is too old could not be removed: %s", error)
            stop.wait(HOUR)

    threading.Thread(target=work, name="retention", daemon=True).start()
    return stop


def _before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None
