"""Logging in and out: cookies, fixation, endings, the first account."""

import re

import pytest

from platewise import clock
from platewise.errors import Conflict, InputError
from platewise.web.access import people, setup

pytestmark = pytest.mark.wall("H6")

COOKIE = "platewise"


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(site):
    answer = site.post(site.client(), "/login", name="a-viewer", password=site.passwords["viewer"])
    flags = {part.strip().lower().partition("=")[0] for part in answer.headers["Set-Cookie"].split(";")}
    assert {"httponly", "samesite", "expires", "path"} <= flags
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert "secure" not in flags
    client = site.client()
    form = {"name": "a-viewer", "password": site.passwords["viewer"]}
    told = client.post("/login", data=form, base_url="https://localhost")
    assert "; Secure" in told.headers["Set-Cookie"]


def test_a_cookie_from_before_the_login_is_worth_nothing_after(site):
    """Session fixation: an attacker's cookie does not become the victim's session."""
    attacker = site.log_in("viewer")
    planted = attacker.get_cookie(COOKIE).value
    victim = site.client()
    victim.set_cookie(COOKIE, planted)
    site.log_in("manager", victim)
    assert victim.get_cookie(COOKIE).value != planted
    assert attacker.get("/reads/A").text == "reached a-viewer"
    assert victim.get("/reads/A").text == "reached a-manager"


@pytest.mark.parametrize("value", ["", "x", "eyJ1c2VyIjoiYS1tYW5hZ2VyIn0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"])
def test_a_forged_cookie_opens_nothing(site, value):
    client = site.client()
    client.set_cookie(COOKIE, value)
    assert client.get("/reads/A").status_code == 401


def test_a_cookie_of_another_server_opens_nothing(build):
    here, there = build(), build()
    here.people()
    there.people()
    client = there.client()
    client.set_cookie(COOKIE, here.log_in("manager").get_cookie(COOKIE).value)
    assert client.get("/reads/A").status_code == 401


def test_logging_out_ends_copies_of_the_cookie_too(site):
    client, thief = site.log_in(), site.client()
    thief.set_cookie(COOKIE, client.get_cookie(COOKIE).value)
    assert thief.get("/reads/A").status_code == 200
    assert site.post(client, "/logout").status_code == 303
    assert client.get("/reads/A").status_code == 401
    assert thief.get("/reads/A").status_code == 401


def test_another_password_ends_all_other_sessions(site):
    client, other = site.log_in("operator"), site.log_in("operator")
    form = {"old": site.passwords["operator"], "new": "eleven copper bells"}
    assert site.post(client, "/account/password", **form).status_code == 303
    assert client.get("/reads/A").status_code == 200
    assert other.get("/reads/A").status_code == 401
    fresh = site.client()
    assert site.post(fresh, "/login", name="a-operator", password=form["old"]).status_code == 401
    assert site.post(fresh, "/login", name="a-operator", password=form["new"]).status_code == 303


def test_another_password_needs_the_old_one_and_a_session(site):
    form = {"old": "wrong", "new": "eleven copper bells"}
    answer = site.post(site.log_in("viewer"), "/account/password", **form)
    assert answer.status_code == 422
    assert "old password is wrong" in answer.text
    token = site.token("manager")
    assert site.client().post("/account/password", data=form, headers=token).status_code == 403


def test_a_person_removed_or_of_another_role_feels_it_at_once(site):
    client = site.log_in("operator")
    people.set_role(site.store, "a-operator", "viewer", by="test")
    assert site.post(client, "/reads").status_code == 403
    people.remove(site.store, "a-operator", by="test")
    assert client.get("/reads/A").status_code == 401
    people.add(site.store, "a-operator", "operator", "another good secret", by="test")
    assert client.get("/reads/A").status_code == 401, "an heir of the name inherits no session"


def test_sessions_last_a_week(site, monkeypatch):
    client = site.log_in()
    import itsdangerous.timed

    now = clock.now().timestamp()
    monkeypatch.setattr(
        itsdangerous.timed.TimestampSigner, "get_timestamp", lambda _: int(now + 7 * 86400 + 5)
    )
    assert client.get("/reads/A").status_code == 401


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "evil", "/a\r\nX: y", "javascript:1"],
)
def test_after_the_login_nobody_is_sent_elsewhere(site, wanted):
    form = {"name": "a-viewer", "password": site.passwords["viewer"], "next": wanted}
    assert site.post(site.client(), "/login", **form).location == "/"


