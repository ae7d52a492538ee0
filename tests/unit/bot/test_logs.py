import logging
from collections.abc import Iterator

import pytest

pytest.importorskip("telegram", reason="needs the [bot] extra")

from platewise.bot import logs

pytestmark = pytest.mark.wall("T4")

TOKEN = "123456:AAF-canary_Secret"
SECRETS = (TOKEN, TOKEN.partition(":")[2], "pw_canary")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = ("httpx", "httpcore", "telegram")
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.parametrize(
    "text", [f"/bot{TOKEN}/getMe", f"/bot{TOKEN.replace(':', '%3A')}/x", "Bearer pw_canary"]
)
def test_secrets_are_hidden_wherever_they_are(capsys: pytest.CaptureFixture[str], text: str) -> None:
    logs.begin(SECRETS, verbose=True)
    logging.getLogger("httpx").info("HTTP Request: POST %s", text)
    try:
        raise ValueError(f"The token `{text}` was rejected")
    except ValueError:
        logging.getLogger("platewise").exception("it failed")
    told = capsys.readouterr().err
    assert "canary" not in told
    assert told.count(logs.HIDDEN) == 2
    assert "ValueError" in told


def test_requests_are_told_only_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(SECRETS)
    logging.getLogger("httpx").info("HTTP Request")
    logging.getLogger("platewise.bot").info("ready")
    told = capsys.readouterr().err
    assert "HTTP Request" not in told
    assert "ready" in told
