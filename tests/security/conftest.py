"""A small guarded server, with one route of each policy, on a real database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

pytest.importorskip("flask", reason="needs the [serve] extra")

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platewise.settings import Settings
from platewise.store.opening import open_store
from platewise.store.protocol import Store
from platewise.store.queries import AuditQuery
from platewise.store.site import AuditRecord, Role
from platewise.vision.reader import Reader
from platewise.web import access, create_app, errors
from platewise.web.access import passwords, people, policy

PASSWORDS: dict[Role, str] = {
    "viewer": "grey geese fly south",
    "operator": "seven tin kettles",
    "manager": "violet harbour 19",
}


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash with the least work: what is tested here is who is asked for what, not argon2."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._decoy.cache_clear()
    yield
    passwords._decoy.cache_clear()


@dataclass
class Site:
    """A server and its store, with shorthands for what a test does to them."""

    app: Flask
    store: Store
    settings: Settings
    secrets: list[str] = field(default_factory=list)

    passwords = PASSWORDS

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def token(self, *scopes: str, **options: Any) -> dict[str, str]:
        """Make a token and return the header that carries it."""
        _, secret = access.tokens.create(self.store, "test", scopes, by="test", **options)
        self.secrets.append(secret)
        return self.bearer(secret)

    @staticmethod
    def bearer(secret: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret}"}

    @staticmethod
    def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
        """Post a form as the browser does from the server's own page."""
        return client.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})

    def people(self) -> None:
        for role in ("manager", "operator", "viewer"):
            people.add(self.store, f"a-{role}", role, PASSWORDS[role], by="test")

    def log_in(self, role: Role = "manager", client: FlaskClient | None = None) -> FlaskClient:
        client = client or self.client()
        answer = self.post(client, "/login", name=f"a-{role}", password=PASSWORDS[role])
        assert answer.status_code == 303
        return client

    def audit(self) -> list[AuditRecord]:
        """Return the audit log, newest first."""
        with self.store.reading() as unit:
            return list(unit.journal.find(AuditQuery(limit=200)).items)


def views(app: Flask) -> None:
    """Add one route of each policy."""

    @app.get("/health")
    @policy("public")
    def health() -> str:
        return "reached"

    @app.route("/seed", methods=["GET", "POST"])
    @policy("seed")
    def seed() -> str:
        return "reached"

    @app.get("/reads/<plate>")
    @policy("viewer", scope="reads:read", search=True)
    def reads(plate: str) -> str:
        return f"reached {access.caller().name}"

    @app.post("/reads")
    @policy("operator", scope="reads:write", limit="reads")
    def recognise() -> str:
        return "reached"

    @app.route("/lists", methods=["GET", "PUT", "PATCH", "DELETE", "POST"])
    @policy("manager", scope="lists:write")
    def lists() -> str:
        return "reached"


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return a function that builds such a server with the settings given."""
    opened: list[Store] = []

    def make(**settings: Any) -> Site:
        folder = tmp_path / f"data-{len(opened)}"
        store = open_store(f"sqlite:///{folder}/p.sqlite3", folder / "images")
        opened.append(store)
        app = Flask("platewise.web")
        views(app)
        errors.register(app)
        chosen = Settings(**{"data": folder, **settings})
        access.register(app, store, chosen)
        return Site(app, store, chosen)

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def whole(tiny_reader: Reader, tmp_path: Path) -> Iterator[Site]:
    """Return Platewise's own server, with one person of each role."""
    settings = replace(tiny_reader.settings, data=tmp_path / "whole")
    store = open_store(settings.database_url, settings.data / "images")
    app = create_app(None, Reader(settings=settings), store)
    served = Site(app, store, settings)
    served.people()
    yield served
    store.close()


@pytest.fixture
def fresh(build: Callable[..., Site]) -> Site:
    """Return a server that nobody has an account on."""
    return build()


@pytest.fixture
def site(fresh: Site) -> Site:
    """Return a server with one person of each role."""
    fresh.people()
    return fresh
