"""``python -m benchmarks.parking``: what a car park makes of misread plates, see ``run``."""

from benchmarks.parking.run import main

main()
