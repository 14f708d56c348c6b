"""Accounts: opened, listed and limited."""

from collections.abc import Callable

from accounts.service import owners
from accounts.tables import OwnerRow
from bank import errors, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.ledger import AccountRow, Kind, Limits
from bank.store import Transaction, idempotency


class LimitsByLevel(errors.Conflict):
    """409: nobody sets these limits by hand."""

    code, title = "limits_by_level", "Limits by level"


def open_account(
    *,
    account_id: str,
    request_digest: str,
    owner_id: str,
    currency: str,
    limits: Limits,
    principal: Principal,
) -> tuple[AccountRow, bool]:
    """Open a wallet at zero; as it was opened, and whether this request was here before.

    It is the caller's unit's, and its channel's. Raises ReservedOwner, OwnerTaken, KeyReused.
    """
    owners.require_free(owner_id)
    row = ledger.accounts.new_row(
        account_id=account_id,
        owner_id=owner_id,
        kind=Kind.WALLET,
        currency=currency,
        limits=limits,
        request_digest=request_digest,
        client_id=principal.client_id,
        unit_id=principal.unit or HEAD_OFFICE,
    )
    try:
        store.retry_on_conflict(lambda: _open(row, principal))
    except store.AlreadyExists as existing:
        stored = existing.row or ledger.accounts.find(account_id)
        if stored.request_digest != request_digest:
            raise idempotency.KeyReused("this Idempotency-Key was used with another body") from None
        row.opened_at = stored.opened_at
        return row, True
    return row, False


def _open(row: AccountRow, principal: Principal) -> None:
    stored, owner = store.get_many([(AccountRow, row.account_id), (OwnerRow, row.owner_id)])
    if stored is not None:
        raise store.AlreadyExists(row=stored)
    transaction = Transaction()
    transaction.create(row)
    owners.claim(transaction, row.owner_id, owner, principal)
    transaction.commit()


def list_accounts(
    *, owner_id: str, principal: Principal, after: str | None, limit: int
) -> tuple[list[AccountRow], str | None]:
    """The owner's accounts that the caller may see, in order of their ids, and the id to go on after."""

    def shown(batch: list[str]) -> list[AccountRow | None]:
        rows = store.get_many([(AccountRow, account_id) for account_id in batch])
        seen = [row if row and principal.sees(row.ownership) else None for row in rows]
        ledger.rows.wholes([row for row in seen if row])
        return seen

    return store.sift(ledger.accounts.ids_of(owner_id, after=after), shown, limit=limit, place=str)


def change_limits(
    *, account_id: str, principal: Principal, actor: Actor, change: Callable[[Limits], Limits]
) -> AccountRow:
    """Change the limits and answer the account. Raises AccountNotFound, AccountKind, LimitsByLevel."""

    def told(transaction: Transaction, before: AccountRow, limits: Limits) -> None:
        audit.record(
            transaction,
            actor=actor,
            action="accounts.limits_changed",
            subject_id=account_id,
            ownership=before.ownership,
            before=vars(before.to_domain().limits),
            after=vars(limits),
        )

    row = find_named(account_id, principal)
    if row.owner_id.startswith(owners.CUSTOMER):
        raise LimitsByLevel("the limits of a customer's wallet follow the customer's level")
    ledger.accounts.set_limits(account_id, change, told=told)
    return ledger.accounts.find(account_id)


def find_named(account_id: str, principal: Principal, *, settlement: bool = True) -> AccountRow:
    """The account that a caller would change. Raises AccountNotFound, AccountKind."""
    row = store.get(AccountRow, account_id)
    return ledger.accounts.named(account_id, row, principal=principal, settlement=settlement)
