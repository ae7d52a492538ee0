"""H6: secrets are found nowhere but with their owner, and nothing tells who has an account."""

import logging
import os
import re
import statistics
import time

import pytest

import walls
from platewise.errors import InputError, SettingError
from platewise.web import access
from platewise.web.access import keys, passwords, people, setup, tokens

LOGINS = walls.size("LOGINS", 8, 200)


@pytest.mark.wall("H6")
def test_tokens_have_256_bits_and_only_their_hash_is_kept(site):
    made = {tokens.create(site.store, "t", ["viewer"], by="test")[1] for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"pw_[\w-]{43}", secret) for secret in made)
    with site.store.reading() as unit:
        assert all(unit.access.token(tokens.digest(secret)) for secret in made)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", ["viewer"], 1), ("a\nb", ["viewer"], 1), ("t", [], 1), ("t", ["reads:read"], 1),
        ("t", ["viewer", "manager"], 1), ("t", ["viewer", "setup"], 1), ("t", ["viewer", "Reads"], 1),
        ("t", ["viewer", "reads:wirte"], 1),
        ("t", ["viewer"], -1), ("t", ["viewer"], 99999),
    ],
)  # fmt: skip
def test_tokens_that_cannot_be_meant_are_refused(site, name, scopes, days):
    with pytest.raises(InputError):
        tokens.create(site.store, name, scopes, by="test", days=days)
    with pytest.raises(InputError, match="nobody"):
        tokens.create(site.store, "t", ["viewer"], by="test", user="nobody")


@pytest.mark.wall("H6")
def test_canaries_are_in_no_log_answer_or_file(build, caplog):
    caplog.set_level(logging.DEBUG)
    site = build(host="0.0.0.0")
    code = setup.make_link(site.store, "http://h", by="test").rpartition("/")[2]
    canaries = ["Canary-password-7", "Canary-typed-as-name", "Canary-guess-99", "pw_canary-token", code]
    client = site.client()
    answers = [site.post(client, f"/setup/{code}", name="ann", password=canaries[0])]
    anew = site.client()
    answers += [
        site.post(anew, "/login", name="ann", password=canaries[0]),
        site.post(anew, "/login", name="ann", password=canaries[2]),
        anew.get("/reads/A", headers=site.bearer("pw_canary-token")),
        anew.get(f"/setup/{code}"),
    ]
    typed = site.post(anew, "/login", name=canaries[1], password="x")
    secret = site.token("viewer")["Authorization"].partition(" ")[2]
    answers.append(anew.get("/reads/A", headers=site.bearer(secret)))
    assert canaries[1].encode() in typed.data, "the form shows its own sender what was typed"
    site.store.close()
    kept = b"".join(p.read_bytes() for p in site.settings.data.rglob("*") if p.is_file())
    said = caplog.text.encode() + b"".join(a.data + str(a.headers).encode() for a in answers)
    assert b"ann" in kept
    for canary in [*canaries, secret]:
        for spelling in (canary, canary.lower()):
            assert spelling.encode() not in kept, canary
            assert spelling.encode() not in said, canary


