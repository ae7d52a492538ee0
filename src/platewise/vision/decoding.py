"""Who decodes uploads: this process, or processes that may die."""

import logging
import sys
from typing import Protocol

from platewise.core.frame import Frame
from platewise.settings import Settings
from platewise.vision.decode import decode

log = logging.getLogger(__name__)


class Decoder(Protocol):
    """Makes a Frame of the bytes of a picture file."""

    def __call__(self, data: bytes) -> Frame:
        """Return the Frame, pixels ``(H, W, 3) uint8 RGB`` upright; ImageError where it is no picture."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class InProcess:
    """Decodes in this process."""

    def __init__(self, settings: Settings) -> None:
        """Keep the limits of pictures."""
        self._settings = settings

    def __call__(self, data: bytes) -> Frame:
        """Return the Frame of a picture."""
        return decode(data, self._settings)

    def close(self) -> None:
        """There is nothing to give back."""


def decoder(settings: Settings) -> Decoder:
    """Return the decoder that the settings ask for; where it is not to be had, the log says so."""
    if settings.sandbox == "off":
        return InProcess(settings)
    if sys.platform != "linux":
        log.warning("only Linux has sealed memory: uploads are decoded in the server itself")
        return InProcess(settings)
    from platewise.vision.sandbox import Sandbox

    return Sandbox(settings)
