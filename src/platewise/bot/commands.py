"""What the bot answers to commands."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from platewise import clock
from platewise.bot.case import Case
from platewise.bot.server import Json
from platewise.bot.words import LANGUAGES, Words, told_time
from platewise.core.plate import MAX_SIGNS, normalise

Command = Callable[[Case, str], Awaitable[None]]
MOST_INSIDE, MOST_SIGHTINGS = 200, 5


async def help_(case: Case, _: str) -> None:
    """Say what the bot can do and what is kept."""
    await case.say("help")


async def getnumber(case: Case, _: str) -> None:
    """Say how many places are free."""
    lot = await case.insist(lambda: case.tools.server.lot(case.tools.settings.lot))
    await case.say("free", free=lot["free"], capacity=lot["capacity"])


async def left(case: Case, _: str) -> None:
    """Say which cars are inside, who came first first."""
    if not case.may_know:
        await case.say("managers_only")
        return
    visits = await case.insist(lambda: case.tools.server.inside(case.tools.settings.lot))
    if not visits:
        await case.say("nobody")
        return
    oldest = visits[::-1][:MOST_INSIDE]
    told = [case.words("inside" if len(visits) > 1 else "inside_one", count=len(visits))]
    told += [_stay(case, visit) for visit in oldest]
    if len(visits) > MOST_INSIDE:
        told.append(case.words("more", count=len(visits) - MOST_INSIDE))
    await case.tell("\n".join(told))


async def find(case: Case, argument: str) -> None:
    """Say where a plate was seen last; where it never was, what may be a misread of it."""
    if not case.may_know:
        await case.say("managers_only")
        return
    plate = await plate_in(case, argument, "/find")
    if plate is None:
        return
    server = case.tools.server
    exact = await case.insist(lambda: server.find(plate, "exact", MOST_SIGHTINGS))
    near = [] if exact else await case.insist(lambda: server.find(plate, "misread", MOST_SIGHTINGS))
    key = "seen" if exact else "perhaps" if near else "not_seen"
    told = [case.words(key, plate=plate)] + [_sighting(case, read) for read in exact or near]
    await case.tell("\n".join(told))


async def watch(case: Case, argument: str) -> None:
    """Tell this chat whenever a plate is seen; without one, say which are watched."""
    if not case.may_know:
        await case.say("managers_only")
    elif not case.tools.settings.lets_in(str(case.chat)):
        await case.say("not_allowed", chat=case.chat)
    elif not argument:
        await _show_watched(case)
    elif plate := await plate_in(case, argument, "/watch"):
        await case.insist(lambda: case.tools.watchlists.add(case.chat, plate))
        case.tools.state.languages[str(case.chat)] = case.words.language
        await case.say("watching", plate=plate)


async def unwatch(case: Case, argument: str) -> None:
    """No longer tell this chat about a plate."""
    if plate := await plate_in(case, argument, "/unwatch"):
        was = await case.insist(lambda: case.tools.watchlists.remove(case.chat, plate))
        await case.say("unwatched" if was else "not_watched", plate=plate)


COMMANDS: Mapping[str, Command] = {
    "start": help_,
    "help": help_,
    "getnumber": getnumber,
    "left": left,
    "find": find,
    "watch": watch,
    "unwatch": unwatch,
}


def menus(default: str) -> dict[str, list[tuple[str, str]]]:
    """Return what Telegram's menu offers in each language; the empty code is for all that we do not speak."""
    shown = {code: list(Words(code).menu.items()) for code in LANGUAGES}
    return {"": shown[default], **shown}


async def plate_in(case: Case, argument: str, command: str) -> str | None:
    """Return the plate behind a command; None, and the user is told, where there is none."""
    plate = " ".join(argument.upper().split())
    if 0 < len(normalise(plate)) <= MAX_SIGNS and len(plate) <= 2 * MAX_SIGNS:
        return plate
    await case.say("usage", command=command)
    return None


async def _show_watched(case: Case) -> None:
    plates = await case.insist(lambda: case.tools.watchlists.of(case.chat))
    head = case.words("watched" if plates else "watched_none")
    await case.tell("\n".join([head, *plates]))


def _stay(case: Case, visit: Json) -> str:
    since = datetime.fromisoformat(visit["entered"])
    plate = visit["display"] or case.words("nameless")
    span = case.words.span(clock.now() - since)
    return case.words("stay", plate=plate, time=_time(case, since), span=span)


def _sighting(case: Case, read: Json) -> str:
    seen = datetime.fromisoformat(read["frame"]["captured_at"])
    where = read["frame"]["camera"] or ""
    return case.words("sighting_of", plate=read["display"], time=_time(case, seen), place=where).rstrip()


def _time(case: Case, at: datetime) -> str:
    return told_time(at, case.tools.settings.zone)
