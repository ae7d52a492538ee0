"""What a person says of a journey or a mismatch: kept, told, and left alone after."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from platewise.core.plate import normalise
from platewise.errors import Conflict, InputError
from platewise.gatehouse.charging import charged, event_of
from platewise.gatehouse.gantry import change, known_as
from platewise.gatehouse.siting import in_force
from platewise.gatehouse.telling import tell
from platewise.register.desk import By
from platewise.register.roads import route
from platewise.register.site_file import SiteFile
from platewise.store.protocol import Unit
from platewise.store.site import Audit
from platewise.store.tolling import (
    JourneyFacts,
    JourneyRecord,
    MismatchRecord,
    MismatchVerdict,
    PassageRecord,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a journey; ``entry`` and ``exit`` are the gates where it truly began and ended.

    Both are given with ``completed``, as far as they are not those that saw it.
    """

    verdict: Verdict
    entry: str | None = None
    exit: str | None = None


def judge(unit: Unit, journey: JourneyRecord, said: Said, by: By) -> JourneyRecord:
    """Keep what a person said of a journey; a new verdict takes the place of an earlier one.

    ``InputError`` where it cannot be meant: a gate that is none, a price that is not there.
    """
    judged = _VERDICTS[said.verdict](unit, journey.facts, said)
    record = unit.tolls.judge(journey, replace(judged, final=True, look="", verdict=said.verdict))
    unit.journal.append(Audit(by.at, by.user, "judge_journey", f"journey {journey.id}", _words(said, by)))
    tell(unit, event_of(record, said.verdict))
    return record


def decide(
    unit: Unit, mismatch: MismatchRecord, verdict: MismatchVerdict, plate: str, by: By
) -> tuple[PassageRecord, ...]:
    """Keep what a person said of a mismatch; return the passages that it is now.

    One vehicle has one plate, which is given: both passages become one, which bears it. ``Conflict`` where it
    was decided before, or where the two cannot be one any more.
    """
    if bool(normalise(plate)) != (verdict == "one vehicle"):
        raise InputError("a plate is given exactly with the verdict 'one vehicle'")
    if not unit.tolls.decide(mismatch.id, verdict):
        raise Conflict("this mismatch was decided before")
    there = tuple(filter(None, map(unit.tolls.passage, (mismatch.front, mismatch.rear))))
    unit.journal.append(
        Audit(by.at, by.user, "judge_mismatch", f"mismatch {mismatch.id}", f"{verdict}: {by.reason}")
    )
    return _one(unit, there, normalise(plate)) if verdict == "one vehicle" else there


def _one(unit: Unit, there: tuple[PassageRecord, ...], plate: str) -> tuple[PassageRecord, ...]:
    site = in_force(unit)
    views = [known_as(unit, view, plate) for one in there for view in one.passage.views]
    if site is None or len(there) < 2:
        raise Conflict("the two passages are not there any more")
    _, after = change(unit, site, there[0].passage.gate, views)
    if len(after) != 1:
        raise Conflict("the two passages cannot be one: another vehicle fits better")
    return tuple(after)


def _accepted(unit: Unit, facts: JourneyFacts, said: Said) -> JourneyFacts:
    """Take a journey as it is: it must be known what it costs."""
    site = in_force(unit)
    if site and site.tariff and facts.receipt is None:
        raise InputError("what it costs is not known: say where it entered and left, or waive it")
    return facts


def _completed(unit: Unit, facts: JourneyFacts, said: Said) -> JourneyFacts:
    """Let a journey begin and end where a person says, and charge it so."""
    site = in_force(unit)
    if site is None:
        raise Conflict("no site holds: apply one first")
    gates = _way(site, (said.entry or facts.gates[0], *facts.gates, said.exit or facts.gates[-1]))
    whole = charged(unit, replace(facts, gates=gates, state="complete"), entered=True, ended=True)
    if site.tariff and whole.receipt is None:
        raise InputError(f"the tariff has no price from {gates[0]} to {gates[-1]}")
    return whole


def _waived(unit: Unit, facts: JourneyFacts, said: Said) -> JourneyFacts:
    """Ask nothing for a journey."""
    return replace(facts, receipt=None)


_VERDICTS: dict[Verdict, Callable[[Unit, JourneyFacts, Said], JourneyFacts]] = {
    "accepted": _accepted,
    "completed": _completed,
    "waived": _waived,
}


def _way(site: SiteFile, stops: tuple[str, ...]) -> tuple[str, ...]:
    """Return the gates from stop to stop by the shortest ways; ``InputError`` where no way leads on."""
    known = {gate.name for gate in site.gates}
    gates = [stops[0]]
    for stop in stops:
        if stop not in known:
            raise InputError(f"there is no gate {stop!r}; there are {', '.join(sorted(known))}")
    for begin, end in pairwise(stops):
        if begin != end:
            way = route(site, begin, end)
            if way is None:
                raise InputError(f"no way leads from {begin} to {end}")
            gates += way[1:]
    return tuple(gates)


def _words(said: Said, by: By) -> str:
    ends = [f"{name} {gate}" for name, gate in (("entry", said.entry), ("exit", said.exit)) if gate]
    return f"{', '.join([said.verdict, *ends])}: {by.reason}"
