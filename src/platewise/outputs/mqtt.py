"""Events over MQTT, and what Home Assistant needs to show them.

Topics, below ``platewise/<site>``: ``event`` each event; ``last_plate`` and ``lots/<lot>`` what is known now,
retained; ``status`` whether Platewise is there.
"""

import re
import threading
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from platewise.dialects import frigate
from platewise.errors import OutputError
from platewise.outputs import formats, messages
from platewise.outputs.broker import OFFLINE, ONLINE, Broker, BrokerOptions, Brokers, Message, level
from platewise.outputs.options import read
from platewise.outputs.protocol import Options
from platewise.store.records import EventRecord

if TYPE_CHECKING:
    from paho.mqtt.client import Client

INSIDE = {"Entered": b"ON", "Left": b"OFF", messages.LOST: b"OFF"}
"""What the events that bring a vehicle in or out, or give it up, make of its presence."""
SECONDS = 10.0
"""For the broker to confirm a message."""


class MqttOptions(BrokerOptions):
    """A broker, and whether Home Assistant is told about the site under ``prefix``.

    With the format 'frigate' plates are also told as Frigate tells them.

    Of vehicles on the lists ``presence`` it is told which are inside: whoever reads the broker then knows who
    is there, so there are none by themselves.
    """

    discovery: bool = True
    format: formats.MqttFormat = "platewise"
    presence: tuple[str, ...] = ()
    prefix: str = Field(default="homeassistant", pattern=r"^[A-Za-z0-9_/-]{1,100}$")

    @property
    def broker(self) -> BrokerOptions:
        """The broker alone."""
        return BrokerOptions(**{name: getattr(self, name) for name in BrokerOptions.model_fields})


class Mqtt:
    """Publishes each event."""

    def __init__(self, name: str, options: Options, brokers: Brokers) -> None:
        self.name, self._brokers = name, brokers
        self._options = read(MqttOptions, options)
        self._broker: Broker | None = brokers.lend(self._options.broker)
        self._turn = threading.Lock()
        self._announced: dict[str, list[tuple[str, bytes]]] = {}
        self._newest: dict[str, int] = {}
        if self._options.discovery:
            self._broker.greet(self._announce)
        self._broker.begin()

    def deliver(self, event: EventRecord) -> None:
        """Publish what is known now, then the event: of these the last may come twice."""
        broker = self._broker
        if broker is None:
            raise OutputError("it was changed meanwhile", "wait")
        for message in self._states(event):
            if event.id > self._newest.get(message.topic, 0):  # one that was late must not undo what is newer
                broker.publish(message, SECONDS)
                self._newest[message.topic] = event.id
        if event.kind == messages.CHANGED:
            return  # nothing happened at a gate
        content = {"id": messages.id_of(event), "event_type": event.kind, **messages.told(event)}
        topic = f"{self._options.root}/event"
        broker.publish(Message(topic, messages.as_json(content)), SECONDS)
        update = formats.mqtt(event) if self._options.format == "frigate" else None
        if update:
            broker.publish(Message(f"frigate/{frigate.TOPIC}", update), SECONDS)

    def close(self) -> None:
        """Give the connection back."""
        with self._turn:
            broker, self._broker = self._broker, None
        if broker:
            broker.forget(self._announce)
            self._brokers.give_back(self._options.broker)

    def _states(self, event: EventRecord) -> list[Message]:
        told, root = messages.told(event), self._options.root
        found = []
        if told.get("plate") and event.kind != messages.LOST:
            plate = {name: told.get(name) for name in ("plate", "display", "camera", "gate", "lot", "at")}
            content = messages.as_json({**plate, "event_type": event.kind})
            found.append(Message(f"{root}/last_plate", content, retain=True))
        lot, free, capacity = told.get("lot"), told.get("free"), told.get("capacity")
        if isinstance(lot, str) and isinstance(free, int) and isinstance(capacity, int):
            found += self._announcing(f"lot {lot}", describe_lot(self._options, lot))
            count = {"lot": lot, "free": free, "inside": capacity - free, "capacity": capacity}
            content = messages.as_json({**count, "at": told["at"]})
            found.append(Message(f"{root}/lots/{level(lot)}", content, retain=True))
        return found + self._presence(event)

    def _presence(self, event: EventRecord) -> list[Message]:
        """Return which vehicles of the wanted lists have come or gone, or never were there after all."""
        found = []
        told = [(event.payload, INSIDE[event.kind])] if event.kind in INSIDE else []
        told += [(one, b"ON" if one["inside"] else b"OFF") for one in event.payload.get("vehicles") or ()]
        for one, state in told:
            plate, lists = one.get("vehicle"), one.get("lists") or ()
            if plate and set(lists) & set(self._options.presence):
                found += self._announcing(f"vehicle {plate}", describe_vehicle(self._options, plate))
                found.append(Message(vehicle_topic(self._options, plate), state, retain=True))
        return found

    def _announcing(self, name: str, described: list[tuple[str, bytes]]) -> list[Message]:
        """Return what tells Home Assistant of a car park or a vehicle, the first time it is heard of."""
        if name in self._announced or not self._options.discovery:
            return []
        self._announced[name] = described
        return [Message(*one, retain=True) for one in described]

    def _announce(self, client: "Client") -> None:
        """Tell Home Assistant of the site."""
        known = [one for described in tuple(self._announced.values()) for one in described]
        for topic, content in [*describe(self._options), *known]:
            client.publish(topic, content, 1, True)


