"""Brings a database up to date, in a process that is ended in the middle."""

import sys
from pathlib import Path

from platewise.store.opening import open_store

if __name__ == "__main__":
    print("begins", flush=True)
    open_store(sys.argv[1], Path(sys.argv[2])).close()
    print("ended", flush=True)
