"""When a picture was taken: as it says itself, where that can be."""

import logging
from dataclasses import replace

from platewise import clock
from platewise.store.records import NewFrame

log = logging.getLogger(__name__)


def dated(frame: NewFrame) -> NewFrame:
    """Return a frame with a time that can be: one far ahead would outlive every retention and open a stay
    that nothing can end.
    """
    if frame.captured_at <= frame.received_at + clock.AHEAD:
        return frame
    name, at = " ".join(filter(None, (frame.camera, frame.name))), frame.captured_at
    told = "%s: dated %s, more than a day ahead of this machine's clock; kept under the present time"
    log.warning(f"{told}. Set the clock of what took it.", name, at.isoformat(" ", "seconds"))
    return replace(frame, captured_at=frame.received_at)
