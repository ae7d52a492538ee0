"""W1: signatures of Standard Webhooks, checked by the reference library."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from receivers import SECRET

from platewise import clock
from platewise.errors import InputError
from platewise.outputs import signing

pytestmark = pytest.mark.wall("W1")

BODY = b'{"test": 2432232314}'
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def _headers(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    return signing.headers([signing.key_of(one) for one in secrets], MESSAGE, at or clock.now(), BODY)


def test_the_published_vector() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    assert _headers(SECRET, at=at) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_reference_library_believes_it() -> None:
    library = pytest.importorskip("standardwebhooks.webhooks", reason="needs standardwebhooks, of [dev]")
    old, new = signing.new_secret(), signing.new_secret()
    assert old != new
    both = _headers(new, old)
    for secret in (old, new):  # a receiver needs to know just one of them
        library.Webhook(secret).verify(BODY.decode(), both)
    for secret, body, headers in (
        (signing.new_secret(), BODY, both),
        (old, BODY + b" ", both),
        (old, BODY, {**both, "webhook-id": "msg_other"}),
        (old, BODY, _headers(old, at=clock.now() - timedelta(seconds=301))),
        (old, BODY, _headers(old, at=clock.now() + timedelta(seconds=310))),
    ):
        with pytest.raises(library.WebhookVerificationError):
            library.Webhook(secret).verify(body.decode(), headers)
    library.Webhook(old).verify(BODY.decode(), _headers(old, at=clock.now() - timedelta(seconds=290)))


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_%%%", "whsec_ä",
     "whsec_" + base64.b64encode(b"x" * 23).decode(), "whsec_" + base64.b64encode(b"x" * 65).decode()],
)  # fmt: skip
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(InputError, match="a secret is whsec_") as error:
        signing.key_of(secret)
    assert len(secret) < 9 or secret not in str(error.value)


def test_without_a_secret_nothing_is_signed() -> None:
    assert set(_headers()) == {"webhook-id", "webhook-timestamp"}
