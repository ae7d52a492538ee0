"""``python -m benchmarks.load``: requests per second of a running server, see ``run``."""

from benchmarks.load.run import main

main()
