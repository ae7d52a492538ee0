"""``python -m benchmarks.peers``: other readers beside Platewise on the same pictures, see ``run``."""

from benchmarks.peers.run import main

main()
