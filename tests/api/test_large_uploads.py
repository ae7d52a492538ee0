"""An upload within the limit is taken whatever its bytes are; it is read in pieces that end anywhere."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse


@pytest.mark.parametrize("size", [60_000, 120_000, 400_000])
@pytest.mark.parametrize("pattern", [b"\r\n", b"\n", b"\r", b"\r\n--", b"x"])
@pytest.mark.wall("U3")
def test_no_file_within_the_limit_is_too_large(
    send: Callable[..., TestResponse], size: int, pattern: bytes
) -> None:
    answer = send(pattern * (size // len(pattern)), "/v1/recognise?save=0")
    assert answer.status_code == 415  # it is no picture, but not because of its size
