"""Read every picture of a folder; one that cannot be decoded does not stop the run."""

from pathlib import Path

from platewise import Reader

for reads in Reader().stream(sorted(Path("samples").glob("*.jpg"))):
    print(reads)
