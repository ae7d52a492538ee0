"""Users and tokens in SQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from platewise.errors import Conflict
from platewise.store.site import NewToken, Token, User
from platewise.store.sql.rows import insert_row, is_number, put_row
from platewise.store.sql.schema import tokens, users


class SqlAccess:
    """The AccessStore of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def users(self) -> tuple[User, ...]:
        """Return all users by name."""
        rows = self._connection.execute(select(users).order_by(users.c.name))
        return tuple(User(**row._mapping) for row in rows)

    def put_user(self, user: User) -> None:
        """Keep or replace a user."""
        put_row(self._connection, users, "name", asdict(user))

    def remove_user(self, name: str) -> bool:
        """Remove a user; tell whether there was one."""
        return self._connection.execute(delete(users).where(users.c.name == name)).rowcount > 0

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens, revoked ones too, oldest first."""
        return tuple(map(_token, self._connection.execute(select(tokens).order_by(tokens.c.id))))

    def token(self, digest: str) -> Token | None:
        """Return the token with that hash."""
        row = self._connection.execute(select(tokens).where(tokens.c.digest == digest)).first()
        return _token(row) if row else None

    def add_token(self, token: NewToken) -> Token:
        """Keep a token; a second one with the same hash is a ``Conflict``."""
        if self.token(token.digest):
            raise Conflict("there is a token with this hash")
        number = insert_row(self._connection, tokens, {**asdict(token), "scopes": list(token.scopes)})
        return _token(self._connection.execute(select(tokens).where(tokens.c.id == number)).one())

    def revoke_token(self, token: int, at: datetime) -> bool:
        """End a token; tell whether it was in force."""
        return self._change(token, "revoked_at", at, tokens.c.revoked_at.is_(None))

    def touch_token(self, token: int, at: datetime) -> None:
        """Note when a token was used."""
        self._change(token, "used_at", at)

    def _change(self, token: int, column: str, at: datetime, *conditions: Any) -> bool:
        if not is_number(token):
            return False
        change = update(tokens).where(tokens.c.id == token, *conditions).values({column: at})
        return self._connection.execute(change).rowcount > 0


def _token(row: Row[Any]) -> Token:
    values = dict(row._mapping)
    values.pop("digest")
    return Token(scopes=tuple(values.pop("scopes")), **values)
