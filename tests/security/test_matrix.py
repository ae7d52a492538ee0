"""H5: every route x every caller, generated from the application itself, and truths written by hand."""

from datetime import timedelta

import pytest

from platewise import clock
from platewise.store.site import NewToken
from platewise.web.access import policies, tokens
from platewise.web.access.state import current

pytestmark = pytest.mark.wall("H5")

RANK = {None: 0, "viewer": 1, "operator": 2, "manager": 3}
NEEDS = {"public": 0, "seed": 1, "viewer": 1, "operator": 2, "manager": 3}


@pytest.fixture(params=["site", "whole"])
def any_site(request):
    """Return the small server of these tests, and Platewise's own."""
    return request.getfixturevalue(request.param)


def _callers(site):
    """Return the headers of every kind of caller, with the role each stands for."""
    now = clock.now()
    with site.store.writing() as unit:
        unit.access.add_token(
            NewToken("old", tokens.digest("pw_old"), ("manager",), now - timedelta(2), now - timedelta(1))
        )
        gone = NewToken("gone", tokens.digest("pw_gone"), ("manager",), now, None, "nobody")
        unit.access.add_token(gone)
    revoked = site.token("manager")
    with site.store.reading() as unit:
        (number,) = [t.id for t in unit.access.tokens() if t.name == "test"]
    assert tokens.revoke(site.store, number, by="test")
    return {
        "none": ({}, None),
        "bad": (site.bearer("pw_" + "x" * 43), None),
        "expired": (site.bearer("pw_old"), None),
        "revoked": (revoked, None),
        "of somebody removed": (site.bearer("pw_gone"), None),
        **{role: (site.token(role), role) for role in ("viewer", "operator", "manager")},
    }


def _cells(app):
    """Yield endpoint, address and method of everything that can be asked; views are replaced by a mark."""
    for rule in app.url_map.iter_rules():
        app.view_functions[rule.endpoint] = lambda **_: "reached"
        with app.test_request_context():
            values = {name: _example(rule, name) for name in rule.arguments}
            _, path = rule.build(values, append_unknown=False)
        for method in sorted(rule.methods - {"OPTIONS"}):
            yield rule.endpoint, path, method


def _example(rule, name):
    return {"IntegerConverter": 1, "FloatConverter": 1.5}.get(type(rule._converters[name]).__name__, "x")


def test_every_route_lets_in_exactly_whom_its_policy_says(any_site):
    site, callers = any_site, _callers(any_site)
    with site.app.app_context():
        declared = dict(current().policies)
    asked = 0
    for endpoint, path, method in _cells(site.app):
        for who, (headers, role) in callers.items():
            answer = site.client().open(path, method=method, headers=headers)
            allowed = RANK[role] >= NEEDS[declared[endpoint].level]
            expected = {200} if allowed else {403} if role else {401}
            if declared[endpoint].limit == "logins":
                expected.add(429)  # the limit of logins counts all these strangers together
            assert answer.status_code in expected, (method, path, who, answer.status_code)
            asked += 1
    assert asked == len(callers) * sum(len(r.methods - {"OPTIONS"}) for r in site.app.url_map.iter_rules())


@pytest.mark.parametrize("role", ["viewer", "operator", "manager"])
def test_a_session_reaches_what_a_token_of_its_role_reaches(any_site, role):
    site = any_site
    client = site.log_in(role)
    with site.app.app_context():
        declared = dict(current().policies)
    for endpoint, path, method in _cells(site.app):
        answer = client.open(path, method=method, headers={"Sec-Fetch-Site": "same-origin"})
        allowed = RANK[role] >= NEEDS[declared[endpoint].level]
        assert answer.status_code == (200 if allowed else 403) or declared[endpoint].limit == "logins"


