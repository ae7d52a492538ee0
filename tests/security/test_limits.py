"""H3: rate limits, which no header, thread or address of the same customer evades."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pytest

from platewise.errors import SettingError
from platewise.store.opening import open_store
from platewise.vision.reader import Reader
from platewise.web import create_app
from platewise.web.access import limits, people, proxies, tokens
from platewise.web.access.limits import Limiter

pytestmark = pytest.mark.wall("H3")

WRONG = {"name": "a-viewer", "password": "wrong password"}


def test_a_window_slides():
    now = [0.0]
    limiter = Limiter(2, 60, lambda: now[0])
    assert [limiter.wait("a"), limiter.wait("a"), limiter.wait("b")] == [0, 0, 0]
    now[0] = 20
    assert limiter.wait("a") == 40
    now[0] = 60
    assert limiter.wait("a") == 0
    assert Limiter(0).wait("a") == 0


def test_several_calls_at_once_are_counted_all_or_none():
    now = [0.0]
    limiter = Limiter(5, 60, lambda: now[0])
    assert limiter.wait("a", 3) == 0
    now[0] = 10
    assert [limiter.wait("a", 3), limiter.wait("a", 2), limiter.wait("a", 4)] == [50, 0, 60]
    now[0] = 30
    assert [limiter.wait("a", 4), limiter.wait("b", 6)] == [40, 60]


def test_each_picture_of_a_request_is_counted(tiny_reader, plate_jpeg, tmp_path):
    settings = replace(tiny_reader.settings, data=tmp_path, reads_per_minute=4)
    store = open_store(settings.database_url, tmp_path / "images")
    people.add(store, "ann", "manager", "violet harbour 19", by="test")
    client = create_app(None, Reader(settings=settings), store).test_client()
    headers = {"Authorization": f"Bearer {tokens.create(store, 'camera', ['operator'], by='test')[1]}"}

    def ask(pictures):
        files = [(BytesIO(plate_jpeg), f"{number}.jpg") for number in range(pictures)]
        return client.post("/v1/recognise?save=0", data={"image": files}, headers=headers)

    assert ask(3).status_code == 200
    refused = ask(2)  # the request itself was let in, and is counted
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ask(1).status_code == 429
    other = tokens.create(store, "other", ["operator"], by="test")[1]
    headers["Authorization"] = f"Bearer {other}"
    assert "at most 4 pictures" in ask(5).json["error"]["message"]
    store.close()


def test_a_flood_of_keys_takes_bounded_memory(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEYS", 100)
    limiter = Limiter(1)
    for key in range(1000):
        limiter.wait(str(key))
    assert len(limiter._calls) == 100
    assert limiter.wait("999") > 0


def test_threads_get_exactly_the_limit_together():
    limiter = Limiter(60)
    with ThreadPoolExecutor(8) as pool:
        passed = sum(wait == 0 for wait in pool.map(lambda _: limiter.wait("token 1"), range(400)))
    assert passed == 60


def test_a_token_may_have_sixty_pictures_read_in_a_minute(site):
    client, one, other = site.client(), site.token("operator"), site.token("operator")
    assert [client.post("/reads", headers=one).status_code for _ in range(61)] == [200] * 60 + [429]
    refused = client.post("/reads", headers=one)
    assert refused.json["error"]["code"] == "too_many"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert client.post("/reads", headers=other).status_code == 200
    assert client.get("/reads/A", headers=one).status_code == 200, "only pictures are counted"


def test_the_owner_sets_the_limit(build):
    site = build(reads_per_minute=2)
    site.people()
    client, headers = site.client(), site.token("operator")
    assert [client.post("/reads", headers=headers).status_code for _ in range(3)] == [200, 200, 429]


def test_an_open_seed_route_counts_addresses(build):
    site = build(reads_per_minute=2, seed_routes="open", host="0.0.0.0")
    site.people()

    def ask(address):
        return site.client().post("/seed", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [ask("192.0.2.1") for _ in range(3)] == [200, 200, 429]
    assert ask("192.0.2.2") == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
def test_five_logins_a_minute_whatever_a_header_says(site, header):
    def guess(i):
        headers = {"Sec-Fetch-Site": "same-origin", header: f"198.51.100.{i}"}
        return site.client().post("/login", data=WRONG, headers=headers).status_code

    assert [guess(i) for i in range(7)] == [401] * 5 + [429] * 2
    right = {"name": "a-viewer", "password": site.passwords["viewer"]}
    assert site.client().post("/login", data=right).status_code == 429, "guessing right is limited too"


def test_an_ipv6_customer_is_one_client(site):
    def guess(address):
        environ = {"REMOTE_ADDR": address}
        return site.client().post("/login", data=WRONG, environ_overrides=environ).status_code

    assert [guess(f"2001:db8::{i:x}") for i in range(6)] == [401] * 5 + [429]
    assert guess("2001:db8:0:1::1") == 401


class TestTrustedProxies:
    """What is believed of forwarding headers."""

    @pytest.mark.parametrize(
        ("peer", "forwarded", "client"),
        [
            ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.7, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
            ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ],
    )
    def test_only_trusted_ones_and_only_the_nearest_stranger(self, peer, forwarded, client):
        seen = {}
        guarded = proxies.TrustedProxies(lambda environ, _: seen.update(environ) or [], ["10.0.0.0/8"])
        guarded({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, None)
        assert seen["REMOTE_ADDR"] == client
        assert seen[proxies.PROXIED]

    def test_https_and_name_come_from_trusted_ones(self, build):
        site = build(trusted_proxies=("10.0.0.0/8",))
        site.people()
        headers = {
            "X-Forwarded-For": "198.51.100.1",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "plates.example",
            "Origin": "https://plates.example",
        }
        form = {"name": "a-viewer", "password": site.passwords["viewer"]}

        def enter(peer):
            client = site.client()
            return client.post("/login", data=form, headers=headers, environ_overrides={"REMOTE_ADDR": peer})

        assert "; Secure" in enter("10.1.2.3").headers["Set-Cookie"]
        assert enter("192.0.2.9").status_code == 403, "an untrusted peer's word on the host is not taken"

    def test_what_is_no_address_is_refused(self):
        with pytest.raises(SettingError, match="PLATEWISE_TRUSTED_PROXIES"):
            proxies.TrustedProxies(lambda *_: [], ["proxy.example"])
