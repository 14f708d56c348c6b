"""Freezes, each of an authority, and closures of accounts, each with its audit entry."""

from collections.abc import Callable

from accounts.service.accounts import find_named
from bank import ledger, store
from bank.access import authority
from bank.access.authority import Authority, Stops
from bank.access.principal import Principal
from bank.control import audit, gate
from bank.control.audit import Actor
from bank.ledger import AccountRow
from bank.ledger.accounts import WrongStatus
from bank.store import Transaction

Decide = Callable[[AccountRow, Transaction], None]


def freeze(
    *, account_id: str, principal: Principal, actor: Actor, reason: str, court_order: str | None
) -> AccountRow:
    """Refuse debits until the caller's authority, or a higher one, lifts it; with `court_order`, the court's.

    Raises AccountNotFound, AccountKind, HeadOfficeOnly, WrongStatus where that authority has it frozen.
    """
    by = authority.standing(principal, court=court_order is not None)

    def decide(row: AccountRow, transaction: Transaction) -> None:
        freezes = authority.stopped(row.frozen_by, by)
        if freezes is None:
            raise WrongStatus(f"account {account_id} is frozen by {by.authority} already")
        ledger.accounts.set_freezes(transaction, row, freezes, reason=reason)

    return _changed(
        account_id, principal, decide, actor, "accounts.frozen", reason, court_order, of=by.authority
    )


def unfreeze(
    *,
    account_id: str,
    principal: Principal,
    actor: Actor,
    reason: str,
    court_order: str | None,
    lifted: Authority | None,
) -> AccountRow:
    """Lift the freeze of the caller's authority, or of a lower one; once none is left, the account is active.

    Raises AccountNotFound, AccountKind, HeadOfficeOnly, HigherAuthority, WrongStatus where there is none.
    """
    by = authority.standing(principal, court=court_order is not None)

    def decide(row: AccountRow, transaction: Transaction) -> None:
        freezes = authority.resumed(row.frozen_by, by, lifted)
        if freezes is None:
            raise WrongStatus(_not_frozen(row, lifted or by.authority))
        if authority.of_head_office(lifted or by.authority):
            gate.in_head_office()
        ledger.accounts.set_freezes(transaction, row, freezes, reason=reason)

    of = lifted or by.authority
    return _changed(account_id, principal, decide, actor, "accounts.unfrozen", reason, court_order, of=of)


def _not_frozen(row: AccountRow, by: Authority) -> str:
    others = ", ".join(authority.names(row.frozen_by))
    return f"account {row.account_id} is not frozen by {by}" + (f", but by {others}" if others else "")


def close(*, account_id: str, principal: Principal, actor: Actor, reason: str) -> AccountRow:
    """Close for good; only at zero, with nothing held, and by who may lift every freeze.

    No settlement account: money may be on its way to it, and it ends with its merchant.
    Raises AccountNotFound, AccountKind, HigherAuthority, WrongStatus, NotAtZero.
    """
    by = authority.standing(principal)

    def decide(row: AccountRow, transaction: Transaction) -> None:
        by.require_above(row.frozen_by)
        ledger.accounts.close(transaction, row, reason=reason)

    return _changed(account_id, principal, decide, actor, "accounts.closed", reason, settlement=False)


def _changed(
    account_id: str,
    principal: Principal,
    decide: Decide,
    actor: Actor,
    action: str,
    reason: str,
    court_order: str | None = None,
    of: Authority | None = None,
    settlement: bool = True,
) -> AccountRow:
    """Write what `decide` adds, and its audit entry, in one transaction; again where somebody was quicker.

    Its `before` is what is `of` one authority, where the act is about that: another's may come and go.
    """

    def write() -> None:
        row, transaction = find_named(account_id, principal, settlement=settlement), Transaction()
        before = _of(of, row) if of else _shown(row.status, row.frozen_by)
        decide(row, transaction)
        order = {"court_order": court_order} if court_order else {}
        audit.record(
            transaction,
            actor=actor,
            action=action,
            subject_id=account_id,
            ownership=row.ownership,
            before=before,
            after=_shown(row.status, row.frozen_by) | order,
            reason=reason,
        )
        transaction.commit()

    store.retry_on_conflict(write)
    return ledger.accounts.find(account_id)


def _of(authority: Authority, row: AccountRow) -> dict[str, object]:
    return {"frozen_by": {name: unit for name, unit in row.frozen_by.items() if name == authority}}


def _shown(status: str, frozen_by: Stops) -> dict[str, object]:
    return {"status": status, "frozen_by": authority.names(frozen_by)}
