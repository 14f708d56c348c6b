"""Rows that other rooms read of an admitted supplier, in the transactions that change it."""

from bank import ledger, store
from bank.benefits.suppliers import SupplierRow, Supply
from bank.counterparties.cycles import Cycle
from bank.ledger import PayeeRow
from bank.store import Transaction
from suppliers.domain import Status
from suppliers.tables import DossierRow


def follow(transaction: Transaction, row: DossierRow, before: DossierRow) -> None:
    """Admit it, or have what is read of it follow its change; nothing of one that is not admitted."""
    if row.admitted_at is None:
        return
    if before.admitted_at is None:
        transaction.create(_account(row))
        transaction.create(payee(row))
        transaction.create(supplier(row))
        return
    ledger.payees.change(transaction, payee(row))
    as_read = SupplierRow.revision == int(row.revision) - 1
    wanted = supplier(row)
    actions = [
        SupplierRow.name.set(wanted.name),
        SupplierRow.status.set(wanted.status),
        SupplierRow.contract_until.set(wanted.contract_until),
        SupplierRow.revision.set(int(wanted.revision)),
    ]
    if wanted.at_exit:
        actions += [SupplierRow.at_exit.set(wanted.at_exit), SupplierRow.exit_until.set(wanted.exit_until)]
    transaction.update((SupplierRow, row.supplier_id), actions, as_read, store.stale)


def payee(row: DossierRow) -> PayeeRow:
    """A supplier as the room that pays it out has to know it."""
    return PayeeRow(
        payee_id=row.supplier_id,
        days=Cycle(row.settlement).days,
        stopped=row.status == Status.SUSPENDED,
        bank_account=row.bank_account,
        revision=int(row.revision),
        created_at=row.admitted_at,
        unit_id=row.unit_id,
    )


def supplier(row: DossierRow) -> SupplierRow:
    """A supplier as benefits have to know it."""
    return SupplierRow(
        supplier_id=row.supplier_id,
        name=row.name,
        status=Supply(row.status).value,
        contract_from=row.contract_from,
        contract_until=row.contract_until,
        currency=row.currency,
        unit_id=row.unit_id,
        at_exit=row.at_exit,
        exit_until=row.exit_until,
        revision=int(row.revision),
    )


def _account(row: DossierRow) -> ledger.AccountRow:
    return ledger.accounts.new_row(
        account_id=row.settlement_account_id,
        owner_id=row.supplier_id,
        kind=ledger.Kind.SETTLEMENT,
        currency=row.currency,
        unit_id=row.unit_id,
    )
