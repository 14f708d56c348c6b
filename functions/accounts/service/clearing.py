"""Clearing accounts: for what money each client stands in for, until it settles.

A client that deposits owes the bank that money, and one that pays out a withdrawal is owed it: both go
through its clearing account, one for each currency. The account's credit limit and daily limit are conditions
of the write that deposits. Two members of staff open it, or an operator of a bank that has none yet
(`python -m accounts.cli`); a client without one moves nothing.
"""

from accounts.domain import clearing_account
from bank import clock, errors, ids, ledger, store
from bank.access.principal import Ownership
from bank.control import audit
from bank.control.audit import Actor
from bank.ledger import AccountRow, JournalRow, Kind, Limits
from bank.ledger.chart import FUNDING
from bank.store import Transaction


class NoClearingAccount(errors.Refusal):
    """409: the client has no clearing account in this currency: it neither deposits nor pays out."""

    code, title = "no_clearing_account", "No clearing account"


class AlreadySettled(errors.Conflict):
    """409: this payment of a client was booked before."""

    code, title = "already_settled", "Already settled"


def required(row: AccountRow | None, *, client_id: str, currency: str) -> ledger.Account:
    """The client's clearing account as it was read. Raises NoClearingAccount."""
    if row is None:
        raise NoClearingAccount(f"client {client_id} has no clearing account in {currency}")
    return row.to_domain()


def allow(
    *,
    actor: Actor,
    client_id: str,
    currency: str,
    credit_limit: int,
    per_day: int,
    per_deposit: int,
    reason: str | None = None,
) -> AccountRow:
    """Open a client's clearing account, or change its limits (minor units).

    It may owe `credit_limit`, deposit `per_day` on a business day and `per_deposit` at once.
    Raises CreditInUse where it owes more already: who is to stop at once gets what it owes for its limit.
    """
    account_id = clearing_account(client_id, currency)
    limits = Limits(per_payment=per_deposit, per_day=per_day)

    def write() -> None:
        row, transaction = store.get(AccountRow, account_id), Transaction()
        if row is None:
            transaction.create(_opened(account_id, client_id, currency, limits, credit_limit), store.stale)
        else:
            ledger.accounts.set_credit(transaction, row, limits, credit_limit)
        audit.record(
            transaction,
            actor=actor,
            action="accounts.clearing_limits_set",
            subject_id=account_id,
            ownership=_owned(client_id),
            before=_shown(row) if row else None,
            after={"credit_limit": credit_limit, "per_day": per_day, "per_deposit": per_deposit},
            reason=reason,
        )
        transaction.commit()

    store.retry_on_conflict(write)
    return ledger.accounts.find(account_id)


def settled(*, actor: Actor, client_id: str, currency: str, amount: int, reference: str) -> tuple[str, bool]:
    """Book it as `settle` does; the journal's id, and whether the same person had booked just this before."""
    row = store.get(JournalRow, _journal_id(clearing_account(client_id, currency), reference))
    if row and row.made_by == actor.subject and [clearing_account(client_id, currency), amount] in row.legs:
        return row.journal_id, True
    journal_id = settle(
        actor=actor, client_id=client_id, currency=currency, amount=amount, reference=reference
    )
    return journal_id, False


def settle(*, actor: Actor, client_id: str, currency: str, amount: int, reference: str) -> str:
    """Book what a client has paid of what it owes; the journal's id. The same `reference` counts once.

    Raises AccountNotFound where it has no clearing account, AlreadySettled.
    """
    account_id = clearing_account(client_id, currency)
    ledger.accounts.find(account_id)
    journal = ledger.journal(
        _journal_id(account_id, reference),
        kind="clearing",
        reference=reference,
        currency=currency,
        amounts={account_id: amount, ledger.internal(FUNDING, currency): -amount},
        booked_at=clock.instant(),
    )
    transaction = Transaction()
    ledger.post(transaction, journal, {}, made_by=actor.subject)
    audit.record(
        transaction,
        actor=actor,
        action="accounts.clearing_settled",
        subject_id=account_id,
        ownership=_owned(client_id),
        after={"amount": amount, "journal_id": journal.journal_id, "reference": reference},
    )
    try:
        transaction.commit()
    except store.AlreadyExists:
        raise AlreadySettled(f"{reference} was booked before") from None
    return journal.journal_id


def _journal_id(account_id: str, reference: str) -> str:
    return ids.derived("jrn", "settlement", account_id, reference)


def _opened(account_id: str, client_id: str, currency: str, limits: Limits, credit_limit: int) -> AccountRow:
    return ledger.accounts.new_row(
        account_id=account_id,
        owner_id=client_id,
        kind=Kind.CLEARING,
        currency=currency,
        limits=limits,
        client_id=client_id,
        credit_limit=credit_limit,
    )


def _owned(client_id: str) -> Ownership:
    return Ownership(client_id=client_id)


def _shown(row: AccountRow) -> dict[str, int]:
    account = row.to_domain()
    return {
        "credit_limit": account.credit_limit,
        "per_day": account.limits.per_day,
        "per_deposit": account.limits.per_payment,
    }
