"""H7: what another site makes a browser send is refused; programs with a token are not disturbed."""

import pytest

pytestmark = pytest.mark.wall("H7")

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
FORGED = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "null"},
    {"Origin": ""},
    {},  # a cookie, and not a word on where the request comes from
)
OWN = ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"})


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_forged_requests_are_refused(site, method, headers):
    client = site.log_in("manager")
    before = len(site.audit())
    answer = client.open("/lists", method=method, headers=headers)
    assert answer.status_code == 403
    assert answer.json["error"]["code"] == "cross_site"
    assert len(site.audit()) == before


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("headers", OWN, ids=str)
def test_the_own_page_is_heard(site, method, headers):
    assert site.log_in("manager").open("/lists", method=method, headers=headers).status_code == 200


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_programs_with_nothing_but_a_token_are_heard(site, method, headers):
    sent = {**headers, **site.token("manager")}
    assert site.client().open("/lists", method=method, headers=sent).status_code == 200


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_a_token_beside_a_cookie_excuses_nothing(site, headers):
    sent = {**headers, **site.token("manager")}
    assert site.log_in("manager").post("/lists", headers=sent).status_code == 403


@pytest.mark.parametrize("headers", FORGED[:-1], ids=str)
def test_nobody_is_logged_in_or_out_by_another_site(site, headers):
    form = {"name": "a-viewer", "password": site.passwords["viewer"]}
    assert site.client().post("/login", data=form, headers=headers).status_code == 403
    client = site.log_in("viewer")
    assert client.post("/logout", headers=headers).status_code == 403
    assert client.get("/reads/A").status_code == 200


def test_looking_changes_nothing(site):
    client = site.log_in("manager")
    before = site.audit()
    for path in ("/health", "/login", "/lists", "/account/password", "/seed"):
        for method in ("GET", "HEAD"):
            client.open(path, method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/logout", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 405
    assert site.audit() == before
