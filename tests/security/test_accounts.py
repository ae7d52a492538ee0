"""``platewise users`` and ``platewise tokens``, on the database of a server."""

import re

import pytest
from typer.testing import CliRunner

from platewise.cli.main import build

PASSWORD = "grey geese fly south"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command line on an empty data folder; return exit code and what it printed."""
    monkeypatch.setenv("PLATEWISE_DATA", str(tmp_path / "data"))

    def invoke(*arguments, stdin=""):
        result = CliRunner().invoke(build(), arguments, input=stdin)
        return result.exit_code, result.output

    return invoke


def add(run, name, *options):
    return run("users", "add", name, *options, "--password-stdin", stdin=f"{PASSWORD}\n")


def test_people_come_and_go(run):
    assert add(run, "Ann", "--role", "manager") == (0, "ann may log in as manager.\n")
    assert add(run, "ben") == (0, "ben may log in as viewer.\n")
    code, told = run("users", "list")
    assert code == 0
    assert re.fullmatch(r"ann\tmanager\tsince [\d-]+\nben\tviewer\tsince [\d-]+\n", told)
    assert run("users", "set-password", "ben", "--password-stdin", stdin="seven tin kettles\n")[0] == 0
    assert run("users", "remove", "ben")[0] == 0
    assert "ben" not in run("users", "list")[1]


def test_a_password_is_typed_twice(run):
    typed = f"{PASSWORD}\nanother\n{PASSWORD}\n{PASSWORD}\n"
    code, told = run("users", "add", "ann", "--role", "manager", stdin=typed)
    assert code == 0
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("users", "add", "ann", "--password-stdin"), 2, "first user is a manager"),
        (("users", "add", "ann", "--role", "king", "--password-stdin"), 2, "viewer, operator, manager"),
        (("users", "remove", "nobody"), 2, "no user nobody"),
        (("tokens", "revoke", "7"), 2, "there is no token 7"),
        (("tokens", "add", "t", "--role", "viewer", "--scope", "All"), 2, "reads:write"),
        (("tokens", "add", "t", "--role", "viewer", "--scope", "read:reads"), 2, "vendor:hikvision"),
        (("tokens", "add", "t", "--role", "viewer", "--user", "nobody"), 2, "no user nobody"),
    ],
)
def test_mistakes_are_told_in_one_line(run, arguments, code, told):
    got, said = run(*arguments, stdin=f"{PASSWORD}\n")
    assert (got, said.count("\n")) == (code, 1)
    assert told in said


def test_a_set_up_link_is_printed_while_nobody_is_there(run):
    code, link = run("users", "setup-link", "--url", "https://plates.example/")
    assert code == 0
    assert re.fullmatch(r"https://plates\.example/setup/[\w-]{43}\n", link)
    assert run("users", "setup-link")[1].startswith("http://127.0.0.1:5000/setup/")
    add(run, "ann", "--role", "manager")
    code, told = run("users", "setup-link")
    assert code == 3
    assert "already" in told


def test_tokens_are_shown_once_and_revoked(run):
    code, secret = run("tokens", "add", "camera north", "--role", "operator", "--scope", "reads:write")
    assert code == 0
    assert re.fullmatch(r"pw_[\w-]{43}\n", secret)
    run("tokens", "add", "for ever", "--role", "viewer", "--days", "0")
    told = run("tokens", "list")[1]
    assert re.search(r"^1\tcamera north\toperator reads:write\tuntil [\d-]+$", told, re.M)
    assert re.search(r"^2\tfor ever\tviewer\tin force$", told, re.M)
    assert secret.strip() not in told
    assert run("tokens", "revoke", "1") == (0, "Token 1 is revoked.\n")
    assert run("tokens", "revoke", "1") == (0, "Token 1 was not in force.\n")
    assert re.search(r"^1\t.*\trevoked [\d-]+$", run("tokens", "list")[1], re.M)
