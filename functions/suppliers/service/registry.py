"""Suppliers and their terms: the row, and what other rooms read of an admitted one.

Benefits read `bank.benefits.suppliers.SupplierRow`, settlement the payee. All are always written in one
transaction, on the revision that was read: they never differ.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from bank import clock, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import THE_BANK, Kind, Principal
from bank.control import audit, trail
from bank.control.audit import Actor
from bank.counterparties import bank_accounts, contacts, entries
from bank.store import Transaction, idempotency
from suppliers import domain, tables
from suppliers.domain import Status, SupplierNotFound, SupplierStatus
from suppliers.service import following
from suppliers.tables import STATUS_SHARDS, DossierRow

# All that a supplier is admitted on.
TERMS = (
    "name",
    "credit_code",
    "contract_from",
    "contract_until",
    "settlement",
    "currency",
    "bank_account",
    "contact",
    "documents",
    "status",
)
# What changes; of the row as it is read.
Decide = Callable[[DossierRow], dict[str, Any]]


def apply(
    *, supplier_id: str, request_digest: str, principal: Principal, terms: Mapping[str, Any]
) -> tuple[DossierRow, bool]:
    """Keep an application for the caller's unit; the row, and whether this is a replay.

    `terms` are those of `schemas.ApplySupplier`. Raises ContractDates, KeyReused.
    """
    domain.require_contract(
        date.fromisoformat(terms["contract_from"]), date.fromisoformat(terms["contract_until"])
    )
    account, contact = terms["bank_account"], terms.get("contact")
    request_digest, unit_id = (
        bank_accounts.digest(request_digest, account, contact),
        principal.unit or HEAD_OFFICE,
    )

    def act() -> DossierRow:
        sealed = {
            "bank_account": bank_accounts.kept(supplier_id, account),
            "contact": contacts.kept(supplier_id, contact) if contact else None,
        }
        row = DossierRow(
            supplier_id=supplier_id,
            request_digest=request_digest,
            created_at=clock.instant(),
            unit_id=unit_id,
            **(dict(terms) | sealed),
            **tables.listed(unit_id=unit_id, supplier_id=supplier_id, status=Status.APPLIED),
        )
        transaction = store.Transaction()
        transaction.create(row)
        audit.record(
            transaction,
            actor=trail.actor("suppliers"),
            action="suppliers.applied",
            subject_id=supplier_id,
            ownership=row.ownership,
            after=_told(row, TERMS),
        )
        transaction.commit()
        return row

    return idempotency.once(
        record=lambda: store.get(*tables.key(supplier_id)), request_digest=request_digest, act=act
    )


def find(*, supplier_id: str, principal: Principal | None) -> DossierRow:
    """The supplier as it is now, for `principal` where one asks. One round trip. Raises SupplierNotFound."""
    missing = SupplierNotFound(f"there is no supplier {supplier_id}")
    row = store.get(DossierRow, supplier_id)
    if row is None:
        raise missing
    if principal is not None:
        principal.require_sees(row.ownership, missing)
    return row


def list_suppliers(
    *, principal: Principal, status: Status, after: str | None, limit: int
) -> tuple[list[DossierRow], str | None]:
    """Suppliers of a status that the caller sees, in order of their ids, and the id to go on after.

    The head office and the bank's own systems read 4 shards, a branch the units of its subtree.
    """

    def shown(batch: list[str]) -> list[DossierRow | None]:
        rows = store.get_many([tables.key(supplier_id) for supplier_id in batch])
        # An index may be a moment behind: what the row says counts.
        return [
            row if row and row.status == status and principal.sees(row.ownership) else None for row in rows
        ]

    places = _merged(principal, status, after, limit)
    return store.sift(places, shown, limit=limit, place=lambda each: each)


def in_status(status: Status) -> Iterator[str]:
    """Ids of all suppliers that the index has in this status."""
    for shard in range(STATUS_SHARDS):
        yield from [row.supplier_id for row in DossierRow.by_status.query(f"{status}#{shard}")]


def _merged(principal: Principal, status: Status, after: str | None, limit: int) -> Iterator[str]:
    index: Any
    if principal.sees(THE_BANK):
        index = DossierRow.by_status
        partitions = [f"{status}#{shard}" for shard in range(STATUS_SHARDS)]
    else:
        index = DossierRow.by_unit
        units = principal.units() if principal.kind is Kind.STAFF else []
        partitions = [f"{unit_id}#{status}" for unit_id in units]
    condition = type(index).supplier_id > after if after else None
    found = [index.query(partition, condition, page_size=limit + 1) for partition in partitions]
    return heapq.merge(*([row.supplier_id for row in rows] for rows in found))


def change_terms(
    *, supplier_id: str, principal: Principal, actor: Actor, terms: Mapping[str, Any]
) -> DossierRow:
    """Change the terms given (attributes of the row by name) of an admitted supplier.

    Raises SupplierNotFound, SupplierStatus, ContractDates, TooManyContacts.
    """

    def decide(row: DossierRow) -> dict[str, Any]:
        require_admitted(row)
        if row.closed_at:
            raise SupplierStatus(f"supplier {supplier_id} is closed")
        changes = dict(terms)
        if "contract_until" in changes:
            ends = date.fromisoformat(changes["contract_until"])
            domain.require_contract(date.fromisoformat(row.contract_from), ends)
        if "bank_account" in changes:
            changes["bank_account"] = bank_accounts.kept(
                supplier_id, changes["bank_account"], row.bank_account
            )
        if "contact" in changes:
            phone = changes.pop("contact")
            changes |= contacts.changed(supplier_id, row.contact, row.former_contacts, phone)
        return changes

    return change(
        supplier_id, principal, decide, actor=actor, action="suppliers.terms_changed", shown=tuple(terms)
    )


def require_admitted(row: DossierRow) -> None:
    """Raise SupplierStatus unless the supplier was admitted."""
    if row.admitted_at is None:
        raise SupplierStatus(f"supplier {row.supplier_id} is {row.status}")


def change(
    supplier_id: str,
    principal: Principal | None,
    decide: Decide,
    *,
    actor: Actor,
    action: str,
    shown: tuple[str, ...],
    reason: str | None = None,
) -> DossierRow:
    """Change the attributes that `decide` answers; on a fresh row again when another change came between.

    The audit entry of this `action` tells the attributes `shown`, before and after.
    """

    def attempt() -> DossierRow:
        row = find(supplier_id=supplier_id, principal=principal)
        wanted, before = decide(row), DossierRow(**row.attribute_values)
        changes = {name: value for name, value in wanted.items() if getattr(before, name) != value}
        if not changes:
            return row
        if "status" in changes:
            changes |= tables.listed(unit_id=row.unit_id, supplier_id=supplier_id, status=changes["status"])
        for name, value in (changes | {"revision": int(before.revision) + 1}).items():
            setattr(row, name, value)
        transaction = store.Transaction()
        _update(transaction, before, changes)
        following.follow(transaction, row, before)
        audit.record(
            transaction,
            actor=actor,
            action=action,
            subject_id=supplier_id,
            ownership=row.ownership,
            before=_told(before, shown),
            after=_told(row, shown),
            reason=reason,
        )
        transaction.commit()
        return row

    return store.retry_on_conflict(attempt)


def _update(transaction: Transaction, before: DossierRow, changes: Mapping[str, Any]) -> None:
    read = int(before.revision)
    actions = [DossierRow.revision.set(read + 1)]
    for name, value in changes.items():
        attribute = getattr(DossierRow, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    transaction.update(tables.key(before.supplier_id), actions, DossierRow.revision == read, store.stale)


def _told(row: DossierRow, names: tuple[str, ...]) -> dict[str, Any]:
    """Terms for an audit entry; of documents what tells them from others: a file's name may be a person's."""
    facts = entries.terms(row, names)
    if "documents" in facts:
        facts["documents"] = {
            document_id: f"{document['kind']} {document['sha256']}"
            for document_id, document in row.documents.items()
        }
    return facts
