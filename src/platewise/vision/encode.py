"""Pixels -> the bytes of a JPEG file that holds nothing but the picture."""

import cv2

from platewise.core.frame import Pixels

QUALITY = 90


def jpeg(pixels: Pixels, quality: int = QUALITY) -> bytes:
    """Return ``(H, W, 3) uint8 RGB`` as JPEG, without metadata."""
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return data.tobytes()
