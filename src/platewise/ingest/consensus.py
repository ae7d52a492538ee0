"""What a vote says once the formats have spoken: they speak after the vote, not before it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from platewise.core.lattice import Lattice
from platewise.core.plate import Plate
from platewise.core.read import Read
from platewise.tracking.tracker import Decide
from platewise.vision.decode_lattice import decode_lattice
from platewise.vision.explain import Thresholds, of_text
from platewise.vision.pipeline import PlatePipeline
from platewise.vision.protocols import Pipeline, Recognition

OF_TEXT = ("format_unknown", "low_character", "disagreement")
"""The reasons of one frame's read that the vote's own take the place of."""


def decider(pipeline: Pipeline) -> Decide:
    """Return how the votes over this pipeline's reads are decided."""
    return by_formats(pipeline) if isinstance(pipeline, PlatePipeline) else by_signs


def by_formats(pipeline: PlatePipeline) -> Decide:
    """Return what decides by the formats of the pipeline's regions."""

    def decide(best: Read, lattice: Lattice, regions: Mapping[str, float]) -> Read:
        """Return the read of the vote at the place of the best read."""
        tuning = pipeline.tuning
        decoded = decode_lattice(Recognition(lattice, dict(regions)), pipeline.formats, tuning.lattice)
        readable = decoded.text and decoded.confidence >= tuning.readable
        of_picture = [reason for reason in best.explain if not reason.startswith(OF_TEXT)]
        told = of_text(decoded, Thresholds()) if decoded.text else ()
        return replace(
            best,
            plate=Plate(decoded.text, decoded.region, decoded.display) if readable else None,
            confidence=decoded.confidence if decoded.text else 0.0,
            characters=decoded.characters,
            candidates=decoded.candidates,
            explain=(*of_picture, *told),
            lattice=lattice,
            regions=dict(regions),
        )

    return decide


def by_signs(best: Read, lattice: Lattice, regions: Mapping[str, float]) -> Read:
    """Return the read of a vote over reads of a pipeline of which no formats are known."""
    text = lattice.text()
    if best.plate and best.plate.text == text:
        return replace(best, confidence=max(best.confidence, _sure(lattice)), lattice=lattice)
    return replace(best, plate=Plate(text) if text else None, confidence=_sure(lattice), lattice=lattice)


def _sure(lattice: Lattice) -> float:
    """Return the probability of the lattice's likeliest text."""
    return float(np.prod(lattice.probabilities.max(1)))
