"""Statements of suppliers as staff read them and work on them.

A statement is agreed after those of the months before it: what the supplier owes from one is taken in the
next.
"""

from collections.abc import Callable
from typing import Any

from bank import errors, store
from bank.access.principal import Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.store import Transaction
from suppliers.domain import statements as domain
from suppliers.domain.statements import Agreed, StatementStatus
from suppliers.service import registry
from suppliers.tables import StatementRow
from suppliers.tables.statements import END, statement_key, statement_record, statements

SHOWN = ("status", "cost", "borne", "agreed_cost", "owed", "paid", "owes")


class StatementNotFound(errors.NotFound):
    """404: the supplier has no such statement."""

    code, title = "statement_not_found", "Statement not found"


class StatementNotOpen(errors.Conflict):
    """409: the statement was agreed, has open disputes, or follows one that is not agreed."""

    code, title = "statement_not_open", "Statement not open"


def list_statements(
    *, supplier_id: str, principal: Principal, after: str | None, limit: int
) -> tuple[list[StatementRow], str | None]:
    """A supplier's statements, newest first, and the record to go on after. Raises SupplierNotFound."""
    registry.find(supplier_id=supplier_id, principal=principal)
    rows = statements(supplier_id, before=after or END, limit=limit + 1)
    return store.page(rows, limit, lambda row: row.record)


def last_year(*, supplier_id: str, principal: Principal) -> list[StatementRow]:
    """A supplier's last twelve statements, newest first. Raises SupplierNotFound."""
    registry.find(supplier_id=supplier_id, principal=principal)
    return statements(supplier_id, limit=domain.MOST_MONTHS)


def find(*, supplier_id: str, period: str, currency: str, principal: Principal) -> StatementRow:
    """One statement. Raises SupplierNotFound, StatementNotFound."""
    registry.find(supplier_id=supplier_id, principal=principal)
    row = store.get(*statement_key(supplier_id, period, currency))
    if not isinstance(row, StatementRow):
        raise StatementNotFound(f"supplier {supplier_id} has no statement {period} in {currency}")
    return row


def outcome(row: StatementRow) -> Agreed | None:
    """Compute what the statement comes to; None where one before it is not agreed yet. One query."""
    if row.status == StatementStatus.AGREED:
        return agreed(row)
    earlier = (
        each for each in statements(row.supplier_id, before=row.record) if each.currency == row.currency
    )
    previous = next(earlier, None)
    if previous is not None and previous.status != StatementStatus.AGREED:
        return None
    owed = int(previous.owes) if previous else 0
    return domain.agreed(cost=int(row.cost) + row.accepted, borne=int(row.borne), owed=owed)


def agreed(row: StatementRow) -> Agreed:
    """Read what was agreed on."""
    return Agreed(int(row.agreed_cost), int(row.owed), int(row.paid), int(row.owes))


def change(
    supplier_id: str,
    period: str,
    currency: str,
    principal: Principal,
    actor: Actor,
    action: str,
    decide: Callable[[StatementRow], dict[str, Any]],
    book: Callable[[Transaction, StatementRow], None] | None = None,
) -> StatementRow:
    """Change a closed statement as `decide` answers, on the revision that was read, with its audit entry.

    Raises SupplierNotFound, StatementNotFound, StatementNotOpen.
    """

    def attempt() -> StatementRow:
        row = find(supplier_id=supplier_id, period=period, currency=currency, principal=principal)
        if row.status != StatementStatus.CLOSED:
            raise StatementNotOpen(f"statement {period} is {row.status}")
        before, read = _told(row), int(row.revision)
        changes = decide(row)
        if not changes:
            return row
        for name, value in (changes | {"revision": read + 1}).items():
            setattr(row, name, value)
        transaction = Transaction()
        actions = [getattr(StatementRow, name).set(value) for name, value in changes.items()]
        transaction.update(
            statement_key(supplier_id, period, currency),
            [*actions, StatementRow.revision.set(read + 1)],
            StatementRow.revision == read,
            store.stale,
        )
        if book:
            book(transaction, row)
        audit.record(
            transaction,
            actor=actor,
            action=action,
            subject_id=f"{supplier_id}#{statement_record(period, currency)}",
            ownership=row.ownership,
            before=before,
            after=_told(row),
        )
        transaction.commit()
        return row

    return store.retry_on_conflict(attempt)


def _told(row: StatementRow) -> dict[str, Any]:
    """Facts of a statement for an audit entry; of disputes no words, which may name people."""
    facts = {name: getattr(row, name) for name in SHOWN}
    facts["disputes"] = {
        dispute_id: [each["code"], each["amount"], each["status"]]
        for dispute_id, each in row.disputes.items()
    }
    return facts
