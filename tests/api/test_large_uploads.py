"""An upload within the limit is taken whatever its bytes are; it is read in pieces that end anywhere."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from platewise.web.listening import Body


@pytest.mark.parametrize("size", [60_000, 120_000, 400_000])
@pytest.mark.parametrize("pattern", [b"\r\n", b"\n", b"\r", b"\r\n--", b"x"])
@pytest.mark.wall("U3")
def test_no_file_within_the_limit_is_too_large(
    send: Callable[..., TestResponse], size: int, pattern: bytes
) -> None:
    answer = send(pattern * (size // len(pattern)), "/v1/recognise?save=0")
    assert answer.status_code == 415  # it is no picture, but not because of its size


@pytest.mark.wall("U3")
def test_of_a_body_that_is_too_long_nothing_is_kept_but_its_length() -> None:
    body = Body(100_000)
    for _ in range(50):
        body.append(b"x" * 9_000)
    assert len(body) == 450_000
    assert len(body.getfile().read()) == 99_000
    assert not body.overflowed, "there is no temporary file"
    body.close()
