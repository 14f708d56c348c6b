"""Events of the suppliers room: suppliers apply, are admitted, changed, suspended and resumed, and leave."""

from typing import ClassVar

from bank.access.authority import names
from bank.benefits.suppliers import AtExit
from bank.events import DomainEvent
from bank.store import Item
from suppliers.domain import Status
from suppliers.domain.statements import StatementStatus
from suppliers.tables import DossierRow, StatementRow
from suppliers.tables.statements import STATEMENT

# A change of these is told; of the bank account and the contact only that it changed.
TERMS = ("name", "contract_until", "settlement", "bank_account", "contact")


class SuppliersEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "suppliers"
    supplier_id: str

    @property
    def subject(self) -> str:
        """Subject of the event."""
        return self.supplier_id


class SupplierApplied(SuppliersEvent):
    """Somebody applied to become a supplier."""

    name: str
    unit_id: str


class SupplierAdmitted(SuppliersEvent):
    """A supplier was admitted: products may name it while its contract lasts."""

    name: str
    unit_id: str
    contract_from: str
    contract_until: str
    settlement: str
    currency: str
    settlement_account_id: str


class SupplierRejected(SuppliersEvent):
    """An applicant was rejected."""

    reason: str


class SupplierChanged(SuppliersEvent):
    """A supplier's terms changed: the names of what did, and the terms as they are now."""

    changed: list[str]
    name: str
    contract_until: str
    settlement: str


class SupplierSuspended(SuppliersEvent):
    """A supplier's products hand out nothing from now on, by the stop of an authority."""

    reason: str
    authority: str


class SupplierResumed(SuppliersEvent):
    """A supplier is stopped by nobody any more: this authority's stop was the last one."""

    reason: str
    authority: str


class SupplierExiting(SuppliersEvent):
    """A supplier leaves: what of it is issued is honoured or refunded, until this business date."""

    reason: str
    issued: AtExit
    until: str


class SupplierClosed(SuppliersEvent):
    """A supplier has left: its last day is over, and nothing is left on its account."""


class StatementClosed(SuppliersEvent):
    """A month of a supplier takes no more use; what it comes to is to be agreed."""

    period: str
    currency: str
    redeemed: int
    reversed: int
    late: int
    cost: int
    borne: int


class StatementAgreed(SuppliersEvent):
    """A statement was agreed: so much the supplier is paid, or owes on. Minor units."""

    period: str
    currency: str
    cost: int
    borne: int
    owed: int
    paid: int
    owes: int
    journal_id: str


PUBLISHED: tuple[type[DomainEvent], ...] = (
    SupplierApplied,
    SupplierAdmitted,
    SupplierRejected,
    SupplierChanged,
    SupplierSuspended,
    SupplierResumed,
    SupplierExiting,
    SupplierClosed,
    StatementClosed,
    StatementAgreed,
)


def of_change(old: Item | None, new: Item | None) -> list[SuppliersEvent]:
    """The events that a change in the suppliers table means."""
    if new is None:
        return []
    row = DossierRow.from_item(new)
    if old is None:
        return [SupplierApplied(supplier_id=row.supplier_id, name=row.name, unit_id=row.unit_id)]
    before = DossierRow.from_item(old)
    return [*_admission(before, row), *_terms(before, row), *_stops(before, row), *_exit(before, row)]


def _admission(old: DossierRow, new: DossierRow) -> list[SuppliersEvent]:
    if new.admitted_at and not old.admitted_at:
        return [
            SupplierAdmitted(
                supplier_id=new.supplier_id,
                name=new.name,
                unit_id=new.unit_id,
                contract_from=new.contract_from,
                contract_until=new.contract_until,
                settlement=new.settlement,
                currency=new.currency,
                settlement_account_id=new.settlement_account_id,
            )
        ]
    if new.status == Status.REJECTED and old.status != Status.REJECTED:
        return [SupplierRejected(supplier_id=new.supplier_id, reason=new.status_reason or "")]
    return []


def _terms(old: DossierRow, new: DossierRow) -> list[SuppliersEvent]:
    changed = [name for name in TERMS if getattr(old, name) != getattr(new, name)]
    if not changed:
        return []
    return [
        SupplierChanged(
            supplier_id=new.supplier_id,
            changed=changed,
            name=new.name,
            contract_until=new.contract_until,
            settlement=new.settlement,
        )
    ]


def _stops(old: DossierRow, new: DossierRow) -> list[SuppliersEvent]:
    if Status.SUSPENDED not in (old.status, new.status) or old.status == new.status:
        return []
    kind, stopped = (SupplierSuspended, new) if new.status == Status.SUSPENDED else (SupplierResumed, old)
    authority = names(stopped.suspended_by)[-1]
    return [kind(supplier_id=new.supplier_id, reason=new.status_reason or "", authority=authority.value)]


def _exit(old: DossierRow, new: DossierRow) -> list[SuppliersEvent]:
    if new.exiting_since and not old.exiting_since:
        return [
            SupplierExiting(
                supplier_id=new.supplier_id,
                reason=new.status_reason or "",
                issued=AtExit(new.at_exit or AtExit.HONOURED),
                until=new.exit_until or "",
            )
        ]
    if new.closed_at and not old.closed_at:
        return [SupplierClosed(supplier_id=new.supplier_id)]
    return []


def of_statement(old: Item | None, new: Item | None) -> list[SuppliersEvent]:
    """The events that a change in the table of statements means."""
    if new is None or not new["record"]["S"].startswith(STATEMENT):
        return []
    row = StatementRow.from_item(new)
    facts = {"supplier_id": row.supplier_id, "period": row.period, "currency": row.currency}
    if old is None:
        return [
            StatementClosed(
                **facts,
                redeemed=int(row.redeemed),
                reversed=int(row.reversed),
                late=int(row.late),
                cost=int(row.cost),
                borne=int(row.borne),
            )
        ]
    if row.status == StatementStatus.AGREED and StatementRow.from_item(old).status != row.status:
        return [
            StatementAgreed(
                **facts,
                cost=int(row.agreed_cost),
                borne=int(row.borne),
                owed=int(row.owed),
                paid=int(row.paid),
                owes=int(row.owes),
                journal_id=str(row.journal_id),
            )
        ]
    return []
