"""Clients of HyperLPR3's server."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from conftest import draw
from platewise.core.geometry import quad_of
from platewise.core.plate import Plate
from platewise.core.read import Read

from .conftest import Running, Seen


def ask(site: Running, files: Any) -> requests.Response:
    return requests.post(f"{site.url}/api/v1/rec", files=files, timeout=20)


def test_a_client_takes_the_list_out_of_the_result(site: Running, plate_jpeg: bytes) -> None:
    told = ask(site, {"file": ("car.jpg", plate_jpeg, "image/jpeg")}).json()
    assert (told["code"], told["msg"]) == (5000, "请求成功")
    (plate,) = told["result"]["plate_list"]
    assert set(plate) == {"code", "conf", "plate_type", "box"}
    assert plate["code"] == "AB12CDE"
    assert plate["box"] == pytest.approx([200, 300, 440, 350], abs=3)
    assert site.plates() == ["AB12CDE"]


@pytest.mark.parametrize(
    ("text", "colour", "kind"),
    [
        ("京A12345", "#1d4aa8", "蓝牌"),
        ("京A12345", "#e9b21c", "黄牌单层"),
        ("京AD12345", "#ffffff", "绿牌新能源"),
        ("京A1234警", "#ffffff", "白牌单层"),
        ("粤Z1234港", "#101010", "黑牌港澳"),
        ("京A1234学", "#e9b21c", "黄牌单层"),
        ("京A1234挂", "#e9b21c", "黄牌双层"),
    ],
)
def test_the_kind_follows_from_text_and_colour(
    run: Callable[..., Running], text: str, colour: str, kind: str
) -> None:
    site = run(pipeline=Seen(Read(Plate(text, "cn"), 0.9, quad_of((200, 300, 240, 50)))))
    picture = draw(((200, 300, 240, 50), colour))
    (plate,) = ask(site, {"file": ("car.jpg", picture)}).json()["result"]["plate_list"]
    assert (plate["code"], plate["plate_type"]) == (text, kind)


@pytest.mark.parametrize("files", [{}, {"file": ("car.jpg", b"no picture")}, {"other": ("car.jpg", b"x")}])
def test_what_is_wrong_is_told_in_the_code_not_the_status(site: Running, files: Any) -> None:
    response = ask(site, files)
    assert response.status_code == 200
    assert (response.json()["code"], response.json()["result"]) == (5007, None)


def test_who_may_not_is_told_so_both_ways(site: Running, plate_jpeg: bytes) -> None:
    token = site.token("viewer", "vendor:hyperlpr")
    response = ask(site, {"file": ("car.jpg", plate_jpeg)})
    assert (response.status_code, response.json()["code"]) == (401, 5005)
    headers = {"X-API-Key": token}
    told = requests.post(
        f"{site.url}/api/v1/rec", headers=headers, files={"file": ("a.jpg", plate_jpeg)}, timeout=20
    )
    assert told.json()["code"] == 5000
