"""Who may see which page, written by hand, and what each is led to."""

import pytest

pytestmark = pytest.mark.wall("H5")

VIEWER, OPERATOR, MANAGER = "viewer", "operator", "manager"
RANK = {VIEWER: 1, OPERATOR: 2, MANAGER: 3}
BROWSER = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
LOOKING = {
    "/": VIEWER,
    "/live": VIEWER,
    "/search": VIEWER,
    "/reads/1": VIEWER,
    "/lists": VIEWER,
    "/cameras": VIEWER,
    "/statistics": VIEWER,
    "/parking": VIEWER,
    "/parking/main": VIEWER,
    "/parking/main/visits": VIEWER,
    "/parking/visit/1": VIEWER,
    "/parking/main/sign": VIEWER,
    "/parking/main/sign.json": VIEWER,
    "/parking/main/settings": MANAGER,
    "/review": OPERATOR,
    "/plates/AB12": MANAGER,
    "/settings": MANAGER,
}
CHANGING = {
    "/review/1": OPERATOR,
    "/lists": OPERATOR,
    "/lists/x/entries": OPERATOR,
    "/lists/x/import": OPERATOR,
    "/lists/x/remove": OPERATOR,
    "/parking/main/enter": OPERATOR,
    "/parking/main/count": OPERATOR,
    "/parking/main/open": OPERATOR,
    "/parking/visit/1/close": OPERATOR,
    "/parking/visit/1/correct": OPERATOR,
    "/parking/visit/1/merge": OPERATOR,
    "/parking/visit/1/split": OPERATOR,
    "/parking/visit/1/accept": OPERATOR,
    "/parking/visit/1/pay": OPERATOR,
    "/parking": MANAGER,
    "/parking/main/settings": MANAGER,
    "/parking/x/remove": MANAGER,
    "/settings/signs": MANAGER,
    "/cameras": MANAGER,
    "/gates": MANAGER,
    "/lanes/x/remove": MANAGER,
    "/plates/AB12/erase": MANAGER,
    "/settings": MANAGER,
    "/settings/tokens": MANAGER,
    "/settings/people": MANAGER,
    "/settings/people/a-viewer/role": MANAGER,
}


@pytest.mark.parametrize("path", LOOKING)
def test_a_stranger_is_led_to_the_login(whole, path):
    answer = whole.client().get(path, headers=BROWSER)
    assert answer.status_code == 303
    assert answer.location.startswith("/login")


@pytest.mark.parametrize("role", RANK)
def test_each_role_sees_its_pages(whole, role):
    client = whole.log_in(role)
    for path, least in LOOKING.items():
        status = client.get(path, headers=BROWSER).status_code
        assert (status == 403) == (RANK[role] < RANK[least]), (path, status)


@pytest.mark.parametrize("role", RANK)
def test_each_role_changes_what_it_may(whole, role):
    client = whole.log_in(role)
    for path, least in CHANGING.items():
        status = client.post(path, headers=BROWSER).status_code
        assert (status == 403) == (RANK[role] < RANK[least]), (path, status)
        assert status < 500


@pytest.mark.parametrize("path", CHANGING)
def test_another_site_changes_nothing(whole, path):
    client = whole.log_in("manager")
    assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_navigation_names_what_the_role_may_see(whole):
    shown = {role: whole.log_in(role).get("/", headers=BROWSER).text for role in RANK}
    assert "/review" not in shown[VIEWER]
    assert "/review" in shown[OPERATOR]
    assert "/settings" not in shown[OPERATOR]
    assert "/settings" in shown[MANAGER]


def test_a_viewer_is_offered_no_form_that_would_be_refused(whole):
    client = whole.log_in("viewer")
    _let_in(whole)
    for path in ("/lists", "/cameras", "/parking?all=1", "/parking/main", "/parking/visit/1"):
        html = client.get(path, headers=BROWSER).text
        assert html.count('method="post"') == 1, path  # to log out


