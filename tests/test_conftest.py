"""What conftest.py promises every other test."""

import socket

import pytest

pytest_plugins = ["pytester"]


def test_no_test_reaches_the_network() -> None:
    with socket.socket() as outwards, pytest.raises(OSError, match="without a network"):
        outwards.connect(("203.0.113.1", 80))


def test_this_machine_can_be_reached() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


@pytest.mark.parametrize(("ci", "outcome"), [("true", {"failed": 1}), ("", {"skipped": 1})])
def test_ci_refuses_a_skip(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: dict[str, int]
) -> None:
    monkeypatch.setenv("CI", ci)
    tests = pytester._request.config.rootpath / "tests"
    monkeypatch.setenv("PYTHONPATH", str(tests))  # for walls.py
    pytester.makeconftest((tests / "conftest.py").read_text("utf-8"))
    pytester.makepyfile("import pytest\ndef test_it(): pytest.skip('no chromium')")
    pytester.runpytest_subprocess().assert_outcomes(**outcome)
