"""Statements are agreed and booked: what a supplier is due is credited to its settlement account.

The settlement room pays out from there by the supplier's cycle.
"""

from typing import Any

from bank import clock, errors, ids, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.benefits import bearers
from bank.control.audit import Actor
from bank.ledger import AccountRow
from bank.store import Transaction, idempotency
from suppliers.domain import statements as domain
from suppliers.domain.statements import StatementStatus
from suppliers.service import statements
from suppliers.service.statements import StatementNotOpen
from suppliers.tables import StatementRow


class StatementAmount(errors.Conflict):
    """409: the amount to agree on is not what the statement comes to now."""

    code, title = "statement_amount", "Statement amount"


def agree(
    *,
    supplier_id: str,
    period: str,
    currency: str,
    amount: int,
    request_id: str,
    request_digest: str,
    principal: Principal,
    actor: Actor,
) -> tuple[StatementRow, bool]:
    """Agree on what a statement comes to and book it, once; the statement, and whether this is a replay.

    Raises SupplierNotFound, StatementNotFound, StatementNotOpen, StatementAmount, KeyReused.
    """
    row = statements.find(supplier_id=supplier_id, period=period, currency=currency, principal=principal)
    if row.agreed_request == request_id:
        idempotency.same_request(row, request_digest)
        return row, True

    def decide(row: StatementRow) -> dict[str, Any]:
        if not domain.decided(row.disputes):
            raise StatementNotOpen(f"statement {period} has disputes that are open")
        found = statements.outcome(row)
        if found is None:
            raise StatementNotOpen(f"a statement before {period} is not agreed yet")
        if found.paid != amount:
            raise StatementAmount(f"statement {period} comes to {found.paid}")
        return {
            "status": StatementStatus.AGREED.value,
            "agreed_cost": found.cost,
            "owed": found.owed,
            "paid": found.paid,
            "owes": found.owes,
            "agreed_at": clock.instant(),
            "agreed_by": actor.subject,
            "agreed_request": request_id,
            "request_digest": request_digest,
            "journal_id": ids.derived("jrn", supplier_id, row.record),
        }

    of = (supplier_id, period, currency)
    return statements.change(*of, principal, actor, "suppliers.agreed", decide, _book), False


def _book(transaction: Transaction, row: StatementRow) -> None:
    """Add the journal of an agreed statement, and the settlement account of a further currency."""
    unit = bearers.HEAD_OFFICE if row.unit_id == HEAD_OFFICE else f"{bearers.UNIT}{row.unit_id}"
    marketing = bearers.account_of(unit, row.currency)
    suppliers = bearers.account_of(f"{bearers.SUPPLIER}{row.supplier_id}", row.currency)
    assert marketing, "the bank bears it"
    assert suppliers, "the bank bears it"
    account_id = ids.derived("stl", row.supplier_id, row.currency)
    agreed = statements.agreed(row)
    amounts = agreed.amounts(marketing=marketing, suppliers=suppliers, settlement=account_id)
    if not amounts:
        return
    if agreed.paid and store.get(AccountRow, account_id) is None:
        transaction.create(
            ledger.accounts.new_row(
                account_id=account_id,
                owner_id=row.supplier_id,
                kind=ledger.Kind.SETTLEMENT,
                currency=row.currency,
                unit_id=row.unit_id,
            ),
            store.stale,
        )
    journal = ledger.journal(
        str(row.journal_id),
        kind="statement",
        reference=f"{row.supplier_id}#{row.period}",
        currency=row.currency,
        amounts=amounts,
        booked_at=str(row.agreed_at),
    )
    ledger.post(transaction, journal, {}, made_by=str(row.agreed_by))
