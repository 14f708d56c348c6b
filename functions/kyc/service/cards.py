"""The cards of a customer, as tokens: no number leaves the vault."""

from bank import clock, store
from bank.access.principal import Principal
from bank.store import Transaction
from kyc import tables
from kyc.service import customers, sealing
from kyc.tables import CardRow


def add(*, principal: Principal, number: str) -> tuple[CardRow, bool]:
    """Put a card of the caller's into the vault; it, and whether it was there already.

    Raises CustomerUnknown, CustomerClosed.
    """
    customer_id = customers.own_id(principal)
    row = sealing.new_card(customer_id, number, clock.instant())
    held, known = store.get_many(
        [customers.wallet_key(customer_id), tables.card_key(customer_id, row.card_id)]
    )
    customers.require_visible(customer_id, held, principal)
    if known:
        return known, True
    transaction = Transaction()
    transaction.create(row)
    customers.require_staying(transaction, customer_id)
    try:
        transaction.commit()
    except store.AlreadyExists as existing:
        return (CardRow.from_item(existing.item) if existing.item else row), True
    return row, False


def list_cards(*, principal: Principal, after: str | None, limit: int) -> tuple[list[CardRow], str | None]:
    """The caller's cards by token, and the one to go on after."""
    condition = CardRow.card_id > after if after else None
    rows = list(store.query(CardRow, customers.own_id(principal), condition, limit=limit + 1))
    return store.page(rows, limit, lambda row: row.card_id)
