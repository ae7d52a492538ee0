"""MQTT with a real broker: what is published, what stays, and what happens when either side goes away."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from receivers import Listener, Mosquitto, event, eventually, means

from platewise.errors import InputError, OutputError
from platewise.outputs import mqtt
from platewise.outputs.broker import Broker, BrokerOptions, Message, level
from platewise.outputs.messages import id_of
from platewise.outputs.mqtt import Mqtt


def output(broker: Mosquitto, **options: Any) -> Mqtt:
    return Mqtt("ha", {**broker.options, "site": "yard", **options}, means().brokers)


def told(listener: Listener, topic: str) -> Any:
    eventually(lambda: listener.on(topic))
    return json.loads(listener.on(topic)[-1])


def test_an_event_and_what_is_known_now(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto)
    ha.deliver(event())
    ha.deliver(event(8, "Left", plate=None, lot="north/ü+", free=3, capacity=5))
    eventually(lambda: len(listener.on("platewise/yard/event")) == 2)
    first, second = (json.loads(payload) for payload in listener.on("platewise/yard/event"))
    assert (first["id"], first["event_type"], first["plate"]) == (id_of(event()), "Entered", "AB12CDE")
    assert (second["event_type"], second["event"]) == ("Left", 8)
    assert told(listener, "platewise/yard/last_plate")["display"] == "AB12 CDE"
    assert told(listener, "platewise/yard/lots/main")["inside"] == 2
    assert told(listener, "platewise/yard/lots/north_ü_")["free"] == 3
    ha.close()
    ha.close()
    eventually(lambda: listener.on("platewise/yard/status") == [b"online", b"offline"])


def test_who_is_there_contradicts_who_goes(mosquitto: Mosquitto, listener: Listener) -> None:
    server, trial = output(mosquitto), output(mosquitto)  # as `platewise outputs test`, or a second server
    server.deliver(event())
    trial.deliver(event(8))
    trial.close()
    eventually(lambda: listener.on("platewise/yard/status")[-2:] == [b"offline", b"online"])
    late = Listener(mosquitto, "late", "platewise/yard/status")
    eventually(lambda: late.on("platewise/yard/status") == [b"online"])
    late.close()
    server.close()
    eventually(lambda: listener.on("platewise/yard/status")[-1] == b"offline")


@pytest.mark.wall("W6")
def test_state_is_retained_and_events_are_not(mosquitto: Mosquitto) -> None:
    ha = output(mosquitto)
    ha.deliver(event())
    late = Listener(mosquitto, "late")
    eventually(lambda: late.on("platewise/yard/last_plate"))
    assert late.on("platewise/yard/event") == []
    assert late.on("platewise/yard/status") == [b"online"]
    late.close()
    ha.close()


def test_an_older_event_does_not_undo_what_is_known(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto)
    ha.deliver(event(9, free=1))
    ha.deliver(event(8, free=2))
    eventually(lambda: len(listener.on("platewise/yard/event")) == 2)
    assert told(listener, "platewise/yard/lots/main")["free"] == 1
    ha.close()


def test_home_assistant_is_told_what_there_is(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto)
    ha.deliver(event())
    eventually(lambda: listener.on("platewise/yard/event"))
    known = {topic: json.loads(p) for topic, p, _ in listener.got if topic.startswith("homeassistant/")}
    assert set(known) == {
        f"homeassistant/{kind}/platewise_yard/{name}/config"
        for kind, name in (
            ("event", "event"), ("sensor", "last_plate"), ("sensor", "main_free"), ("sensor", "main_inside"),
        )
    }  # fmt: skip
    assert len({one["unique_id"] for one in known.values()}) == 4
    assert {one["availability_topic"] for one in known.values()} == {"platewise/yard/status"}
    topics = {topic for topic, _, _ in listener.got}
    assert {one["state_topic"] for one in known.values()} <= topics
    assert "Entered" in known["homeassistant/event/platewise_yard/event/config"]["event_types"]
    late = Listener(mosquitto, "late", "homeassistant/#")
    eventually(lambda: len(late.got) == 4)  # Home Assistant may start after Platewise
    late.close()
    ha.close()


def test_who_is_inside_is_told_of_the_wanted_lists_alone(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto, presence=["residents"])
    inside = {"vehicle": "AB12CDE", "lists": ["residents", "staff"]}
    ha.deliver(event(1, **inside))
    ha.deliver(event(2, vehicle="XY99ZZZ", lists=["staff"]))
    ha.deliver(event(3, vehicle="QQ11QQQ", lists=[]))
    ha.deliver(event(4, "Repeated", **inside))
    ha.deliver(event(6, "Left", plate="A812CDE", **inside))
    ha.deliver(event(5, **inside))  # it was late, and does not bring the vehicle back
    eventually(lambda: len(listener.on("platewise/yard/event")) == 6)
    assert listener.on("platewise/yard/vehicles/AB12CDE") == [b"ON", b"OFF"]
    topics = {topic for topic, _, _ in listener.got}
    assert not [topic for topic in topics if "XY99" in topic or "QQ11" in topic]
    (described,) = set(listener.on("homeassistant/binary_sensor/platewise_yard/vehicle_AB12CDE/config"))
    told_ = json.loads(described)
    assert (told_["state_topic"], told_["device_class"]) == ("platewise/yard/vehicles/AB12CDE", "presence")
    late = Listener(mosquitto, "late", "platewise/yard/vehicles/#")
    eventually(lambda: late.got)
    assert late.got == [("platewise/yard/vehicles/AB12CDE", b"OFF", True)]
    late.close()
    ha.close()


def test_a_vehicle_whose_stay_is_given_up_is_not_inside_any_more(
    mosquitto: Mosquitto, listener: Listener
) -> None:
    ha = output(mosquitto, presence=["residents"])
    inside: dict[str, Any] = {"vehicle": "AB12CDE", "lists": ["residents"]}
    ha.deliver(event(1, **inside, free=1))
    ha.deliver(event(2, plate="XY99ZZZ", free=0))
    ha.deliver(event(3, "Lost", **inside, free=1))
    ha.deliver(event(4, "Lost", vehicle=None, lists=["residents"], free=2))
    eventually(lambda: len(listener.on("platewise/yard/event")) == 4)
    assert listener.on("platewise/yard/vehicles/AB12CDE") == [b"ON", b"OFF"]
    assert told(listener, "platewise/yard/lots/main")["free"] == 2
    assert told(listener, "platewise/yard/last_plate")["plate"] == "XY99ZZZ"  # nothing was seen since
    ha.close()


def test_who_is_inside_follows_what_people_change(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto, presence=["residents"])
    ha.deliver(event(1, vehicle="AB12CDE", lists=["residents"], free=1))
    gone = {"vehicle": "AB12CDE", "lists": ["residents"], "inside": False}
    come = {"vehicle": "HJ56KLM", "lists": ["residents"], "inside": True}
    other = {"vehicle": "XY99ZZZ", "lists": ["staff"], "inside": True}
    ha.deliver(event(2, "Changed", plate=None, free=5, capacity=9, vehicles=[gone, come, other]))
    eventually(lambda: listener.on("platewise/yard/vehicles/HJ56KLM"))
    eventually(lambda: told(listener, "platewise/yard/lots/main")["free"] == 5)
    assert listener.on("platewise/yard/vehicles/AB12CDE") == [b"ON", b"OFF"]
    assert listener.on("platewise/yard/vehicles/HJ56KLM") == [b"ON"]
    assert not listener.on("platewise/yard/vehicles/XY99ZZZ")
    ha.deliver(event(3, plate="QQ11QQQ"))
    eventually(lambda: len(listener.on("platewise/yard/event")) == 2)  # a change by hand is no event there
    ha.close()


def test_nobody_is_told_who_is_inside_unless_asked_for(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto)
    ha.deliver(event(1, vehicle="AB12CDE", lists=["residents"]))
    eventually(lambda: listener.on("platewise/yard/event"))
    assert not [topic for topic, _, _ in listener.got if "vehicle" in topic]
    ha.close()


def test_home_assistant_may_be_absent(mosquitto: Mosquitto, listener: Listener) -> None:
    ha = output(mosquitto, discovery=False)
    ha.deliver(event())
    eventually(lambda: listener.on("platewise/yard/event"))
    assert not [topic for topic, _, _ in listener.got if topic.startswith("homeassistant")]
    ha.close()


def test_names_of_car_parks_stay_apart() -> None:
    options = mqtt.MqttOptions(host="h")
    names = ("main", "ma/in", "ma+in", "京", "沪", "a b")
    topics = [described[0] for name in names for described in mqtt.describe_lot(options, name)]
    assert len(set(topics)) == 2 * len(names)
    assert all(topic.isascii() and topic.count("/") == 4 and " " not in topic for topic in topics)
    assert level("a/b+c#d e") == "a_b_c_d e"


def test_one_connection_serves_all_that_goes_to_one_broker(mosquitto: Mosquitto) -> None:
    shared = means().brokers
    one, other = (Mqtt(name, mosquitto.options, shared) for name in ("one", "other"))
    assert one._broker is other._broker
    one.close()
    other.deliver(event())
    other.close()
    with pytest.raises(OutputError) as error:
        other.deliver(event())
    assert error.value.fate == "wait"


@pytest.mark.wall("W6")
def test_the_last_will_of_a_server_that_is_killed(mosquitto: Mosquitto, listener: Listener) -> None:
    program = (
        "import sys, time; from receivers import means; from platewise.outputs.mqtt import Mqtt;"
        f"Mqtt('ha', {{'host': '127.0.0.1', 'port': {mosquitto.port}}}, means().brokers); time.sleep(60)"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}) as server:
        eventually(lambda: listener.on("platewise/main/status") == [b"online"])
        server.send_signal(signal.SIGKILL)
    eventually(lambda: listener.on("platewise/main/status") == [b"online", b"offline"])


@pytest.mark.wall("W6")
def test_a_broker_that_comes_back(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    ha = output(mosquitto)
    ha.deliver(event())
    mosquitto.kill()
    patience = mqtt.SECONDS
    monkeypatch.setattr(mqtt, "SECONDS", 0.5)
    with pytest.raises(OutputError) as error:
        ha.deliver(event(8))
    monkeypatch.setattr(mqtt, "SECONDS", patience)
    assert error.value.fate == "wait"
    mosquitto.start()
    ha.deliver(event(9))
    again = Listener(mosquitto, "again", "platewise/yard/status")
    eventually(lambda: again.on("platewise/yard/status") == [b"online"])
    again.close()
    ha.close()


def test_what_could_not_be_published_is_never_sent_late(mosquitto: Mosquitto, listener: Listener) -> None:
    broker = Broker(BrokerOptions(**mosquitto.options), means().http)
    broker.publish(Message("gate", b"1"), 5)
    mosquitto.kill()
    with pytest.raises(OutputError):
        broker.publish(Message("gate", b"2"), 0.3)
    mosquitto.start()
    assert listener.ready.wait(10)
    broker.publish(Message("gate", b"3"), 5)
    eventually(lambda: b"3" in listener.on("gate"))
    assert listener.on("gate") == [b"1", b"3"]
    broker.close()


@pytest.mark.wall("W6")
def test_a_broker_that_hangs(mosquitto: Mosquitto) -> None:
    broker = Broker(BrokerOptions(**mosquitto.options), means().http)
    broker.publish(Message("a", b"1"), 5)
    mosquitto.signal(signal.SIGSTOP)
    start = monotonic()
    with pytest.raises(OutputError, match="did not confirm") as error:
        broker.publish(Message("a", b"2"), 0.2)
    assert error.value.fate == "wait"
    assert monotonic() - start < 5
    mosquitto.signal(signal.SIGCONT)
    broker.publish(Message("a", b"3"), 5)
    broker.close()


@pytest.mark.parametrize("name", ["nobody", ""])
def test_a_broker_that_refuses(tmp_path: Path, name: str) -> None:
    closed = Mosquitto(tmp_path, "allow_anonymous false")
    broker = Broker(BrokerOptions(**closed.options, username=name, password="sesame"), means().http)
    with pytest.raises(OutputError, match="Not authorized") as error:
        broker.publish(Message("a", b""), 1)
    assert error.value.fate == "wait"
    assert "sesame" not in str(error.value) + repr(broker._options)
    broker.close()
    closed.kill()


def test_a_broker_that_lets_publish_only_some_topics(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("topic write open\n")
    strict = Mosquitto(tmp_path, "allow_anonymous true", f"acl_file {rules}")
    broker = Broker(BrokerOptions(**strict.options), means().http)
    broker.publish(Message("open", b""), 5)
    with pytest.raises(OutputError, match="refused") as error:
        broker.publish(Message("closed", b""), 5)
    assert error.value.fate == "retry"
    broker.close()
    strict.kill()


def test_a_broker_that_says_nothing() -> None:
    pytest.importorskip("paho.mqtt", reason="needs the [mqtt] extra")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        options = BrokerOptions(host="127.0.0.1", port=server.getsockname()[1])
        broker = Broker(options, means().http)
        start = monotonic()
        with pytest.raises(OutputError, match=f"no connection to the broker 127.0.0.1:{options.port}"):
            broker.publish(Message("a", b""), 0.3)
        broker.close()
        assert monotonic() - start < 5


def test_a_private_broker_needs_the_owners_word(mosquitto: Mosquitto) -> None:
    broker = Broker(BrokerOptions(**mosquitto.options), means("10.0.0.0/8").http)
    with pytest.raises(OutputError, match="not public") as error:
        broker.publish(Message("a", b""), 1)
    assert f"the broker 127.0.0.1:{mosquitto.options['port']}" in str(error.value)
    assert error.value.fate == "wait"


@pytest.mark.parametrize(
    "options",
    [{}, {"host": ""}, {"host": "h", "port": 99999}, {"host": "h", "site": "A/b"}, {"host": "h", "x": 1},
     {"host": "h", "prefix": "a+b"}],
)  # fmt: skip
def test_options_that_cannot_be_meant(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="option"):
        Mqtt("ha", options, means().brokers)
