"""The Bot API over real HTTP, as far as the bot uses it, with people who write to it and faults on demand.

As with Telegram, an update is given again until a later ``offset`` confirms it.
"""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fake_http import Fault, Json, Quiet, handler

from platewise import clock

BOT = {"id": 987654321, "is_bot": True, "first_name": "Platewise", "username": "platewise_bot"}
ANN, BEN = 11, 22


@dataclass
class Call:
    """One call of the bot and when it came, in seconds."""

    method: str
    given: Json
    at: float = field(default_factory=clock.ticks)


class FakeTelegram:
    """A Bot API server, the chats of one bot, and the people in them."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._updates: deque[Json] = deque()
        self._files: dict[str, bytes] = {}
        self._numbers = iter(range(1, 10**9))
        self._update_numbers = iter(range(5000, 10**9))
        self.messages: dict[int, Json] = {}
        self.calls: list[Call] = []
        """The calls that had their effect."""
        self.tries: list[Call] = []
        """All calls, those that failed too."""
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.now: datetime | None = None
        """The date of messages that have none of their own; the present where None."""
        self.away = False
        """While True, every connection ends without an answer."""
        self.together: threading.Barrier | None = None
        """Where set, so many programs get each update at the same time."""
        self._server = Quiet(("127.0.0.1", 0), handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # what people do

    def send(self, chat: int = ANN, user: int | None = None, language: str = "en", **content: Any) -> Json:
        """Put a message into a chat and return it; ``date`` is now unless it is given."""
        message = self._message(chat, _person(user or abs(chat), language), content)
        self._put({"message": message})
        return message

    def photo(self, data: bytes, chat: int = ANN, **more: Any) -> Json:
        """Send a photo, in two sizes of which the small one is no picture."""
        small, large = self._file(b"a thumbnail"), self._file(data)
        sizes = [
            {**small, "width": 90, "height": 67},
            {**large, "width": 1280, "height": 960},
        ]
        return self.send(chat, photo=sizes, **more)

    def document(
        self, data: bytes, mime_type: str = "image/png", size: int | None = None, **more: Any
    ) -> Json:
        file = {**self._file(data), "mime_type": mime_type, "file_name": "secret name.png"}
        return self.send(document={**file, "file_size": size or len(data)}, **more)

    def press(self, message: Json, row: int = 0, user: int = ANN, language: str = "en") -> None:
        """Press a button under a message of the bot."""
        button = self.messages[message["message_id"]]["reply_markup"]["inline_keyboard"][row][0]
        self._put(
            {
                "callback_query": {
                    "id": str(next(self._numbers)),
                    "from": _person(user, language),
                    "chat_instance": "1",
                    "message": self.messages[message["message_id"]],
                    "data": button["callback_data"],
                }
            }
        )

    def reply(self, message: Json, text: str, **more: Any) -> Json:
        """Answer a message of the bot."""
        return self.send(text=text, reply_to_message=_flat(message), **more)

    def repeat(self, times: int) -> None:
        """Put the newest update there again, as a network may."""
        with self._wake:
            self._updates.extend([self._updates[-1]] * times)

    # what the bot did

    def made(self, method: str) -> list[Call]:
        """Return the calls of a method that had their effect."""
        return [call for call in self.calls if call.method == method]

    def tried(self, method: str) -> list[float]:
        """Return when a method was called, in seconds."""
        return [call.at for call in self.tries if call.method == method]

    def said(self, to: Json | None = None) -> list[Json]:
        """Return what the bot wrote, in answer to a message or at all."""
        mine = [m for m in list(self.messages.values()) if m["from"]["id"] == BOT["id"]]
        if to is None:
            return mine
        return [m for m in mine if m.get("reply_to_message", {}).get("message_id") == to["message_id"]]

    def answer(self, to: Json, seconds: float = 30) -> Json:
        """Wait for the bot's answer to a message and return it."""
        self.wait(lambda: bool(self.said(to)), seconds)
        return self.said(to)[-1]

    def settled(self, seconds: float = 30) -> None:
        """Wait until every update is confirmed."""
        self.wait(lambda: not self._updates, seconds)

    def wait(self, met: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something is so."""
        with self._wake:
            assert self._wake.wait_for(met, seconds), f"not within {seconds} s: {self.said()[-3:]}"

    # the Bot API

    def tell(self, method: str, given: Json) -> None:
        """Note that a method is called."""
        self.tries.append(Call(method, given))

    def call(self, method: str, given: Json) -> Any:
        """Return the result of a call."""
        known = getattr(self, f"_api_{method}")
        result = known(given)
        with self._wake:
            self.calls.append(Call(method, given))
            self._wake.notify_all()
        return result

    def file(self, path: str) -> bytes | None:
        return self._files.get(path)

    def _api_getMe(self, _: Json) -> Json:
        return {
            **BOT,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _api_deleteWebhook(self, _: Json) -> bool:
        return True

    def _api_setMyCommands(self, _: Json) -> bool:
        return True

    def _api_answerCallbackQuery(self, _: Json) -> bool:
        return True

    def _api_getUpdates(self, given: Json) -> list[Json]:
        with self._wake:
            offset = int(given.get("offset", 0))
            while self._updates and self._updates[0]["update_id"] < offset:
                self._updates.popleft()
            self._wake.notify_all()
            self._wake.wait_for(lambda: bool(self._updates) or self.away, float(given.get("timeout", 0)))
            found = list(self._updates)[: int(given.get("limit", 100))]
        if found and self.together:
            with suppress(threading.BrokenBarrierError):
                self.together.wait(60)
        return found

    def _api_getFile(self, given: Json) -> Json:
        name = given["file_id"]
        return {"file_id": name, "file_unique_id": f"u-{name}", "file_path": f"photos/{name}.jpg"}

    def _api_sendMessage(self, given: Json) -> Json:
        content: Json = {"text": given["text"]}
        markup = json.loads(given.get("reply_markup", "{}"))
        if "inline_keyboard" in markup:  # Telegram shows no other markup in a message
            content["reply_markup"] = markup
        if reply := json.loads(given.get("reply_parameters", "null")):
            content["reply_to_message"] = _flat(self.messages[reply["message_id"]])
        return self._message(int(given["chat_id"]), BOT, content)

    def _api_editMessageText(self, given: Json) -> Json:
        message = self.messages[int(given["message_id"])]
        message.update(text=given["text"], edit_date=message["date"])
        message["reply_markup"] = json.loads(given["reply_markup"])
        return message

    def _message(self, chat: int, sender: Json, content: Json) -> Json:
        date = content.pop("date", None) or self.now or clock.now()
        message = {
            "message_id": next(self._numbers),
            "date": int(date.timestamp()) if isinstance(date, datetime) else date,
            "chat": _chat(chat),
            "from": sender,
            **content,
        }
        self.messages[message["message_id"]] = message
        return message

    def _file(self, data: bytes) -> Json:
        name = f"file{next(self._numbers)}"
        self._files[f"photos/{name}.jpg"] = data
        return {"file_id": name, "file_unique_id": f"u-{name}", "file_size": len(data)}

    def _put(self, update: Json) -> None:
        with self._wake:
            self._updates.append({"update_id": next(self._update_numbers), **update})
            self._wake.notify_all()


def _chat(number: int) -> Json:
    if number > 0:
        return {"id": number, "type": "private", "first_name": "Somebody"}
    return {"id": number, "type": "group", "title": "A car park"}


def _person(number: int, language: str) -> Json:
    return {"id": number, "is_bot": False, "first_name": "Somebody", "language_code": language}


def _flat(message: Json) -> Json:
    """Return a message as another one shows it: without what it answers itself."""
    return {k: v for k, v in message.items() if k != "reply_to_message"}
