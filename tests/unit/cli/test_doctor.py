"""``platewise doctor``: what it finds here, and what it says of broken parts."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest

from platewise.cli import doctor
from platewise.cli.doctor import State

PYPROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))


def test_a_sound_installation(place, platewise):
    result = platewise("doctor", "--json")
    facts = {(f["section"], f["name"]): f for f in json.loads(result.stdout)}
    assert result.exit_code == 0, result.output
    assert "CPU" in facts["Base", "providers"]["value"]
    assert facts["Base", "numpy"]["state"] == "ok"
    assert "sha256 right" in facts["Models", "detector"]["value"]
    assert facts["Settings", "PLATEWISE_MODELS"]["value"] == os.environ["PLATEWISE_MODELS"]
    assert facts["Settings", "PLATEWISE_REGIONS"]["value"] == "not set"
    assert {section for section, _ in facts} == {"System", "Base", "Models", "Settings", "Extras", "Programs"}


def test_the_table_shows_everything_once(place, platewise):
    text = platewise("doctor").stdout
    for heading in ("System", "Base", "Models", "Settings", "Extras", "Programs"):
        assert len(re.findall(rf"^{heading}\b", text, re.M)) == 1


def test_damaged_weights_are_told_and_the_exit_code_is_3(place, platewise, models, monkeypatch):
    damaged = place / "damaged"
    damaged.mkdir()
    for file in models.iterdir():
        (damaged / file.name).write_bytes(file.read_bytes() + b" " * (file.name == "detector.onnx"))
    monkeypatch.setenv("PLATEWISE_MODELS", str(damaged))
    result = platewise("doctor", "--json")
    states = {f["name"]: f["state"] for f in json.loads(result.stdout) if f["section"] == "Models"}
    assert states.pop("detector") == "broken"
    assert states.pop("recognizer") == "ok"
    assert set(states.values()) == {"ok"}  # the package's own, which the folder lacks
    assert result.exit_code == 3


def test_a_folder_without_manifest_and_an_impossible_setting_are_told(place, platewise, monkeypatch):
    (fact,) = doctor.models(place)
    assert (fact.name, fact.state) == ("manifest", State.BROKEN)
    monkeypatch.setenv("PLATEWISE_THREADS", "many")
    result = platewise("doctor")
    assert result.exit_code == 3
    assert "PLATEWISE_THREADS" in result.stdout


def test_a_missing_base_package_is_broken_and_says_how_to_mend_it():
    (fact,) = doctor.base({"no_such_module": "no-such-package"})
    assert fact.state is State.BROKEN
    assert fact.advice == "pip install --force-reinstall no-such-package"


def test_missing_extras_and_programs_say_what_for_and_how_to_get_them(monkeypatch):
    monkeypatch.setattr(
        doctor, "EXTRAS", {"serve": ("the server", ("no_such_module",)), "plot": ("charts", ("json",))}
    )
    missing, present = doctor.extras()
    assert (missing.state, missing.value, missing.advice) == (
        State.MISSING,
        "the server",
        "pip install 'platewise[serve]'",
    )
    assert present.state is State.OK
    monkeypatch.setattr(doctor, "PROGRAMS", {"no-such-program": ("nothing", "no-such-deb")})
    (program,) = doctor.programs()
    assert (program.state, program.advice) == (State.MISSING, "sudo apt install no-such-deb")


def test_it_knows_every_extra_and_every_dependency_of_the_project():
    assert set(doctor.EXTRAS) == set(PYPROJECT["project"]["optional-dependencies"])
    named = {re.match(r"[\w-]+", line)[0] for line in PYPROJECT["project"]["dependencies"]}
    assert set(doctor.BASE.values()) == named


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("processor : 0\nflags\t\t: fpu avx2 avx512_vnni\n", ["avx2", "avx512_vnni"]),
        ("Features\t: fp asimd asimddp\n", ["asimd", "asimddp"]),
        ("", []),
    ],
)
def test_instruction_sets(tmp_path, text, flags):
    (tmp_path / "cpuinfo").write_text(text)
    assert doctor.instructions(tmp_path / "cpuinfo") == flags
    assert doctor.instructions(tmp_path / "gone") == []
