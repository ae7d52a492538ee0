"""Connections to MQTT brokers: one for all that goes to the same broker, kept open."""

import logging
import re
import secrets
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field

from platewise import clock
from platewise.errors import InputError, MissingExtra, OutputError, PlatewiseError
from platewise.outputs.options import Checked
from platewise.outputs.safe_http import SafeHttp, place

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
    from paho.mqtt.properties import Properties
    from paho.mqtt.subscribeoptions import SubscribeOptions

log = logging.getLogger(__name__)
SITE = r"^[a-z0-9_-]{1,40}$"
ONLINE, OFFLINE = "online", "offline"
KEEPALIVE, CONNECT, SLOWEST, GOODBYE = 30, 5.0, 30, 1.0
"""Seconds after which broker and server notice that the other is silent; to connect; between two attempts at
most; and for the last word."""


class BrokerOptions(Checked):
    """Which broker, and the site's name in all topics."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=0, ge=0, le=65535)
    tls: bool = False
    username: str = ""
    password: str = Field(default="", repr=False)
    site: str = Field(default="main", pattern=SITE)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or (8883 if self.tls else 1883)

    @property
    def root(self) -> str:
        """What the site's topics begin with."""
        return f"platewise/{self.site}"

    @property
    def status(self) -> str:
        """The topic that says whether Platewise is there: retained, and the last will."""
        return f"{self.root}/status"


class Message(NamedTuple):
    """What is published; after ``expiry`` seconds the broker hands it to nobody any more."""

    topic: str
    payload: bytes
    retain: bool = False
    expiry: int | None = None


