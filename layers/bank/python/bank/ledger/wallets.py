"""Customers' wallets: their ids, which follow from the customer and the currency."""

from bank import ids
from bank.ledger.domain import PREFIXES, Kind


def wallet_id(customer_id: str, currency: str) -> str:
    """The id of a customer's wallet in a currency: a second one of it cannot be."""
    return ids.derived(PREFIXES[Kind.WALLET], customer_id, currency)
