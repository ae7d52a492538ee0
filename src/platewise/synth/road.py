"""The geometry of a drawn road: a camera above straight lanes that looks down along them.

World: metres, x right from the middle of the road, y up from the ground, z along the road away from the
camera, which stands ``HEIGHT`` above z = 0.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HEIGHT, NEAR, LANE = 8.0, 24.0, 3.0
"""Metres: the camera above ground, the nearest plate in the picture, a lane's width."""
ROOM = 1.6
"""Metres of picture beyond the middles of the outer lanes, at the nearest plate."""
PLATE = 0.5
"""Metres of a plate's middle above ground."""


@dataclass(frozen=True, slots=True)
class Road:
    """A road of some lanes in a picture of ``width`` by ``height`` px."""

    lanes: int = 3
    width: int = 1280
    height: int = 720

    @property
    def focus(self) -> float:
        """The focal length, px: the lanes fill the width where plates are nearest."""
        return self.width * math.hypot(NEAR, HEIGHT - PLATE) / ((self.lanes - 1) * LANE + ROOM)

    @property
    def pitch(self) -> float:
        """How far the camera looks down, radians: the nearest plate is at the picture's lower edge."""
        return math.atan2(HEIGHT - PLATE, NEAR) - math.atan(self.height * 0.47 / self.focus)

    @property
    def far(self) -> float:
        """Where a plate enters the picture at its upper edge, metres; never beyond ten times ``NEAR``."""
        angle = self.pitch - math.atan(self.height * 0.5 / self.focus)
        return min((HEIGHT - PLATE) / math.tan(angle), 10 * NEAR) if angle > 0 else 10 * NEAR

    def middle(self, lane: int) -> float:
        """Return the x of a lane's middle, metres; lane 0 is on the left."""
        return (lane - (self.lanes - 1) / 2) * LANE

    def project(self, points: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return points ``(n, 3)`` of the world, metres, as ``(n, 2) float32`` px."""
        x, y, z = np.asarray(points, np.float64).T
        down = HEIGHT - y
        depth = z * math.cos(self.pitch) + down * math.sin(self.pitch)
        low = down * math.cos(self.pitch) - z * math.sin(self.pitch)
        px = np.stack(
            [self.width / 2 + self.focus * x / depth, self.height / 2 + self.focus * low / depth], 1
        )
        return px.astype(np.float32)

    def scale(self, z: float) -> float:
        """Return px a metre across the road at a distance."""
        return self.focus / (z * math.cos(self.pitch) + HEIGHT * math.sin(self.pitch))
