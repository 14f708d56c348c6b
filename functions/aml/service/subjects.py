"""Subjects: customers and payees who are screened, kept to be screened again."""

import json
from dataclasses import dataclass
from typing import Any

from aml import tables
from aml.tables import SubjectRow
from bank import store, vault
from bank.access.principal import THE_BANK, Kind, Ownership, Principal
from bank.store import Transaction


@dataclass(frozen=True)
class Subject:
    """Subject to be screened. `year` is the year of birth; `kind` customer or payee."""

    subject_id: str
    kind: str
    schema: str
    name: str
    year: int | None = None
    reference: str | None = None

    @property
    def fingerprint(self) -> str:
        """Return a digest that changes with the name."""
        return vault.fingerprint("screened", f"{self.schema}|{self.name}|{self.year or ''}")

    @property
    def sealed(self) -> bytes:
        """Name and year of birth, for screening again."""
        return vault.seal(json.dumps([self.name, self.year]), context=_context(self.subject_id))


def unsealed(row: SubjectRow) -> tuple[str, int | None]:
    """Full name and year of birth of somebody who is kept."""
    name, year = json.loads(vault.unseal(row.sealed, context=_context(row.subject_id)))
    return name, year


def _context(subject_id: str) -> dict[str, str]:
    return {"record": subject_id, "field": "screened_name"}


def ownership(principal: Principal, kind: str, subject_id: str) -> Ownership:
    """Return a new subject's ownership: the asking channel's, at the unit of a member of staff."""
    unit = principal.unit if principal.kind is Kind.STAFF else THE_BANK.unit_id
    return Ownership(principal.client_id, unit, subject_id if kind == "customer" else "")


def keep_subject(
    transaction: Transaction,
    subject: Subject,
    fingerprint: str,
    known: SubjectRow | None,
    owner: Ownership,
    state: dict[str, Any],
) -> None:
    """Create the subject, or change it as it was read, with what its screening found."""
    named: dict[str, Any] = {
        "schema": subject.schema,
        "sealed": subject.sealed if known is None or known.fingerprint != fingerprint else known.sealed,
        "fingerprint": fingerprint,
        "masked_name": vault.mask_name(subject.name),
    }
    if known is not None:
        keep(transaction, known, **named, **state)
        return
    row = SubjectRow(
        shard=tables.shard_of(subject.subject_id),
        subject_id=subject.subject_id,
        kind=subject.kind,
        client_id=owner.client_id,
        unit_id=owner.unit_id,
        customer_id=owner.customer_id,
        **named,
        **state,
    )
    transaction.create(row, store.stale)


def keep(transaction: Transaction, known: SubjectRow, **values: Any) -> None:
    """Change a subject as it was read. Committing raises Stale where it has changed since."""
    transaction.update(
        (SubjectRow, known.shard, known.subject_id),
        [getattr(SubjectRow, name).set(value) for name, value in values.items()]
        + [SubjectRow.revision.set(int(known.revision) + 1)],
        SubjectRow.revision == int(known.revision),
        store.stale,
    )
