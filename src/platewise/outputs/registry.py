"""The kinds of outputs and of gate drivers, by name.

Installed packages add their own under the entry points ``platewise.outputs`` and ``platewise.gate_drivers``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from platewise.errors import NameUnknown, SettingError
from platewise.outputs import gates
from platewise.outputs.broker import Brokers
from platewise.outputs.drivers import MqttGate, SimulatedGate, WebhookGate
from platewise.outputs.file import File
from platewise.outputs.mail import Mail
from platewise.outputs.mqtt import Mqtt
from platewise.outputs.protocol import GateDriver, Options, Output
from platewise.outputs.safe_http import SafeHttp
from platewise.outputs.simulated import SimulatedOutput
from platewise.outputs.telegram import Telegram
from platewise.outputs.webhook import Webhook
from platewise.store.outputs import OutputRecord
from platewise.store.site import Gate

T = TypeVar("T")


@dataclass(frozen=True)
class Means:
    """What outputs reach the world by; ``folder`` is where files of events lie, ``zone`` the site's."""

    http: SafeHttp
    brokers: Brokers
    folder: Path | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


MakeOutput: TypeAlias = Callable[[str, Options, Means], Output]
MakeDriver: TypeAlias = Callable[[Options, Means], GateDriver]


@lru_cache(maxsize=1)
def outputs() -> Mapping[str, MakeOutput]:
    """Return the kinds of outputs."""
    return _with_installed(
        "platewise.outputs",
        {
            "webhook": lambda name, options, means: Webhook(name, options, means.http),
            "mqtt": lambda name, options, means: Mqtt(name, options, means.brokers),
            "email": lambda name, options, means: Mail(name, options, means.http, means.zone),
            "telegram": lambda name, options, means: Telegram(name, options, means.http, means.zone),
            "file": lambda name, options, means: File(name, options, means.folder),
            "simulated": lambda name, options, _: SimulatedOutput(name, options),
        },
    )


@lru_cache(maxsize=1)
def drivers() -> Mapping[str, MakeDriver]:
    """Return the kinds of gate drivers."""
    return _with_installed(
        "platewise.gate_drivers",
        {
            "webhook": lambda options, means: WebhookGate(options, means.http),
            "mqtt": lambda options, means: MqttGate(options, means.brokers),
            "simulated": lambda options, _: SimulatedGate(options),
        },
    )


def make_output(record: OutputRecord, means: Means) -> Output:
    """Return an output as it is set up; InputError where it cannot be."""
    return _of(record.kind, outputs(), "kind of output")(record.name, record.options, means)


def make_gate(gate: Gate, means: Means) -> Output:
    """Return a gate as an output; InputError where its driver cannot be set up so."""
    make = _of(gates.common(gate.options).driver, drivers(), "gate driver")
    return gates.GateOutput(gate, make(gates.own(gate.options), means))


def _of(name: str, known: Mapping[str, T], kind: str) -> T:
    if name not in known:
        raise NameUnknown(kind, name, sorted(known))
    return known[name]


def _with_installed(group: str, shipped: dict[str, T]) -> dict[str, T]:
    for point in entry_points(group=group):
        if point.name in shipped:
            raise SettingError(f"two parts of {group} are named {point.name!r}")
        shipped[point.name] = point.load()
    return shipped
