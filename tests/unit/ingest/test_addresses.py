import json
from pathlib import Path

import pytest

from platewise.errors import InputError
from platewise.ingest.addresses import Kind, parse
from platewise.ingest.child import order, ordered
from platewise.ingest.pace import Pace

pytestmark = pytest.mark.wall("C4")

REFUSED = [
    "exec:rm -rf ~", "exec:ffmpeg -i x", "ffmpeg:http://cam/x#video=h264", "echo:x", "expr:1", "shell:ls",
    "pipe:0", "pipe:", "fd:3", "file:/etc/passwd", "file:///etc/passwd", "FILE:///etc/passwd",
    "concat:/etc/passwd|/etc/hosts", "concatf:list", "subfile,,start,0,end,9,,:/etc/passwd", "data:,AA",
    "crypto+file:/etc/passwd", "cache:http://cam/x", "async:file:/etc/passwd", "tee:x", "md5:x", "hls+http://cam/x",
    "ftp://cam/x", "sftp://cam/x", "smb://cam/x", "rtmp://cam/live", "udp://0.0.0.0:1", "rtp://239.0.0.1:5004",
    "tcp://cam:1", "srt://cam:1", "gopher://cam/", "javascript:alert(1)", "rtsp:/etc/passwd", "rtsp://", "http://",
    "http:///video", "rtsp://cam:0/x", "rtsp://cam:99999/x", "rtsp://-oProxy/x", "rtsp://cam/a b", "http://cam/\\..\\x",
    "http://cam/x\r\nHost: y", "http://cam/\tx", "http://cam/\x00x", "rtsp://cam/" + "x" * 3000, "http://[::1/x",
    "-i", "--help", "", "nowhere.mp4", "webcam:", "webcam:/dev/sda", "webcam:123", "webcam:-1",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_nothing_but_files_and_cameras_is_a_source(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("rtsp://admin:pw@192.168.1.20:554/Streaming/101?profile=main", Kind.RTSP, "192.168.1.20"),
        ("RTSPS://north.example/live", Kind.RTSP, "north.example"),
        ("http://[fd00::7]:8080/video.mjpg", Kind.HTTP, "fd00::7"),
        ("https://cam/video?resolution=1280x720&fps=10", Kind.HTTP, "cam"),
        ("webcam:0", Kind.WEBCAM, "webcam0"),
    ],
)
def test_cameras_have_an_address(text: str, kind: Kind, name: str) -> None:
    address = parse(text)
    assert (address.kind, address.name, address.live) == (kind, name, True)
    assert not address.stills


def test_files_are_told_by_their_endings(tmp_path: Path) -> None:
    for name in ("a:b.MP4", "car.JPG", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    assert parse(str(tmp_path / "a:b.MP4")).kind is Kind.VIDEO
    assert parse(str(tmp_path / "car.JPG")).kind is Kind.PICTURE
    assert (folder := parse(str(tmp_path))).kind is Kind.FOLDER
    assert folder.stills
    assert not folder.live
    with pytest.raises(InputError, match="neither a picture nor a video"):
        parse(str(tmp_path / "notes.txt"))


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("rtsp://cam/x", {"rtsp_transport": "tcp -f"}),
        ("rtsp://cam/x", {"protocol_whitelist": "file"}),
        ("http://cam/x", {"rtsp_transport": "tcp"}),
        ("http://cam/x", {"user_agent": "x\r\nHost: y"}),
        ("http://cam/x", {"timeout": "1e9"}),
        ("webcam:0", {"timeout": "5"}),
    ],
)
def test_options_are_on_an_allow_list(text: str, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="option"):
        parse(text, options)


def test_options_travel_with_the_address_to_the_process_that_opens_it() -> None:
    address = parse("rtsp://a:b@cam/x", {"timeout": "10", "rtsp_transport": "udp"})
    pace = Pace(3, 12.5, True)
    assert order(ordered(address, pace)) == (address, pace)
    assert json.loads(ordered(address, pace))["target"] == "rtsp://a:b@cam/x"


def test_a_password_is_never_shown() -> None:
    address = parse("rtsp://admin:canary@cam:8554/live?token=canary2")
    assert str(address) == "rtsp://cam:8554/live"
    message = "[rtsp] 401 for rtsp://admin:canary@cam:8554/live?token=canary2 (user admin, token=canary2)"
    for shown in (repr(address), str(address), address.name, address.hide(message)):
        assert "canary" not in shown
        assert "admin" not in shown
