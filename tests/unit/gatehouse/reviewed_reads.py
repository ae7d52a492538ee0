"""A store with reads that a person has judged: the sure ones right, the others wrong."""

from datetime import timedelta

from platewise import clock
from platewise.cli.accounts import opened
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.store.records import NewFrame, NewRead, Review


def fill(right: int, wrong: int) -> None:
    """Keep so many judged reads in the server's own store."""
    now = clock.now()
    with opened() as store, store.writing() as unit:
        for number in range(right + wrong):
            sure = 0.99 if number < right else 0.3
            at = now - timedelta(seconds=number)
            read = Read(Plate(f"AB{number}", None, f"AB{number}"), sure, quad_of((0, 0, 9, 9)))
            (kept,) = unit.reads.save(NewFrame(at, at, 9, 9, "north"), [NewRead(read, "tiny", "v1")])
            verdict = "accepted" if number < right else "rejected"
            unit.reads.review(Review(kept.id, verdict, "ann", now))
