"""Merchants and their terms: the row, and what other rooms read of it.

Payments reads the home settlement account, settlement the payee. All are always written in one transaction,
on the revision that was read: they never differ.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bank import clock, errors, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import THE_BANK, Kind, Principal
from bank.config import config
from bank.control.audit import Actor
from bank.counterparties import bank_accounts, contacts
from bank.counterparties.cycles import Cycle
from bank.counterparties.entries import terms as told_terms
from bank.ledger import MerchantTerms
from bank.money import MINOR_DIGITS
from bank.store import idempotency
from merchants import tables
from merchants.service import entries, payees
from merchants.tables import MerchantRow


class MerchantNotFound(errors.NotFound):
    """404: no such merchant, or not the caller's to see."""

    code = "merchant_not_found"


def register(
    *,
    merchant_id: str,
    request_digest: str,
    name: str,
    category_code: str,
    fee: Mapping[str, int | None],
    settlement: str,
    country: str,
    city: str,
    bank_account: Mapping[str, str] | None,
    contact: str | None = None,
    principal: Principal,
) -> tuple[MerchantRow, bool]:
    """Register a merchant with its home settlement account; as registered, and whether this is a replay.

    Both are the caller's channel's and unit's. Raises KeyReused.
    """
    unit_id = principal.unit or HEAD_OFFICE
    request_digest = bank_accounts.digest(request_digest, bank_account, contact)
    row = MerchantRow(
        merchant_id=merchant_id,
        client_id=principal.client_id,
        unit_id=unit_id,
        request_digest=request_digest,
        name=name,
        category_code=category_code,
        fee=dict(fee),
        settlement=settlement,
        country=country,
        city=city,
        bank_account=bank_accounts.kept(merchant_id, bank_account),
        contact=contacts.kept(merchant_id, contact) if contact else None,
        created_at=clock.instant(),
        cycle_shard=tables.spread(settlement, merchant_id),
        client_shard=tables.spread(principal.client_id, merchant_id),
        unit_shard=tables.spread(unit_id, merchant_id),
    )
    try:
        _create(row)
    except store.AlreadyExists:
        stored = find(merchant_id=merchant_id, principal=None)
        idempotency.same_request(stored, request_digest)
        row.created_at = stored.created_at
        return row, True
    return row, False


def _create(row: MerchantRow) -> None:
    account = ledger.accounts.new_row(
        account_id=row.settlement_account_id,
        owner_id=row.merchant_id,
        kind=ledger.Kind.SETTLEMENT,
        currency=config.home_currency,
        metadata=terms(row).on(),
        client_id=row.client_id,
        unit_id=row.unit_id,
    )
    transaction = store.Transaction()
    transaction.create(row)
    transaction.create(account)
    transaction.create(payees.payee(row))
    entries.registered(transaction, row)
    transaction.commit()


def terms(row: MerchantRow) -> MerchantTerms:
    """A merchant's terms for other rooms, which its settlement account in the home currency carries."""
    return MerchantTerms(
        merchant_id=row.merchant_id,
        name=row.name,
        status=row.status,
        fee=row.fee,
        settlement=row.settlement,
        currencies=tuple(sorted(MINOR_DIGITS)),
        category=row.category_code,
    )


def find(*, merchant_id: str, principal: Principal | None) -> MerchantRow:
    """The merchant as it is now, for `principal` where one asks. One round trip. Raises MerchantNotFound."""
    return require_visible(merchant_id, store.get(MerchantRow, merchant_id, tables.MERCHANT), principal)


def require_visible(merchant_id: str, row: MerchantRow | None, principal: Principal | None) -> MerchantRow:
    """The merchant that was read, if it is there and `principal` may know of it. Raises MerchantNotFound."""
    missing = MerchantNotFound(f"there is no merchant {merchant_id}")
    if row is None:
        raise missing
    if principal is not None:
        principal.require_sees(row.ownership, missing)
    return row


