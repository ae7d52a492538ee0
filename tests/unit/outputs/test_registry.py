"""The registry of outputs; what every kind does is in ``tests/contracts/test_outputs.py``."""

from importlib.metadata import EntryPoint

import pytest
from receivers import means

from platewise.errors import NameUnknown, SettingError
from platewise.outputs import registry
from platewise.outputs.registry import make_output
from platewise.outputs.simulated import SimulatedOutput
from platewise.store.outputs import OutputRecord


def test_a_kind_that_nobody_knows() -> None:
    with pytest.raises(NameUnknown, match="known: email, file, mqtt, simulated, telegram, webhook"):
        make_output(OutputRecord("name", "pigeon"), means())


def test_packages_add_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("pigeon", "platewise.outputs.simulated:SimulatedOutput", "platewise.outputs")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    assert registry._with_installed("g", {"webhook": object()})["pigeon"] is SimulatedOutput
    with pytest.raises(SettingError, match="two parts"):
        registry._with_installed("g", {"pigeon": object()})
