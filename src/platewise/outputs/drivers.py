"""What opens a gate: an HTTP request, an MQTT message, or nothing but a note."""

from collections import deque
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import Field

from platewise import clock
from platewise.errors import OutputError
from platewise.outputs import messages, webhook
from platewise.outputs.broker import Broker, BrokerOptions, Brokers, Message, level
from platewise.outputs.options import Checked, read
from platewise.outputs.protocol import Options
from platewise.outputs.safe_http import SafeHttp
from platewise.store.records import EventRecord

SECONDS = 5.0
"""That a controller may take."""
KEPT = 1000


class WebhookGateOptions(webhook.WebhookOptions):
    """A URL, asked by POST with signed JSON, or by GET for a plain relay."""

    method: Literal["POST", "GET"] = "POST"


class WebhookGate:
    """Opens a gate by an HTTP request."""

    def __init__(self, options: Options, http: SafeHttp) -> None:
        self._options, self._http = read(WebhookGateOptions, options), http

    def open(self, gate: str, event: EventRecord, seconds: float) -> None:
        """Ask the URL; anything but a 2xx answer is an ``OutputError``."""
        content = {"type": "gate.open", "timestamp": event.at.isoformat(), "data": _told(gate, event)}
        method = self._options.method
        body = b"" if method == "GET" else messages.as_json(content)
        message = webhook.Message(messages.id_of(event), body, method)
        webhook.send(self._http, self._options, message, min(seconds, SECONDS))

    def close(self) -> None:
        """Do nothing: no connection is kept."""


class MqttGateOptions(BrokerOptions):
    """A broker, and what it is told: JSON on ``platewise/<site>/gates/<gate>/open`` unless said otherwise."""

    topic: str = Field(default="", max_length=1000, pattern=r"^[^+#\x00]*$")
    payload: str | None = None

    @property
    def broker(self) -> BrokerOptions:
        """The broker alone."""
        return BrokerOptions(**{name: getattr(self, name) for name in BrokerOptions.model_fields})


class MqttGate:
    """Opens a gate by an MQTT message that the broker forgets when it is no longer fresh."""

    def __init__(self, options: Options, brokers: Brokers) -> None:
        self._options, self._brokers = read(MqttGateOptions, options), brokers
        self._broker: Broker | None = brokers.lend(self._options.broker)
        self._broker.begin()

    def open(self, gate: str, event: EventRecord, seconds: float) -> None:
        """Publish the message."""
        options, broker = self._options, self._broker
        if broker is None:
            raise OutputError("it was changed meanwhile", "wait")
        content = {"id": messages.id_of(event), **_told(gate, event)}
        payload = messages.as_json(content) if options.payload is None else options.payload.encode()
        topic = options.topic or f"{options.root}/gates/{level(gate)}/open"
        message = Message(topic, payload, expiry=max(int(seconds), 1))
        broker.publish(message, min(seconds, SECONDS))

    def close(self) -> None:
        """Give the connection back."""
        broker, self._broker = self._broker, None
        if broker:
            self._brokers.give_back(self._options.broker)


class Opened(NamedTuple):
    """That a gate would have been opened."""

    gate: str
    event: str
    at: datetime


class SimulatedGate:
    """Opens nothing, and notes what it would have opened: to try a site out, and for tests."""

    def __init__(self, options: Options | None = None) -> None:
        read(Checked, options or {})
        self.opened: deque[Opened] = deque(maxlen=KEPT)

    def open(self, gate: str, event: EventRecord, seconds: float) -> None:
        """Note it."""
        self.opened.append(Opened(gate, messages.id_of(event), clock.now()))

    def close(self) -> None:
        """Do nothing."""


def _told(gate: str, event: EventRecord) -> dict[str, object]:
    told = messages.told(event)
    wanted = ("plate", "display", "lot", "direction", "event", "at")
    return {"gate": gate, "kind": event.kind, **{name: told.get(name) for name in wanted}}