def test_truths_written_by_hand(site):
    ask = {role: site.token(role) for role in ("viewer", "operator", "manager")}
    client = site.client()
    table = [
        ("GET", "/health", {}, 200),
        ("GET", "/reads/AB12", {}, 401),
        ("GET", "/reads/AB12", ask["viewer"], 200),
        ("POST", "/reads", ask["viewer"], 403),
        ("POST", "/reads", ask["operator"], 200),
        ("DELETE", "/lists", ask["operator"], 403),
        ("DELETE", "/lists", ask["manager"], 200),
        ("POST", "/seed", {}, 401),
        ("POST", "/seed", ask["viewer"], 200),
        ("GET", "/nothing/here", {}, 404),
        ("DELETE", "/health", {}, 405),
    ]
    for method, path, headers, status in table:
        assert client.open(path, method=method, headers=headers).status_code == status, (method, path)


def test_truths_of_the_whole_server_written_by_hand(whole):
    ask = {role: whole.token(role) for role in ("viewer", "operator", "manager")}
    table = [
        ("GET", "/healthz", {}, {200}),
        ("GET", "/", {}, {401}),
        ("GET", "/parking/main", {}, {401}),
        ("GET", "/parking/main", ask["viewer"], {200}),
        ("GET", "/parking/main/sign.json", {}, {401}),
        ("GET", "/parking/main/sign.json", ask["viewer"], {200}),
        ("POST", "/parking/main/enter", ask["viewer"], {403}),
        ("POST", "/parking/main/settings", ask["operator"], {403}),
        ("GET", "/v1/reads", {}, {401}),
        ("GET", "/v1/reads", ask["viewer"], {200}),
        ("POST", "/v1/recognise", {}, {401}),
        ("PUT", "/v1/cameras/north", ask["operator"], {403}),
        ("DELETE", "/v1/plates/AB12", ask["operator"], {403}),
        ("DELETE", "/v1/plates/AB12", ask["manager"], {200}),
        ("GET", "/v1/lots", {}, {401}),
        ("GET", "/v1/lots", ask["viewer"], {200}),
        ("PUT", "/v1/lots/main", ask["operator"], {403}),
        ("PUT", "/v1/gates/main", ask["operator"], {403}),
        ("POST", "/v1/lots/main/reconcile", ask["viewer"], {403}),
        ("POST", "/v1/lots/main/reconcile", ask["operator"], {422}),
        ("POST", "/v1/visits", ask["viewer"], {403}),
        ("POST", "/v1/visits/1/payments", ask["viewer"], {403}),
        ("POST", "/v1/gates/main/open", ask["viewer"], {403}),
        ("POST", "/v1/gates/main/open", ask["operator"], {422}),
        ("GET", "/v1/visits.csv", {}, {401}),
        ("GET", "/tolls", {}, {401}),
        ("GET", "/tolls", ask["viewer"], {200}),
        ("POST", "/tolls/journey/1/verdict", ask["viewer"], {403}),
        ("GET", "/v1/journeys", {}, {401}),
        ("GET", "/v1/journeys", ask["viewer"], {200}),
        ("POST", "/v1/journeys/1/verdict", ask["viewer"], {403}),
        ("POST", "/v1/journeys/1/verdict", ask["operator"], {422}),
        ("POST", "/v1/mismatches/1/verdict", ask["viewer"], {403}),
        ("POST", "/v1/plates/seen", {}, {401}),
        ("POST", "/v1/plates/seen", ask["viewer"], {422}),
        ("GET", "/v1/alerts", {}, {401}),
        ("GET", "/v1/alerts", ask["viewer"], {200}),
        ("POST", "/v1/alerts/1/acknowledge", ask["viewer"], {403}),
        ("POST", "/v1/alerts/1/acknowledge", ask["operator"], {404}),
        ("GET", "/v1/outputs", ask["operator"], {403}),
        ("GET", "/v1/outputs", ask["manager"], {200}),
        ("PUT", "/v1/outputs/till", ask["operator"], {403}),
        ("POST", "/v1/outputs/till/test", ask["operator"], {403}),
        ("GET", "/v1/dead-letters", ask["operator"], {403}),
        ("GET", "/v1/calibration", ask["viewer"], {200}),
        ("POST", "/v1/calibration", ask["operator"], {403}),
        ("DELETE", "/v1/calibration", ask["operator"], {403}),
        ("PUT", "/v1/calibration/errors", ask["operator"], {403}),
        ("POST", "/upload-camera-image", {}, {401}),
        ("POST", "/v1/plate-reader/", {}, {401}),
        ("POST", "/v1/plate-reader/", ask["viewer"], {400}),
        ("POST", "/v1/vision/alpr", {}, {401}),
        ("POST", "/v3/recognize", {}, {401}),
        ("POST", "/api/v1/rec", {}, {401}),
        ("POST", "/v1/redact", {}, {401}),
        ("POST", "/v1/ingest/hikvision", ask["viewer"], {403}),
        ("POST", "/v1/ingest/axis", ask["viewer"], {403}),
        ("POST", "/v1/ingest/onvif", ask["viewer"], {403}),
        ("POST", "/api/plate-reads", ask["viewer"], {403}),
        ("POST", "/api/plate-reads", ask["operator"], {400}),
        ("GET", "/v1/exports/sightings/onvif", {}, {401}),
        ("POST", "/upload-camera-image", ask["viewer"], {400}),
        ("GET", "/check-license-plate/AB12/2020-01-01T00:00:00", {}, {401}),
        ("GET", "/check-license-plate/AB12/2020-01-01T00:00:00", ask["viewer"], {200}),
    ]
    for method, path, headers, statuses in table:
        answer = whole.client().open(path, method=method, headers=headers)
        assert answer.status_code in statuses, (method, path, answer.status_code)


