"""Platewise's server as the bot sees it: a client of its HTTP API."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from platewise.bot.patience import Away
from platewise.bot.stream import Happening, happenings

Json = dict[str, Any]

PAGE = 500
PATIENT = httpx.Timeout(10, read=120)
"""A picture may stand in line."""
SILENCE = httpx.Timeout(10, read=60)
"""The server's stream of events sends a sign of life every 15 seconds."""
FAULTS = 5
"""A request at which the server itself fails is tried so often."""


class Refused(Exception):
    """The server will not do this, now or later: its status and its words for people."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Server:
    """The routes that the bot needs. Every call raises Away where it may be tried again, else Refused."""

    def __init__(self, url: str, token: str | None) -> None:
        """Talk to the server at that address."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENT)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def recognise(
        self, picture: bytes, name: str, camera: str, taken: datetime, key: str
    ) -> tuple[Json, ...]:
        """Have a picture read and kept, once for each key; return its reads."""
        answer = await self._call(
            "POST",
            "/v1/recognise",
            params={"camera": camera, "captured_at": taken.isoformat()},
            files={"image": (name, picture)},
            headers={"Idempotency-Key": key},
        )
        return tuple(answer["reads"])

    async def lot(self, name: str) -> Json:
        """Return a car park."""
        return await self._call("GET", f"/v1/lots/{_quoted(name)}")

    async def inside(self, lot: str) -> list[Json]:
        """Return the open visits of a car park, newest first."""
        found: list[Json] = []
        asked: Json = {"lot": lot, "state": "inside", "limit": PAGE}
        while True:
            answer = await self._call("GET", "/v1/visits", params=asked)
            found += answer["items"]
            if answer["next"] is None:
                return found
            asked["cursor"] = answer["next"]

    async def find(self, plate: str, match: str, limit: int) -> list[Json]:
        """Return the latest reads of a plate."""
        asked = {"plate": plate, "match": match, "limit": limit}
        items: list[Json] = (await self._call("GET", "/v1/reads", params=asked))["items"]
        return items

    async def read(self, number: int) -> Json:
        """Return one read."""
        return await self._call("GET", f"/v1/reads/{number}")

    async def correct(self, read: int, plate: str, reason: str, key: str) -> Json:
        """Say what the plate of a read is and return the read."""
        verdict = {"verdict": "corrected", "plate": plate, "reason": reason}
        headers = {"Idempotency-Key": key}
        return await self._call("POST", f"/v1/reads/{read}/review", json=verdict, headers=headers)

    async def stay(self, read: int) -> Json | None:
        """Return the visit that a read begins or ends, if any."""
        visits: list[Json] = (await self._call("GET", "/v1/visits", params={"read": read}))["items"]
        return visits[0] if visits else None

    async def lists(self) -> list[Json]:
        """Return all lists."""
        items: list[Json] = (await self._call("GET", "/v1/lists"))["items"]
        return items

    async def entries(self, name: str) -> list[Json]:
        """Return the plates on a list; none where there is no such list."""
        found: list[Json] = []
        asked: Json = {"limit": PAGE}
        while True:
            try:
                answer = await self._call("GET", f"/v1/lists/{_quoted(name)}/entries", params=asked)
            except Refused as refused:
                if refused.status == 404:
                    return found
                raise
            found += answer["items"]
            if answer["next"] is None:
                return found
            asked["cursor"] = answer["next"]

    async def put_on_list(self, name: str, label: str, plate: str) -> None:
        """Put a plate on a list of watched plates, which is made where it is not there."""
        if all(one["name"] != name for one in await self.lists()):
            await self._call("PUT", f"/v1/lists/{_quoted(name)}", json={"kind": "watched", "label": label})
        await self._call("POST", f"/v1/lists/{_quoted(name)}/entries", json={"entries": [{"plate": plate}]})

    async def take_off_list(self, name: str, plate: str) -> bool:
        """Take a plate off a list; tell whether it was there."""
        try:
            await self._call("DELETE", f"/v1/lists/{_quoted(name)}/entries/{_quoted(plate)}")
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    async def events(self, after: int | None) -> AsyncIterator[Happening]:
        """Yield what happens after an event, or from now on, until the stream breaks: Away."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with _outages():
            async with self._http.stream("GET", "/v1/events", headers=headers, timeout=SILENCE) as response:
                if response.status_code != 200:
                    await response.aread()
                    _check(response)
                async for happening in happenings(response.aiter_bytes()):
                    yield happening
        raise Away("the server ended the stream of events")

    async def _call(self, method: str, path: str, **more: Any) -> Json:
        with _outages():
            response = await self._http.request(method, path, **more)
        _check(response)
        try:
            answer: Json = response.json()
        except ValueError as error:
            raise Away(f"the server answers {path} with something else than JSON") from error
        return answer


def _quoted(name: str) -> str:
    return quote(name, safe="")


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise Away(f"the server cannot be reached ({type(error).__name__}: {error})") from error


def _check(response: httpx.Response) -> None:
    """Raise Away where the server may do it later (it is busy, or does not know our token), else Refused."""
    status = response.status_code
    if response.is_success:
        return
    message = _message(response)
    if status in (401, 429) or status >= 500 or response.is_redirect:
        wait = response.headers.get("Retry-After", "")
        why = f"the server answers {status} ({message})"
        raise Away(why, float(wait) if wait.isdecimal() else None, FAULTS if status == 500 else None)
    raise Refused(status, message)


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
