"""Bank cards as tokens: their numbers stand here alone, sealed."""

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from bank import ids
from bank.store import Key, Table, table_name


class CardRow(Table):
    """A bank card as a token. Its sealed number leaves the row when the customer does."""

    class Meta:
        table_name = table_name("vault-cards")

    customer_id = UnicodeAttribute(hash_key=True)
    card_id = UnicodeAttribute(range_key=True)
    number_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    fingerprint = UnicodeAttribute()
    bin6 = UnicodeAttribute()
    last4 = UnicodeAttribute()
    bank = UnicodeAttribute()
    kind = UnicodeAttribute()
    created_at = UnicodeAttribute()
    verified_at = UnicodeAttribute(null=True)
    purge_at = NumberAttribute(null=True)


def card_key(customer_id: str, card_id: str) -> Key:
    """Key of a card."""
    return CardRow, customer_id, card_id


def card_id(customer_id: str, fingerprint: str) -> str:
    """The token of a card: the same for the same customer and number, and telling nothing of either."""
    return ids.derived("card", customer_id, fingerprint)
