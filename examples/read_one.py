"""Read one photograph."""

from platewise import Reader

for read in Reader().read("car.jpg"):
    print(read.plate, f"{read.confidence:.0%}")
