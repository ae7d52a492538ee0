"""``python -m benchmarks.latency``: time and memory of reading, see ``run``."""

from benchmarks.latency.run import main

main()
