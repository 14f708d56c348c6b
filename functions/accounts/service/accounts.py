"""Accounts: opened, listed and limited."""

from collections.abc import Callable

from bank import errors, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.ledger import AccountRow, Kind, Limits
from bank.store import Transaction, idempotency

# Ids of customers begin so; their wallets belong to the room that keeps customers.
CUSTOMER = "cus_"


class ReservedOwner(errors.Unprocessable):
    """422: an owner whose accounts are not opened here."""

    code, title = "owner_reserved", "Reserved owner"


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

    It is the caller's unit's, and its channel's. Raises ReservedOwner, KeyReused.
    """
    if owner_id.startswith(CUSTOMER):
        raise ReservedOwner("the wallets of customers are opened with the customer")
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
    stored, replayed = ledger.accounts.open_account(row)
    if stored.request_digest != request_digest:
        raise idempotency.KeyReused("this Idempotency-Key was used with another body")
    row.opened_at = stored.opened_at
    return row, replayed


def list_accounts(
    *, owner_id: str, principal: Principal, after: str | None, limit: int
) -> tuple[list[AccountRow], str | None]:
    """The owner's accounts that the caller may see, in order of their ids, and the id to go on after.

    What may not be seen is passed over and counts for nothing, the place to go on from included.
    """
    found: list[AccountRow] = []
    while len(found) <= limit:
        rows = ledger.accounts.owned_by(owner_id, after=after, limit=limit + 1)
        found += [row for row in rows if principal.sees(row.ownership)]
        if len(rows) <= limit:
            break
        after = rows[-1].account_id
    return store.page(found, limit, lambda row: row.account_id)


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
    if row.owner_id.startswith(CUSTOMER):
        raise LimitsByLevel("the limits of a customer's wallet follow the customer's level")
    ledger.accounts.set_limits(account_id, change, told=told)
    return ledger.accounts.find(account_id)


def find_named(account_id: str, principal: Principal, *, settlement: bool = True) -> AccountRow:
    """The account that a caller would change. Raises AccountNotFound, AccountKind."""
    row = store.get(AccountRow, account_id)
    return ledger.accounts.named(account_id, row, principal=principal, settlement=settlement)