@pytest.mark.wall("H6")
def test_whoever_is_unknown_costs_the_same_work(site, monkeypatch):
    """One argon2 verification for each name, counted: times on a busy machine tell nothing."""
    verified = []
    hasher = passwords.HASHER

    class Counting:
        hash, check_needs_rehash = hasher.hash, hasher.check_needs_rehash

        def verify(self, stored, password):
            verified.append(stored)
            return hasher.verify(stored, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    counts, answers = [], []
    for name in ("a-viewer", "nobody", "A-Manager ", "no\x00body", ""):
        answers.append(site.post(site.client(), "/login", name=name, password="wrong password"))
        counts.append(len(verified))
        verified.clear()
    assert counts == [1] * 5
    assert {answer.status_code for answer in answers} == {401}
    pages = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(pages) == 1, "the answers tell the names apart"


@pytest.mark.wall("H6")
def test_an_unknown_name_takes_as_long_as_a_wrong_password(site, monkeypatch, wall):
    """Seconds of CPU, in turn: times by the clock tell of a machine's other work."""
    from argon2 import PasswordHasher

    monkeypatch.setattr(passwords, "HASHER", PasswordHasher())
    passwords._decoy.cache_clear()
    people.set_password(site.store, "a-viewer", "another good secret", by="test")
    spent = {"a-viewer": [], "nobody": []}
    for name in [*spent] * (LOGINS + 1):
        spent[name].append(_cpu_of_login(site, name))
    known, unknown = (statistics.median(times[1:]) for times in spent.values())  # the first makes the decoy
    gap = abs(unknown / known - 1)
    wall.measured(
        f"unknown name {unknown * 1e3:.1f} ms of CPU, wrong password {known * 1e3:.1f} ms ({gap:.1%}, "
        f"n = {LOGINS} each)",
        "" if gap < 0.05 else "other work had this machine's cores",
    )
    assert gap < 0.3


def _cpu_of_login(site, name):
    start = time.process_time()
    assert people.log_in(site.store, name, "wrong password") is None
    return time.process_time() - start


@pytest.mark.wall("H6")
def test_hashes_are_argon2id_of_todays_strength_and_renewed(site, monkeypatch):
    from argon2 import PasswordHasher

    user = people.listed(site.store)[0]
    assert user.password.startswith("$argon2id$")
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert people.log_in(site.store, user.name, site.passwords["manager"])
    assert "t=2" in people.listed(site.store)[0].password
    assert PasswordHasher().memory_cost >= 19 * 1024, "OWASP's least for argon2id"


@pytest.mark.wall("H6")
@pytest.mark.parametrize("what", ["password", "role", "person"])
def test_a_login_that_renews_a_hash_undoes_nothing(site, monkeypatch, what):
    """While the old password is verified, which takes long, a manager changes something."""
    name, old = "a-operator", site.passwords["operator"]
    changes = {
        "password": lambda: people.set_password(site.store, name, "a wholly other secret", by="test"),
        "role": lambda: people.set_role(site.store, name, "viewer", by="test"),
        "person": lambda: people.remove(site.store, name, by="test"),
    }
    verify = passwords.verify

    def slowly(stored, password):
        right = verify(stored, password)
        changes[what]()
        return right

    with monkeypatch.context() as patch:
        patch.setattr(passwords, "is_dated", lambda stored: True)
        patch.setattr(passwords, "verify", slowly)
        assert people.log_in(site.store, name, old)
    after = {user.name: user for user in people.listed(site.store)}
    if what == "person":
        assert name not in after
    elif what == "role":
        assert after[name].role == "viewer"
    else:
        assert after[name].epoch == 1
        assert people.log_in(site.store, name, old) is None


@pytest.mark.wall("S2")
def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    key = keys.session_key(tmp_path / "data")
    assert len(key) == 64
    assert keys.session_key(tmp_path / "data") == key != keys.session_key(tmp_path / "other")
    path = tmp_path / "data" / keys.NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == [keys.NAME]
    path.chmod(0o644)
    with pytest.raises(SettingError, match="chmod 600"):
        keys.session_key(tmp_path / "data")
    path.write_text("")
    path.chmod(0o600)
    with pytest.raises(SettingError, match="damaged"):
        keys.session_key(tmp_path / "data")


def test_a_folder_that_takes_no_key_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="file"):
        keys.session_key(tmp_path / "file")


def test_of_two_processes_one_makes_the_key(tmp_path, monkeypatch):
    link = os.link

    def later(draft, path):
        path.write_text("f" * 64)
        path.chmod(0o600)
        link(draft, path)

    monkeypatch.setattr(os, "link", later)
    assert keys.session_key(tmp_path) == "f" * 64
    assert [p.name for p in tmp_path.iterdir()] == [keys.NAME]


class TestBinding:
    """S2: nobody can be reached from outside before somebody has an account."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.53"])
    @pytest.mark.wall("S2")
    def test_this_machine_is_always_allowed(self, fresh, host):
        access.may_bind(host, fresh.store)

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "server.example", "", "127.example"])
    @pytest.mark.wall("S2")
    def test_elsewhere_needs_an_account(self, fresh, host):
        with pytest.raises(SettingError, match="platewise users add NAME --role manager"):
            access.may_bind(host, fresh.store)
        fresh.people()
        access.may_bind(host, fresh.store)

    def test_a_link_that_waits_is_no_account(self, fresh):
        setup.make_link(fresh.store, "http://h", by="test")
        with pytest.raises(SettingError):
            access.may_bind("0.0.0.0", fresh.store)