def list_merchants(
    *, principal: Principal, settlement: Cycle | None, after: str | None, limit: int
) -> tuple[list[MerchantRow], str | None]:
    """Merchants that the caller sees, and where to go on after; of one settlement cycle, if given.

    In order of their ids; for staff of a branch unit by unit.
    """
    if principal.sees(THE_BANK):
        return _page_of_all(settlement, after, limit)
    found: list[tuple[str, MerchantRow]] = []
    places = _places(principal, after)
    while len(found) <= limit and (some := list(itertools.islice(places, limit + 1))):
        rows = store.get_many([tables.key(place.rpartition("#")[2]) for place in some])
        pairs = zip(some, rows, strict=True)
        found += [(place, row) for place, row in pairs if row and settlement in (None, row.settlement)]
    shown, last = store.page(found, limit, lambda pair: pair[0])
    return [row for _, row in shown], last


def _places(principal: Principal, after: str | None) -> Iterator[str]:
    """Yield the places of merchants of a channel or of staff's units after a place `<keeper>#<id>`."""
    if principal.kind is Kind.CUSTOMER:
        return
    index = MerchantRow.by_unit if principal.kind is Kind.STAFF else MerchantRow.by_client
    keepers = principal.units() if principal.kind is Kind.STAFF else [principal.client_id]
    first, _, last = (after or "").rpartition("#")
    for keeper in keepers[keepers.index(first) if first in keepers else 0 :]:
        seen_to = last if keeper == first else None
        yield from (f"{keeper}#{found}" for found in tables.kept_by(index, keeper, after=seen_to))


def _page_of_all(
    settlement: Cycle | None, after: str | None, limit: int
) -> tuple[list[MerchantRow], str | None]:
    found = tables.page([settlement] if settlement else Cycle, after=after, limit=limit + 1)
    merchant_ids, last = store.page(found, limit, str)
    rows = store.get_many([tables.key(merchant_id) for merchant_id in merchant_ids])
    # The index may be a moment behind a change of cycle.
    return [row for row in rows if row and settlement in (None, row.settlement)], last


def change_terms(
    *, merchant_id: str, principal: Principal, actor: Actor, terms: Mapping[str, Any]
) -> MerchantRow:
    """Change the terms given (attributes of the row by name) and answer the merchant.

    Raises MerchantNotFound.
    """

    def decide(row: MerchantRow) -> dict[str, Any]:
        changes = dict(terms)
        if "settlement" in changes:
            changes["cycle_shard"] = tables.spread(changes["settlement"], merchant_id)
        if "bank_account" in changes:
            changes["bank_account"] = bank_accounts.kept(
                merchant_id, changes["bank_account"], row.bank_account
            )
        if "contact" in changes:
            phone = changes.pop("contact")
            changes |= contacts.changed(merchant_id, row.contact, row.former_contacts, phone)
        return changes

    told = entries.telling(actor, "merchants.terms_changed", lambda row: told_terms(row, terms))
    return change(merchant_id, principal, decide, told=told)


def change(
    merchant_id: str,
    principal: Principal | None,
    decide: Callable[[MerchantRow], dict[str, Any]],
    *,
    told: entries.Told | None = None,
) -> MerchantRow:
    """Change the attributes that `decide` answers; on a fresh row again when another change came between.

    `told` adds to the transaction what tells of the change: it gets the row as it becomes, and as it was.
    """

    def attempt() -> MerchantRow:
        found, payee = store.get_many([tables.key(merchant_id), (ledger.PayeeRow, merchant_id)])
        row = require_visible(merchant_id, found, principal)
        read = int(row.revision)
        wanted = decide(row)
        before = dict(row.attribute_values)
        changes = {name: value for name, value in wanted.items() if before.get(name) != value}
        if not changes:
            return row
        for name, value in (changes | {"revision": read + 1}).items():
            setattr(row, name, value)
        transaction = store.Transaction()
        transaction.update(
            tables.key(merchant_id),
            [MerchantRow.revision.set(read + 1), *(_action(name, value) for name, value in changes.items())],
            MerchantRow.revision == read,
            store.stale,
        )
        ledger.accounts.set_metadata(transaction, row.settlement_account_id, terms(row).on())
        payees.follow(transaction, row, payee)
        if told:
            told(transaction, row, MerchantRow(**before))
        transaction.commit()
        return row

    return store.retry_on_conflict(attempt)


def _action(name: str, value: Any) -> Any:
    attribute = getattr(MerchantRow, name)
    return attribute.remove() if value is None else attribute.set(value)
