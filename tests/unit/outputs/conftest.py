"""The receivers of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from receivers import Listener, Mosquitto, Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a running HTTP receiver."""
    with receiving() as server:
        yield server


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """Return a running broker."""
    broker = Mosquitto(tmp_path)
    yield broker
    broker.kill()


@pytest.fixture
def listener(mosquitto: Mosquitto) -> Iterator[Listener]:
    """Return what hears everything that the broker is told."""
    heard = Listener(mosquitto)
    yield heard
    heard.close()
