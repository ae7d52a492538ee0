"""GET / and GET /healthz without a browser."""

import re

from flask.testing import FlaskClient


def test_the_page_needs_no_other_host_and_no_inline_script(client: FlaskClient) -> None:
    html = client.get("/").text
    sources = re.findall(r'(?:src|href|action)="([^"]+)"', html)
    assert sources
    assert all(source.startswith("/") for source in sources)
    assert not re.search(r"<script[^>]*>[^<]", html)
    assert not re.search(r"\s(?:style|on\w+)=", html)
    for source in sources:
        assert source == "/v1/recognise" or client.get(source, buffered=True).status_code == 200


def test_the_page_names_every_region(client: FlaskClient) -> None:
    from platewise.regions import library

    assert ", ".join(sorted(library.load())) in client.get("/").text


def test_the_server_is_healthy(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
