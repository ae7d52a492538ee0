"""``python -m benchmarks.journeys``: what is left of a toll road's journeys when cameras err, see ``run``."""

from benchmarks.journeys.run import main

main()