class Broker:
    """A connection that is opened again by itself.

    What could not be published is given up here, connection and all, so that nothing is ever sent late
    behind the outbox's back. While it stands, the status stays online, though another server, a trial at the
    command line or an old connection's last will says offline under the same name.
    """

    def __init__(self, options: BrokerOptions, http: SafeHttp) -> None:
        self._options, self._http = options, http
        self._turn, self._ready = threading.RLock(), threading.Event()
        self._greetings: list[Callable[[Client], None]] = []
        self._reasons: dict[int, str] = {}
        self._refused = ""
        self._client: Client | None = None
        self._closed = False

    def greet(self, greeting: "Callable[[Client], None]") -> None:
        """Have something published after each connecting, and now if that is done."""
        with self._turn:
            self._greetings.append(greeting)
            if self._client and self._ready.is_set():
                greeting(self._client)

    def forget(self, greeting: "Callable[[Client], None]") -> None:
        """Publish that no more."""
        with self._turn, suppress(ValueError):  # it may never have been asked for
            self._greetings.remove(greeting)

    def begin(self) -> None:
        """Connect before there is something to publish, without waiting for it."""
        threading.Thread(target=self._try, name="mqtt", daemon=True).start()

    def publish(self, message: Message, seconds: float) -> None:
        """Return once the broker has the message, or raise ``OutputError``."""
        deadline = clock.ticks() + seconds
        self._open()
        client = self._client
        if client is None or not self._ready.wait(min(seconds, CONNECT)):
            self._give_up(client)
            where = place(*self._options.place)
            raise OutputError(f"no connection to the broker {where} {self._refused}".rstrip(), "wait")
        sent = client.publish(message.topic, message.payload, 1, message.retain, _expiring(message.expiry))
        if not _arrives(sent, deadline - clock.ticks()):
            self._give_up(client)
            raise OutputError("the broker did not confirm", "wait")
        if reason := self._reasons.pop(sent.mid, ""):
            raise OutputError(f"the broker refused: {reason}")

    def close(self) -> None:
        """Say goodbye and disconnect, for good."""
        with self._turn:
            self._closed, client = True, self._client
        if client is not None and self._ready.is_set():
            _arrives(client.publish(self._options.status, OFFLINE, 1, True), GOODBYE)
        self._give_up(client)

    def _try(self) -> None:
        try:
            self._open()
        except PlatewiseError as error:
            log.warning("MQTT: %s", error)

    def _open(self) -> None:
        with self._turn:
            if self._closed:
                raise OutputError("the connection was closed", "wait")
            if self._client is None:
                self._client = self._begin()

    def _give_up(self, client: "Client | None") -> None:
        """End a connection with all that it still wanted to send; the next message begins a new one."""
        with self._turn:
            if client is None or client is not self._client:
                return
            self._client = None
            self._ready.clear()
        client.disconnect()
        client.loop_stop()

    def _begin(self) -> "Client":
        options = self._options
        host, port = options.place
        try:
            address = self._http.address(host, port)
            client = _client(options)
        except InputError as error:
            raise OutputError(f"the broker {error}", "wait") from error
        except MissingExtra as error:
            raise OutputError(str(error), "wait") from error
        client.on_connect, client.on_disconnect = self._connected, self._lost
        client.on_publish, client.on_message = self._published, self._contradict
        # With TLS the certificate says who the host is; otherwise its address must be the one checked.
        client.connect_async(host if options.tls else address, port, KEEPALIVE)
        client.loop_start()
        return client

    def _connected(self, client: "Client", _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self._refused = f"({reason})" if reason.is_failure else ""
        with self._turn:
            if client is not self._client:  # given up while it connected: nothing may be sent any more
                client.disconnect()
            if reason.is_failure or client is not self._client:
                return
            client.subscribe(self._options.status, options=_others())
            client.publish(self._options.status, ONLINE, 1, True)
            for greeting in self._greetings:
                greeting(client)
            self._ready.set()

    def _lost(self, client: "Client", *_: Any) -> None:
        with self._turn:
            if client is self._client:
                self._ready.clear()

    def _contradict(self, client: "Client", _data: Any, message: "MQTTMessage") -> None:
        """Say again that Platewise is there when somebody else has said that it is not."""
        with self._turn:
            if client is self._client and not self._closed and message.payload == OFFLINE.encode():
                client.publish(self._options.status, ONLINE, 1, True)

    def _published(self, _client: "Client", _data: Any, number: int, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._reasons[number] = str(reason)


def level(name: str) -> str:
    """Return a name as one level of a topic."""
    return re.sub(r"[/+#]", "_", name)


class Brokers:
    """The connections in use."""

    def __init__(self, http: SafeHttp) -> None:
        self._http, self._turn = http, threading.Lock()
        self._lent: dict[BrokerOptions, tuple[Broker, int]] = {}

    def lend(self, options: BrokerOptions) -> Broker:
        """Return the connection to a broker; give it back after use."""
        with self._turn:
            broker, users = self._lent.get(options, (None, 0))
            broker = broker or Broker(options, self._http)
            self._lent[options] = broker, users + 1
        return broker

    def give_back(self, options: BrokerOptions) -> None:
        """Close a connection that nobody else uses."""
        with self._turn:
            broker, users = self._lent.pop(options)
            if users > 1:
                self._lent[options] = broker, users - 1
                return
        broker.close()


def _client(options: BrokerOptions) -> "Client":
    try:
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion
    except ModuleNotFoundError as error:
        raise MissingExtra("MQTT", "mqtt") from error
    name = f"platewise-{options.site}-{secrets.token_hex(4)}"
    client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTv5)
    if options.username:
        client.username_pw_set(options.username, options.password)
    if options.tls:
        client.tls_set()
    client.will_set(options.status, OFFLINE, 1, True)
    client.connect_timeout = CONNECT
    client.reconnect_delay_set(1, SLOWEST)
    return client


def _others() -> "SubscribeOptions":
    """Return how the status is listened to: what others say from now on."""
    from paho.mqtt.subscribeoptions import SubscribeOptions

    return SubscribeOptions(1, noLocal=True, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)


def _arrives(sent: "MQTTMessageInfo", seconds: float) -> bool:
    """Wait for the broker's word that it has a message; tell whether it came."""
    try:
        sent.wait_for_publish(max(seconds, 0.0))
        return sent.is_published()
    except (RuntimeError, ValueError):  # the connection went before it was sent
        return False


def _expiring(seconds: int | None) -> "Properties | None":
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    if seconds is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = seconds
    return properties
