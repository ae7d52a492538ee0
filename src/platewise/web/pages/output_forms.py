"""What is filled in to set an output up, by its kind; kinds that packages add are set up over the API."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from platewise.web.pages import forms

EVENT_KINDS = (
    "Entered",
    "Left",
    "Lost",
    "Refused",
    "Passed",
    "Travelled",
    "Alert",
    "Undelivered",
    "Heartbeat",
)
"""The kinds of events that can be ticked; nothing ticked means all but heartbeats."""


class Field(NamedTuple):
    """An option as it is filled in; ``kind`` is text, number, secret, tick, or choices with commas."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = False


FORMS: dict[str, tuple[Field, ...]] = {
    "webhook": (Field("url", "URL", "secret", "https://example.org/hook", required=True),),
    "mqtt": (
        Field("host", "Broker", hint="192.168.1.5", required=True),
        Field("port", "Port", "number", "1883"),
        Field("username", "User name"),
        Field("password", "Password", "secret"),
        Field("tls", "Encrypted (TLS)", "tick"),
        Field("presence", "Tell who is inside, of the lists", hint="none"),
    ),
    "email": (
        Field("host", "Mail server", hint="mail.example.org", required=True),
        Field("security", "Encryption", "starttls,tls,none"),
        Field("username", "User name"),
        Field("password", "Password", "secret"),
        Field("sender", "From", hint="gate@example.org", required=True),
        Field("to", "To", hint="ann@example.org, ben@example.org", required=True),
    ),
    "telegram": (
        Field("token", "Token of the bot", "secret", "123456:ABC…", required=True),
        Field("chat", "Chat", hint="-1001234567890 or @channel", required=True),
    ),
    "file": (Field("file", "File", hint="events.csv or events.jsonl", required=True),),
}


def options_of(kind: str, former: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was filled in for an output of that kind; what is empty is left out.

    Of the former options those stay that the form does not show.
    """
    shown = [field.name for field in FORMS.get(kind, ())]
    found: dict[str, Any] = {name: value for name, value in former.items() if name not in shown}
    for field in FORMS.get(kind, ()):
        value: Any = forms.ticked(field.name) if field.kind == "tick" else forms.given(field.name)
        if field.kind == "number" and value:
            value = forms.number(field.name)
        if value:
            found[field.name] = value
    if "presence" in found:
        found["presence"] = [name.strip() for name in found["presence"].split(",") if name.strip()]
    return found