def test_the_login_page_is_a_form_with_labels_and_no_script(site):
    page = site.client().get("/login").text
    assert set(re.findall(r'<label for="(\w+)"', page)) == set(re.findall(r'<input id="(\w+)"', page))
    assert "<script" not in page
    assert 'autocomplete="current-password"' in page
    told = site.post(site.client(), "/login", name='"><b>', password="x")
    assert 'role="alert"' in told.text
    assert '"><b>' not in told.text


def test_who_needs_no_login_is_sent_on(fresh):
    assert fresh.client().get("/login").location == "/"
    assert fresh.client().get("/account/password").status_code == 403


class TestSetup:
    """The first account."""

    def link(self, site):
        return setup.make_link(site.store, "http://localhost:5000/", by="test")

    def test_the_link_works_once(self, build):
        site = build(host="0.0.0.0")
        link = self.link(site)
        assert re.fullmatch(r"http://localhost:5000/setup/[\w-]{43}", link)
        path = link.removeprefix("http://localhost:5000")
        first, second = site.client(), site.client()
        assert "Make the first account" in first.get(path).text
        form = {"name": "Ann", "password": "grey geese fly south"}
        assert site.post(first, path, **form).location == "/"
        assert first.delete("/lists", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
        assert second.get(path).status_code == 404
        assert site.post(second, path, name="eve", password="violet harbour 19").status_code == 404
        assert [user.name for user in people.listed(site.store)] == ["ann"]

    def test_a_bad_password_does_not_use_it_up(self, fresh):
        path = self.link(fresh).removeprefix("http://localhost:5000")
        answer = fresh.post(fresh.client(), path, name="ann", password="short")
        assert answer.status_code == 422
        assert "12 to 256" in answer.text
        assert fresh.post(fresh.client(), path, name="ann", password="seven tin kettles").status_code == 303

    def test_it_ends_after_a_day_and_with_the_first_user(self, fresh, monkeypatch):
        first, second = self.link(fresh), self.link(fresh)
        codes = [link.rpartition("/")[2] for link in (first, second)]
        assert [setup.is_open(fresh.store, code) for code in codes] == [True, True]
        later = clock.now() + setup.VALID
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda: later)
            assert not setup.is_open(fresh.store, codes[1])
        fresh.people()
        assert not setup.is_open(fresh.store, codes[1])
        with pytest.raises(Conflict):
            self.link(fresh)

    def test_its_code_is_no_token(self, build):
        site = build(host="0.0.0.0")
        code = self.link(site).rpartition("/")[2]
        for secret in (code, f"pw_{code}"):
            assert site.client().get("/reads/A", headers=site.bearer(secret)).status_code == 401


class TestPeople:
    """Who there may be."""

    def test_the_first_is_a_manager_and_one_manager_stays(self, fresh):
        with pytest.raises(InputError, match="manager"):
            people.add(fresh.store, "ann", "viewer", "grey geese fly south", by="test")
        people.add(fresh.store, "ann", "manager", "grey geese fly south", by="test")
        for change in (people.remove, lambda *a, **k: people.set_role(*a, "viewer", **k)):
            with pytest.raises(Conflict, match="only manager"):
                change(fresh.store, "ann", by="test")
        assert [(u.name, u.role) for u in people.listed(fresh.store)] == [("ann", "manager")]

    @pytest.mark.parametrize(
        "name", ["", "local", "anonymous", "console", "a b", "a:b", "é", "x" * 65, "-a", "a\nb"]
    )
    def test_names_that_mislead_are_refused(self, name):
        with pytest.raises(InputError):
            people.new(name, "manager", "grey geese fly south")

    @pytest.mark.parametrize(
        "password", ["", "short", "x" * 12, "x" * 257, "ann-has-a-dog-7", "abababababab"]
    )
    def test_passwords_that_are_guessed_are_refused(self, password):
        with pytest.raises(InputError, match="assword"):
            people.new("ann", "manager", password)

    def test_nobody_is_there_twice(self, site):
        with pytest.raises(Conflict):
            people.add(site.store, "A-Viewer", "viewer", "another good secret", by="test")
        with pytest.raises(InputError):
            people.set_password(site.store, "nobody", "another good secret", by="test")
