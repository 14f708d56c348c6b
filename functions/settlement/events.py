"""Events of the settlement room: payouts booked."""

from typing import Any, ClassVar

from bank.events import DomainEvent
from bank.store import Item
from settlement.tables import PayoutRow


class PayoutBooked(DomainEvent):
    """A payout left a settlement account, for its owner's bank account."""

    room: ClassVar[str] = "settlement"
    payee_id: str
    payout_id: str
    amount: int
    currency: str
    business_date: str
    settlement_account_id: str
    journal_id: str

    @property
    def subject(self) -> str:
        """Subject of the event."""
        return self.payout_id


PUBLISHED: tuple[type[DomainEvent], ...] = (PayoutBooked,)


def of_change(old: Item | None, new: Item | None) -> list[PayoutBooked]:
    """The events that a change in the payouts' table means."""
    if old is not None or new is None:
        return []
    row = PayoutRow.from_item(new)
    if row.moved:
        return []
    names = (
        "payee_id",
        "payout_id",
        "currency",
        "business_date",
        "settlement_account_id",
        "journal_id",
    )
    facts: dict[str, Any] = {name: getattr(row, name) for name in names}
    return [PayoutBooked(amount=int(row.amount), **facts)]
