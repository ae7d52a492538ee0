"""``platewise watch-shared``: what it makes of a camera of the site."""

import pytest

pytest.importorskip("scipy", reason="needs the [camera] extra")
pytest.importorskip("sqlalchemy", reason="needs the [serve] extra")

from platewise.cli.watch_shared import watch_of
from platewise.errors import InputError
from platewise.store.site import Camera
from platewise.vision.reader import Reader


def test_a_camera_is_opened_with_its_options() -> None:
    given = {"rtsp_transport": "udp", "timeout": 20}
    opened = watch_of(Camera("n1", source="rtsp://cam/x", options=given), Reader(), 5).camera
    assert (opened.name, opened.address.options) == ("n1", (("rtsp_transport", "udp"), ("timeout", "20")))
    with pytest.raises(InputError, match="no option 'gain' here; known: rtsp_transport, timeout"):
        watch_of(Camera("n1", source="rtsp://cam/x", options={"gain": 1}), Reader(), 5)