def describe(options: MqttOptions) -> list[tuple[str, bytes]]:
    """Return Home Assistant's discovery messages for a site: its events and the last plate."""
    event = {
        "name": "Event",
        "state_topic": f"{options.root}/event",
        "event_types": list(messages.KINDS),
        "icon": "mdi:boom-gate",
    }
    plate = {
        "name": "Last plate",
        "state_topic": f"{options.root}/last_plate",
        "value_template": "{{ value_json.display or value_json.plate }}",
        "json_attributes_topic": f"{options.root}/last_plate",
        "icon": "mdi:car",
    }
    return [_entity(options, "event", "event", event), _entity(options, "sensor", "last_plate", plate)]


def describe_lot(options: MqttOptions, lot: str) -> list[tuple[str, bytes]]:
    """Return Home Assistant's discovery messages for a car park: its free places and who is inside."""
    found = []
    for value, name in (("free", "free places"), ("inside", "vehicles inside")):
        sensor = {
            "name": f"{lot} {name}",
            "state_topic": f"{options.root}/lots/{level(lot)}",
            "value_template": f"{{{{ value_json.{value} }}}}",
            "state_class": "measurement",
            "icon": "mdi:parking",
        }
        found.append(_entity(options, "sensor", f"{_key(lot)}_{value}", sensor))
    return found


def describe_vehicle(options: MqttOptions, plate: str) -> list[tuple[str, bytes]]:
    """Return Home Assistant's discovery message for a vehicle: whether it is inside."""
    sensor = {
        "name": plate,
        "state_topic": vehicle_topic(options, plate),
        "device_class": "presence",
        "icon": "mdi:car",
    }
    return [_entity(options, "binary_sensor", f"vehicle_{_key(plate)}", sensor)]


def vehicle_topic(options: MqttOptions, plate: str) -> str:
    """Return the topic that says whether a vehicle is inside: ON or OFF, retained."""
    return f"{options.root}/vehicles/{level(plate)}"


def _entity(options: MqttOptions, kind: str, name: str, content: Mapping[str, object]) -> tuple[str, bytes]:
    """Return topic and content of one entity's discovery message."""
    device = f"platewise_{options.site}"
    shared = {
        "unique_id": f"{device}_{name}",
        "availability_topic": options.status,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "qos": 1,
        "device": {"identifiers": [device], "name": f"Platewise {options.site}", "manufacturer": "Platewise"},
        "origin": {"name": "Platewise"},
    }
    return f"{options.prefix}/{kind}/{device}/{name}/config", messages.as_json({**content, **shared})


def _key(name: str) -> str:
    """Return a name as Home Assistant may have it in an id; different names stay different."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return name
    return f"{re.sub(r'[^A-Za-z0-9_-]', '', name)}_{zlib.crc32(name.encode()):08x}"
