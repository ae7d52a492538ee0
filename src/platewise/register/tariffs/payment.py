"""That something was paid: an event from elsewhere. Platewise takes no money."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from platewise.errors import Conflict, InputError
from platewise.register.tariffs.quoting import Receipt


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment for a visit; the same ``key`` is the same payment, however often it is told."""

    key: str
    visit: str
    at: datetime
    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Check that something was paid."""
        if not self.amount.is_finite() or self.amount <= 0:
            raise InputError("a payment is more than nothing")


def owed(receipt: Receipt, payments: Iterable[Paid]) -> Decimal:
    """Return what is still to pay; ``Conflict`` where two payments share a key or the currency is another."""
    known: dict[str, Paid] = {}
    for paid in payments:
        if paid.currency != receipt.currency:
            raise Conflict(f"the receipt is in {receipt.currency}, the payment in {paid.currency}")
        if known.setdefault(paid.key, paid) != paid:
            raise Conflict(f"payment {paid.key} was told twice, differently")
    return max(receipt.total - sum((p.amount for p in known.values()), Decimal(0)), Decimal(0))