def test_a_route_without_a_policy_stops_the_application(build):
    from flask import Flask

    from platewise.web import access

    site = build()
    app = Flask("naked")
    app.add_url_rule("/naked", view_func=lambda: "")
    with pytest.raises(RuntimeError, match="/naked"):
        access.register(app, site.store, site.settings)


def test_a_policy_that_is_none_is_refused():
    with pytest.raises(ValueError, match="viewer"):
        policies.policy("everybody")


def test_a_narrowed_token_reaches_only_its_scope(site):
    camera = site.token("operator", "reads:write")
    client = site.client()
    assert client.post("/reads", headers=camera).status_code == 200
    assert client.get("/reads/AB12", headers=camera).status_code == 403
    assert client.get("/seed", headers=camera).status_code == 403
    assert client.get("/seed", headers=site.token("viewer", "seed")).status_code == 200
    assert client.post("/reads", headers=site.token("viewer", "reads:write")).status_code == 403


def test_a_token_reaches_no_further_than_its_person(site):
    from platewise.web.access import people

    mine = site.token("manager", user="a-operator")
    client = site.client()
    assert client.delete("/lists", headers=mine).status_code == 403
    assert client.post("/reads", headers=mine).status_code == 200
    people.set_role(site.store, "a-operator", "viewer", by="test")
    assert client.post("/reads", headers=mine).status_code == 403
    people.remove(site.store, "a-operator", by="test")
    people.add(site.store, "a-operator", "operator", "another good secret", by="test")
    assert client.post("/reads", headers=mine).status_code == 401, "an heir of the name owns no old token"


def test_a_revoked_token_ends_at_once(site):
    headers = site.token("viewer")
    client = site.client()
    assert client.get("/reads/A", headers=headers).status_code == 200
    (token,) = tokens.listed(site.store)
    tokens.revoke(site.store, token.id, by="test")
    assert client.get("/reads/A", headers=headers).status_code == 401


def test_a_bad_token_is_not_saved_by_a_good_cookie(site):
    client = site.log_in("manager")
    assert client.get("/reads/A").status_code == 200
    assert client.get("/reads/A", headers=site.bearer("pw_wrong")).status_code == 401


