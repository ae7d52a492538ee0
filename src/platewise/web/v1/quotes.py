"""``.../quote``: what a stay costs, line by line, and what was paid. Money is text, exact to the cent."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from flask import Response, jsonify
from pydantic import BaseModel, Field, model_validator

from platewise import clock
from platewise.errors import Conflict, InputError
from platewise.register.tariffs.library import parse
from platewise.register.tariffs.payment import Paid, owed
from platewise.register.tariffs.quoting import Receipt, Stay, quote, stay_of
from platewise.register.tariffs.schema import Tariff
from platewise.register.values import Lot
from platewise.store.parking import VisitRecord
from platewise.store.protocol import Unit
from platewise.web.access import audit, policy
from platewise.web.nouns import noun
from platewise.web.once import once
from platewise.web.parts import parts
from platewise.web.times import Time
from platewise.web.v1.lots import LotPath, no_lot
from platewise.web.v1.models import Name, Request, Text
from platewise.web.v1.visits import VisitPath, known_visit

CENTS = 2
"""Decimals of money where no tariff says how many."""

blueprint = noun("quotes", "What stays cost.")

Money = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,4})?$", examples=["4.50"])]


class StayBody(Request):
    """A stay that might be, and the lists that its plate would be on."""

    entered: Time
    left: Time
    lists: list[Name] = Field([], max_length=100)

    @model_validator(mode="after")
    def _forwards(self) -> "StayBody":
        if self.left < self.entered:
            raise ValueError("a stay ends after it begins")
        return self


class QuoteQuery(Request):
    """The moment up to which a stay that is not over is charged; now, if not said."""

    at: Time | None = None


class PaymentBody(Request):
    """Something that was paid elsewhere; the same `key` is the same payment, however often it is told."""

    key: Annotated[Text, Field(min_length=1)]
    amount: Money
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])
    at: Time | None = None


class LineAnswer(BaseModel):
    """One line of a receipt; a line that takes something off has a negative amount."""

    text: str
    quantity: int
    price: str
    amount: str
    at: datetime


class QuoteAnswer(BaseModel):
    """A receipt, what was paid of it and what is owed; without a tariff parking is free."""

    tariff: str | None
    currency: str | None
    entered: datetime
    left: datetime
    lines: list[LineAnswer]
    total: str
    paid: str
    owed: str


@blueprint.post("/v1/lots/<name>/quote", responses={200: QuoteAnswer})
@policy("viewer", scope="lots:read")
def quote_stay(path: LotPath, body: StayBody) -> dict[str, Any]:
    """Return what a stay would cost; nothing is kept."""
    with parts().store.reading() as unit:
        lot = unit.lots.lot(path.name)
    if lot is None:
        raise no_lot(path.name)
    audit.leave_out()
    return _quoted(lot, Stay(body.entered, body.left, tuple(body.lists)), ())


@blueprint.get("/v1/visits/<int:visit>/quote", responses={200: QuoteAnswer})
@policy("viewer", scope="visits:read")
def quote_visit(path: VisitPath, query: QuoteQuery) -> dict[str, Any]:
    """Return what a visit costs."""
    with parts().store.reading() as unit:
        return quote_of(unit, known_visit(unit, path.visit), query.at or clock.now())


@blueprint.post("/v1/visits/<int:visit>/payments", responses={200: QuoteAnswer})
@policy("operator", scope="visits:write")
def pay_visit(path: VisitPath, body: PaymentBody) -> Response:
    """Note that something was paid; 409 where the currency is another, or the key means another payment."""

    def work(unit: Unit) -> Response:
        """Keep the payment and show what is owed."""
        record, now = known_visit(unit, path.visit), clock.now()
        at = body.at or _known_at(unit, record, body.key) or now
        _check(_tariff(unit.lots.lot(record.lot)), body)
        unit.lots.pay(Paid(body.key, record.visit.id, at, Decimal(body.amount), body.currency))
        return jsonify(quote_of(unit, record, now))

    return once(work)


def _known_at(unit: Unit, record: VisitRecord, key: str) -> datetime | None:
    """Return the time of a payment that was told before, so that without one it is the same again."""
    return next((paid.at for paid in unit.lots.payments(record.visit.id) if paid.key == key), None)


def _check(tariff: Tariff | None, body: PaymentBody) -> None:
    """Refuse money that no receipt of this tariff can ask for."""
    if tariff is None:
        raise Conflict("parking is free here: the car park has no tariff")
    if round(Decimal(body.amount), tariff.places) != Decimal(body.amount):
        raise InputError(f"{body.currency} has {tariff.places} decimals here")


def quote_of(unit: Unit, record: VisitRecord, at: datetime) -> dict[str, Any]:
    """Return what a visit costs until a moment, as the API tells it; ``InputError`` for an exit alone."""
    lot = unit.lots.lot(record.lot)
    return _quoted(lot, stay_of(record.visit, at), unit.lots.payments(record.visit.id))


def _quoted(lot: Lot | None, stay: Stay, payments: Sequence[Paid]) -> dict[str, Any]:
    tariff = _tariff(lot)
    receipt = quote(tariff, stay) if tariff else None
    places = tariff.places if tariff else CENTS
    answer = QuoteAnswer(
        tariff=receipt.tariff if receipt else None,
        currency=receipt.currency if receipt else None,
        entered=stay.entered,
        left=stay.left,
        lines=_lines(receipt, places) if receipt else [],
        total=_money(receipt.total if receipt else Decimal(0), places),
        paid=_money(sum((paid.amount for paid in payments), Decimal(0)), places),
        owed=_money(owed(receipt, payments) if receipt else Decimal(0), places),
    )
    return answer.model_dump(mode="json")


def _tariff(lot: Lot | None) -> Tariff | None:
    return parse(lot.tariff) if lot and lot.tariff else None


def _lines(receipt: Receipt, places: int) -> list[LineAnswer]:
    return [
        LineAnswer(
            text=line.text,
            quantity=line.quantity,
            price=_money(line.price, places),
            amount=_money(line.amount, places),
            at=line.at,
        )
        for line in receipt.lines
    ]


def _money(amount: Decimal, places: int) -> str:
    return f"{amount:.{places}f}"
