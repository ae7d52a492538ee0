"""Video through OpenCV: webcams, and the rest where PyAV is not installed."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from platewise import clock
from platewise.core.frame import Pixels
from platewise.errors import InputError
from platewise.ingest.addresses import Address, Kind
from platewise.ingest.shots import Shot

VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
"""Where OpenCV's FFmpeg looks for its options: this runs in a process of its own."""
OPEN = {
    Kind.VIDEO: "protocol_whitelist;file",
    Kind.HTTP: "protocol_whitelist;http,https,tcp,tls",
    Kind.RTSP: "protocol_whitelist;rtsp,rtp,udp,tcp,tls,http|rtsp_transport;tcp",
}


class CvSource:
    """A camera or video that OpenCV opens."""

    def __init__(self, address: Address) -> None:
        """Open it; InputError where that cannot be."""
        self._address = address
        if address.kind is Kind.WEBCAM:
            self._capture = cv2.VideoCapture(int(address.target))
        else:
            os.environ[VARIABLE] = OPEN[address.kind]
            target = os.path.abspath(address.target) if address.kind is Kind.VIDEO else address.target
            self._capture = cv2.VideoCapture(target, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise InputError(f"{address} cannot be opened")
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.total = count if count > 0 and not address.live else None

    def shots(self) -> Iterator[Shot]:
        """Yield every picture; a file's are dated by their place in it, a camera's when they come."""
        live = self._address.live
        base = 0.0 if live else Path(self._address.target).stat().st_mtime
        while self._capture.grab():
            second = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
            yield Shot(clock.now().timestamp() if live else base + second, self._picture)
        if live:
            raise InputError(f"{self._address} broke off")

    def close(self) -> None:
        """Let go of it."""
        self._capture.release()

    def _picture(self) -> Pixels:
        ok, picture = self._capture.retrieve()
        if not ok:
            raise InputError(f"{self._address}: a picture cannot be decoded")
        return np.ascontiguousarray(picture[:, :, ::-1], np.uint8)
