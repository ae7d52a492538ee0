"""Which reads should a person look at? Those that are not certain, with what else they may be and why."""

from pathlib import Path

from platewise import Reader

reader = Reader(top=3)
for picture in sorted(Path("samples").glob("*.jpg")):
    for read in reader.read(picture):
        verdict = "sure" if read.confidence > 0.9 else "look"
        others = ", ".join(f"{c.plate} {c.confidence:.0%}" for c in read.candidates)
        print(f"{verdict}  {read.plate}  {others}  {'; '.join(read.explain)}")
