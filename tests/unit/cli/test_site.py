"""``platewise site``: a file says what stands; what cannot be meant is told with its line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from platewise.cli.main import build
from platewise.register.site_file import parse
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.site import Camera, Gate

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "toll-road.toml"
TOML = EXAMPLE.read_text("utf-8")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the command line work on a data folder of its own."""
    monkeypatch.setenv("PLATEWISE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["site", *arguments])


def apply(tmp_path: Path, toml: str, *options: str) -> Result:
    file = tmp_path / "site.toml"
    file.write_text(toml, "utf-8")
    return run("apply", str(file), *options)


def changes(done: Result) -> list[str]:
    """Return what was told to change."""
    assert done.exit_code == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line[0] in "+~-"]


def opened(data: Path) -> Store:
    return open_store(f"sqlite:///{data}/platewise.sqlite3", data / "images")


def test_the_example_applies_once(tmp_path: Path, data: Path) -> None:
    checked = apply(tmp_path, TOML, "--check")
    assert len(changes(checked)) == 21
    assert checked.stdout.endswith("21 would change.\n")
    assert changes(apply(tmp_path, TOML)) == changes(checked)
    again = apply(tmp_path, TOML)
    assert (changes(again), "Nothing changes." in again.stdout) == ([], True)
    assert "! the tariff names list 'lorries'" in again.stdout
    store = opened(data)
    with store.reading() as unit:
        assert [one.name for one in unit.site.gates()] == ["bridge", "main", "north", "south"]
        assert {one.name: one.lane for one in unit.site.cameras()}["n1-rear"] == "north-1"
        record = unit.tolls.site()
    assert record
    assert "192.168" not in record.toml
    store.close()


def test_what_stands_is_exported_and_applies_again(tmp_path: Path) -> None:
    apply(tmp_path, TOML)
    out = tmp_path / "out.toml"
    assert run("export", str(out)).exit_code == 0
    exported = out.read_text("utf-8")
    assert parse(exported).tariff == parse(TOML).tariff
    assert "192.168" not in exported
    assert "rtsp://192.168.1.20/stream1" in run("export", "--sources").stdout
    assert changes(run("apply", str(out))) == []


def test_only_what_the_file_named_before_is_removed(tmp_path: Path, data: Path) -> None:
    apply(tmp_path, TOML)
    store = opened(data)
    with store.writing() as unit:
        unit.site.put(Camera("by-hand", lane="bridge-1"))
        unit.site.put(Camera("n1", lane="north-1", source="rtsp://kept", enabled=False))
    store.close()
    less = TOML.replace('[[cameras]]\nname = "s1"\nlane = "south-1"\n', "")
    less = less.replace("metres = 8000", "metres = 8100").replace("rtsp://192.168.1.20/stream1", "rtsp://new")
    assert changes(apply(tmp_path, less)) == [
        "~ camera n1: another source",
        "- camera s1",
        "~ segment north to bridge: metres 8000 becomes 8100",
    ]
    store = opened(data)
    with store.reading() as unit:
        cameras = {one.name: one for one in unit.site.cameras()}
        gates = unit.site.gates()
    store.close()
    assert cameras.keys() == {"b1", "by-hand", "n1", "n1-rear", "n2", "telegram"}
    assert (cameras["n1"].source, cameras["n1"].enabled) == ("rtsp://new", False)
    assert Gate("main", lot="main") in gates
    assert "by-hand" in run("export").stdout


def test_the_options_of_a_camera_stay_as_long_as_its_source(tmp_path: Path, data: Path) -> None:
    options = {"rtsp_transport": "udp", "timeout": 20}
    for change, kept in (
        (("clock_error", 'options = {rtsp_transport = "udp", timeout = 20}\nclock_error'), options),
        (("", ""), options),
        (("rtsp://192.168.1.20/stream1", "http://192.168.1.20/video.mjpg"), {}),
    ):
        assert apply(tmp_path, TOML.replace(*change, 1)).exit_code == 0
        store = opened(data)
        with store.reading() as unit:
            assert {one.name: one.options for one in unit.site.cameras()}["n1"] == kept
        store.close()


def test_a_camera_over_no_lane_stops_nothing(tmp_path: Path, data: Path) -> None:
    store = opened(data)
    with store.writing() as unit:
        unit.site.put(Camera("loose"))
        unit.site.put(Camera("s1"))
    store.close()
    assert "loose" not in run("export").stdout
    assert "~ camera s1: lane none becomes south-1" in changes(apply(tmp_path, TOML))
    store = opened(data)
    with store.writing() as unit:
        unit.site.put(Camera("n2"))
    store.close()
    assert changes(apply(tmp_path, TOML)) == ["~ camera n2: lane none becomes north-2"]
    out = tmp_path / "out.toml"
    assert run("export", str(out)).exit_code == 0
    assert changes(run("apply", str(out))) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('direction = "out"', 'direction = "outt"'), "line 19: gates.2.direction: Input should be"),
        (("metres = 8000", "metres = 0"), "line 25: segments.0.metres: Input should be greater than 0"),
        (('gate = "bridge"', 'gate = "brigde"'), "line 46: lanes.2.gate: lane 'bridge-1' names"),
        (("rtsp://192.168.1.20", "rtsp:"), "line 55: cameras.0.source: camera 'n1': an address is like"),
        (("clock_error = 0.05", "options = {gain = 2}"), "line 56: cameras.0.options: camera 'n1': no"),
        (('name = "n2"', 'name = "n1"'), "line 65: cameras.2.name: two cameras are named 'n1'"),
        (('to = "bridge"\nprice', 'to = "bride"\nprice'), "line 84: tariff.prices.0.to: a price names"),
        (('name = "north"', 'name = ".."'), "line 6: gates.0.name: a name is more than dots"),
        (('name = "n2"', 'name = "."'), "line 65: cameras.2.name: a name is more than dots: no address"),
        (('name = "n2"', 'name = "n/2"'), "cameras.2.name: 'n/2': a name has no / and no line breaks"),
        (("lorry = 4.00", "lory = 4.00"), "line 90: tariff.prices.1.price: bridge to south needs"),
        (("[[gates]]", "[[gates]"), "no TOML"),
        (('"south"\ndirection', '"south"\nlot = "main"\ndirection'), "which leads into a car park"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(
    tmp_path: Path, data: Path, change: tuple[str, str], told: str
) -> None:
    assert change[0] in TOML
    done = apply(tmp_path, TOML.replace(*change, 1))
    assert done.exit_code == 2
    assert f"{tmp_path}/site.toml: " in done.stderr
    assert told in done.stderr
    assert not (data / "platewise.sqlite3").exists()


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    done = apply(tmp_path, TOML.replace('from = "north"', 'from = "nrth"'))
    assert len(done.stderr.splitlines()) == 3


def test_an_unknown_car_park_changes_nothing(tmp_path: Path) -> None:
    more = TOML + '\n[[gates]]\nname = "yard"\nlot = "nowhere"\n'
    done = apply(tmp_path, more)
    assert (done.exit_code, "there is no lot 'nowhere'" in done.stderr) == (2, True)
    assert len(changes(apply(tmp_path, TOML, "--check"))) == 21


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in run("apply", str(tmp_path / "none.toml")).stderr
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    assert "cannot be read" in run("apply", str(tmp_path / "bytes.toml")).stderr
    assert run("export", str(tmp_path / "no" / "out.toml")).exit_code == 2