def test_open_seed_routes_are_open_and_nothing_else(build):
    site = build(seed_routes="open")
    site.people()
    client = site.client()
    assert client.post("/seed").status_code == 200
    assert client.get("/reads/A").status_code == 401
    assert client.post("/seed", headers=site.bearer("pw_wrong")).status_code == 401
    assert client.post("/seed", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


class TestFirstLook:
    """Without a user, on this machine, everything is open; and only then."""

    def test_at_home_everything_is_open(self, fresh):
        client = fresh.client()
        assert client.get("/reads/A").text == "reached local"
        assert client.delete("/lists").status_code == 200
        assert client.post("/seed").status_code == 200

    @pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1", "[::1]:5000"])
    def test_by_any_name_of_this_machine(self, fresh, host):
        assert fresh.client().get("/reads/A", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        ("headers", "environ"),
        [
            ({}, {"REMOTE_ADDR": "192.0.2.7"}),
            ({"Host": "rebound.example"}, {}),
            ({"Host": "192.0.2.1:5000"}, {}),
            ({"X-Forwarded-For": "127.0.0.1"}, {}),
            ({"X-Real-IP": "127.0.0.1"}, {}),
            ({"Forwarded": "for=127.0.0.1"}, {}),
            ({"Via": "1.1 nginx"}, {}),
            ({}, {"SERVER_PROTOCOL": "HTTP/1.0"}),
        ],
    )
    def test_from_outside_or_through_a_proxy_nothing_is(self, fresh, headers, environ):
        client = fresh.client()
        assert client.get("/reads/A", headers=headers, environ_overrides=environ).status_code == 401

    def test_on_another_address_nothing_is(self, build):
        assert build(host="0.0.0.0").client().get("/reads/A").status_code == 401

    def test_it_ends_with_the_first_user(self, fresh):
        client = fresh.client()
        assert client.get("/reads/A").status_code == 200
        fresh.people()
        assert client.get("/reads/A").status_code == 401

    def test_another_site_cannot_use_it(self, fresh):
        assert fresh.client().delete("/lists", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_browser_is_led_to_the_login_and_back(site):
    client = site.client()
    answer = client.get("/reads/A?top=1&x=%26", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 303
    assert answer.location == "/login?next=/reads/A%3Ftop%3D1%26x%3D%2526"
    password = site.passwords["viewer"]
    done = site.post(client, answer.location, name="a-viewer", password=password)
    assert done.location == "/reads/A?top=1&x=%26"
    assert site.client().get("/reads/A", headers={"Accept": "*/*"}).status_code == 401
    told = site.client().get("/reads/A", headers={"HX-Request": "true"})
    assert told.headers["HX-Redirect"] == "/login"
    assert told.headers["WWW-Authenticate"] == "Bearer"
    assert set(told.json) == {"error"}


def test_what_is_not_public_stays_out_of_caches(site):
    client = site.client()
    assert client.get("/reads/A", headers=site.token("viewer")).headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/health").headers


def test_changes_and_searches_are_in_the_audit_log(site):
    operator, manager = site.token("operator"), site.token("manager", user="a-manager")
    client = site.client()
    before = len(site.audit())
    client.get("/reads/AB12?match=prefix", headers=operator)
    client.delete("/lists?name=staff", headers=manager)
    client.delete("/lists", headers=operator)
    client.post("/reads", headers=operator)
    new = site.audit()[: len(site.audit()) - before]
    assert [(e.user, e.action, e.subject) for e in new] == [
        ("a-manager", "lists", "/lists"),
        ("token:test", "reads", "/reads/AB12"),
    ]
    assert "match=prefix" in new[1].detail
    assert "(token " in new[1].detail


def test_options_of_gates_are_for_managers(whole):
    manager, viewer = whole.token("manager"), whole.token("viewer")
    options = {"driver": "webhook", "url": "https://example.com/t0ken", "on": ["Entered"]}
    whole.client().put("/v1/gates/main", headers=manager, json={"options": options})
    shown = whole.client().get("/v1/gates/main", headers=viewer).json["options"]
    assert shown == {"driver": "webhook", "on": ["Entered"]}


def test_work_by_hand_is_one_line_in_the_audit_log_with_its_reason(whole):
    operator = whole.token("operator", user="a-operator")
    body = {"lot": "main", "plate": "AB1", "reason": "the camera is away"}
    before = len(whole.audit())
    done = whole.client().post("/v1/visits", headers=operator, json=body)
    line, *others = whole.audit()
    assert (done.status_code, line.user, line.action, line.detail) == (
        200,
        "a-operator",
        "open",
        "the camera is away",
    )
    assert len(others) == before
    stay = {"entered": "2026-11-20T10:00:00Z", "left": "2026-11-20T11:00:00Z"}
    assert whole.client().post("/v1/lots/main/quote", headers=operator, json=stay).status_code == 200
    assert len(whole.audit()) == before + 1, "a quote changes nothing"
