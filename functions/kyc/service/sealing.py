"""Facts sealed for the record that they stand in, and opened again."""

from collections.abc import Iterable
from typing import Any

from bank import store, vault
from bank.store import Table
from kyc import tables
from kyc.domain import cards
from kyc.domain.facts import Facts
from kyc.tables import CardRow, VerificationRow

FIELDS = ("name", "id_number", "phone")


def sealed(facts: Facts, *, record: str) -> dict[str, Any]:
    """`name_sealed` and so on, for the record of this id."""
    given = {name: getattr(facts, name) for name in FIELDS}
    return {f"{name}_sealed": _seal(value, record, name) for name, value in given.items()}


def _seal(value: str | None, record: str, field: str) -> bytes | None:
    return vault.seal(value, context=_place(record, field)) if value else None


def opened(row: Table, *, record: str, fields: Iterable[str] = FIELDS) -> dict[str, str]:
    """The fields of a row that were sealed for the record of this id. Raises CannotOpen."""
    found = {field: getattr(row, f"{field}_sealed") for field in fields}
    return {
        field: vault.unseal(value, context=_place(record, field)) for field, value in found.items() if value
    }


def facts(row: VerificationRow) -> Facts:
    """Return the facts of a pending verification, its card from the vault."""
    values = opened(row, record=row.verification_id)
    if row.card_id:
        card = store.get(CardRow, row.customer_id, row.card_id)
        values |= {"card": number(card)} if card and card.number_sealed else {}
    return Facts(**values)


def number(card: CardRow) -> str:
    """A card's number, for who has to send it on."""
    return vault.unseal(card.number_sealed, context=_place(card.card_id, "number"))


def new_card(customer_id: str, card_number: str, now: str) -> CardRow:
    """The vault's row of a card: the same token for the same customer and number."""
    issued = cards.issued(card_number)
    assert issued is not None, "a card's number is checked at the edge"
    fingerprint = vault.fingerprint("card", card_number)
    card_id = tables.card_id(customer_id, fingerprint)
    return CardRow(
        customer_id=customer_id,
        card_id=card_id,
        number_sealed=_seal(card_number, card_id, "number"),
        fingerprint=fingerprint,
        bin6=card_number[:6],
        last4=card_number[-4:],
        bank=issued.bank,
        kind=issued.kind,
        created_at=now,
    )


def _place(record: str, field: str) -> dict[str, str]:
    return {"record": record, "field": field}