def _let_in(whole):
    answer = whole.log_in("operator").post(
        "/parking/main/enter", data={"plate": "AB12 CDE", "reason": "the camera was down"}, headers=BROWSER
    )
    assert answer.status_code == 303


class TestPublicSign:
    def test_it_is_for_people_with_an_account_until_the_owner_opens_it(self, whole):
        _let_in(whole)
        stranger = whole.client()
        assert stranger.get("/parking/main/sign", headers=BROWSER).location.startswith("/login")
        assert stranger.get("/parking/main/sign.json").status_code == 401
        owner = whole.log_in("manager")
        owner.post("/settings/signs", data={"public_sign": "on"}, headers=BROWSER)
        shown = stranger.get("/parking/main/sign", headers=BROWSER)
        told = stranger.get("/parking/main/sign.json")
        assert told.get_json() == {"free": 99, "capacity": 100}
        assert "AB12" not in shown.text + told.text
        assert "/v1/" not in shown.text, "a sign needs nothing that knows plates"
        for path in ("/parking/main", "/parking/main/visits", "/parking/visit/1", "/v1/events", "/v1/lots"):
            assert stranger.get(path).status_code == 401, path
        owner.post("/settings/signs", headers=BROWSER)
        assert stranger.get("/parking/main/sign.json").status_code == 401

    def test_who_may_not_see_it_learns_no_names(self, whole):
        stranger = whole.client()
        assert stranger.get("/parking/nowhere/sign.json").status_code == 401

    def test_a_token_for_other_things_does_not_show_it(self, whole):
        narrow = whole.token("viewer", "reads:read")
        assert whole.client().get("/parking/main/sign.json", headers=narrow).status_code == 403
        wide = whole.token("viewer", "lots:read")
        assert whole.client().get("/parking/main/sign.json", headers=wide).status_code == 200

    def test_it_may_be_asked_for_often_but_not_without_end(self, whole):
        from platewise.web.access.state import current

        with whole.app.app_context():
            current().limits["signs"].most = 3
        client = whole.client()
        statuses = [client.get("/parking/main/sign.json").status_code for _ in range(5)]
        assert statuses == [401] * 3 + [429] * 2


def test_a_refusal_is_told_on_a_page(whole):
    answer = whole.log_in("viewer").get("/settings", headers=BROWSER)
    assert answer.mimetype == "text/html"
    assert "another role" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/search?plate=AB12", "/plates/AB12", "/parking/main/visits?plate=AB12", "/tolls/journeys?plate=AB12"],
)
def test_who_looks_a_plate_up_on_a_page_is_in_the_audit_log(whole, path):
    client = whole.log_in("manager")
    assert client.get(path, headers=BROWSER).status_code == 200
    (line,) = (one for one in whole.audit() if "AB12" in one.subject + one.detail)
    assert line.user == "a-manager"


def test_a_manager_adds_changes_and_removes_people(whole):
    client = whole.log_in("manager")

    def post(path, **form):
        return client.post(path, data=form, headers=BROWSER)

    assert (
        post("/settings/people", name="ann", role="viewer", password="seven green kettles").status_code == 303
    )
    assert (
        post("/settings/people", name="ann", role="viewer", password="seven green kettles").status_code == 409
    )
    assert post("/settings/people/ann/role", role="operator").status_code == 303
    assert post("/settings/people/ann/role", role="king").status_code == 422
    assert post("/settings/people/ann/password", password="eight blue kettles").status_code == 303
    assert post("/settings/people/ann/password", password="short").status_code == 422
    other = whole.client()
    assert whole.post(other, "/login", name="ann", password="eight blue kettles").status_code == 303
    assert other.get("/review", headers=BROWSER).status_code == 200
    assert post("/settings/people/ann/remove").status_code == 303
    assert other.get("/review", headers=BROWSER).status_code == 303
    assert post("/settings/people/a-manager/role", role="viewer").status_code == 409
    log = str(whole.audit())
    assert all(action in log for action in ("user.add", "user.role", "user.password", "user.remove"))
    assert "kettles" not in log
