"""The dispatcher that ``test_delivery`` ends without warning."""

import os
import sys
from pathlib import Path
from time import sleep

from platewise.outputs.broker import Brokers
from platewise.outputs.dispatcher import Dispatcher, Timing
from platewise.outputs.registry import Means
from platewise.outputs.safe_http import SafeHttp
from platewise.outputs.switchboard import Switchboard
from platewise.store.opening import open_store

CLAIM = 1.0
"""Seconds for which a delivery is claimed: then what a dead sender was sending is sent again."""


def main(url: str, images: str) -> None:
    http = SafeHttp(["127.0.0.0/8"])
    board = Switchboard(Means(http, Brokers(http)))
    Dispatcher(open_store(url, Path(images)), board, Timing(0.02, CLAIM)).start()
    parent = os.getppid()
    while os.getppid() == parent:  # it does not outlive a test that was stopped
        sleep(0.5)


if __name__ == "__main__":
    main(*sys.argv[1:])
