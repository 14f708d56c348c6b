"""Use cases of the accounts room: accounts, deposits and withdrawals, statements."""

from collections.abc import Callable
from typing import Any

from accounts.domain import Instruction, journal_of
from accounts.tables import MovementRow
from bank import clock, errors, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership, Principal
from bank.ledger import AccountRow, JournalRow, Kind, Limits, Status, statements, verification
from bank.ledger.domain import PREFIXES
from bank.ledger.tables import EntryRow
from bank.store import idempotency

# Ids of customers begin so; their wallets belong to the room that keeps customers.
CUSTOMER = "cus_"
# The journals of all and the sums of the whole ledger are the head office's to see.
THE_BANK = Ownership()


class CurrencyMismatch(errors.Unprocessable):
    """422: the account is in another currency."""

    code, title = "currency_mismatch", "Currency mismatch"


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
    kind: Kind,
    currency: str,
    limits: Limits,
    principal: Principal,
) -> tuple[AccountRow, bool]:
    """Open an account at zero; as it was opened, and whether this request was here before.

    It is the caller's unit's, and its channel's. Raises ReservedOwner, KeyReused.
    """
    if owner_id.startswith(CUSTOMER):
        raise ReservedOwner("the wallets of customers are opened with the customer")
    row = ledger.accounts.new_row(
        account_id=account_id,
        owner_id=owner_id,
        kind=kind,
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


def account_prefix(kind: Kind) -> str:
    """The prefix that an id of this kind of account has."""
    return PREFIXES[kind]


def owned_by(
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
    return found[:limit], found[limit - 1].account_id if len(found) > limit else None


def change_limits(*, account_id: str, principal: Principal, change: Callable[[Limits], Limits]) -> AccountRow:
    """Change the limits and answer the account. Raises AccountNotFound, LimitsByLevel."""
    row = ledger.accounts.find(account_id, principal=principal)
    if row.owner_id.startswith(CUSTOMER):
        raise LimitsByLevel("the limits of a customer's wallet follow the customer's level")
    ledger.accounts.set_limits(account_id, change)
    return ledger.accounts.find(account_id)


def freeze(*, account_id: str, principal: Principal, reason: str) -> AccountRow:
    """Refuse debits from now on."""
    return _set_status(account_id, principal, Status.FROZEN, reason, allowed=[Status.ACTIVE])


def unfreeze(*, account_id: str, principal: Principal, reason: str) -> AccountRow:
    """Take debits again."""
    return _set_status(account_id, principal, Status.ACTIVE, reason, allowed=[Status.FROZEN])


def close(*, account_id: str, principal: Principal, reason: str) -> AccountRow:
    """Close for good; only at zero and with nothing held."""
    return _set_status(account_id, principal, Status.CLOSED, reason, allowed=[Status.ACTIVE, Status.FROZEN])


def _set_status(
    account_id: str, principal: Principal, status: Status, reason: str, allowed: list[Status]
) -> AccountRow:
    ledger.accounts.find(account_id, principal=principal)
    ledger.accounts.set_status(account_id, status, reason=reason, allowed=allowed)
    return ledger.accounts.find(account_id)


def move(*, instruction: Instruction, principal: Principal) -> tuple[MovementRow, bool]:
    """Book a deposit once; the record, and whether this was a replay.

    Raises AccountNotFound, CurrencyMismatch, KeyReused and the ledger's refusals.
    """

    def record() -> MovementRow | None:
        return store.get(MovementRow, instruction.movement_id)

    return idempotency.once(
        record=record,
        request_digest=instruction.request_digest,
        act=lambda: _book(instruction, principal),
        refused=lambda refusal: movement_of(instruction, clock.instant(), refusal),
    )


def _book(instruction: Instruction, principal: Principal) -> MovementRow:
    earlier, row = store.get_many(
        [(MovementRow, instruction.movement_id), (AccountRow, instruction.account_id)]
    )
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    account = ledger.accounts.require_visible(instruction.account_id, row, principal).to_domain()
    if account.currency != instruction.currency:
        raise CurrencyMismatch(f"account {account.account_id} is in {account.currency}")
    refusal = ledger.credit_refusal(account)
    if refusal:
        raise refusal
    booked_at = clock.instant()
    movement = movement_of(instruction, booked_at)
    transaction = store.Transaction()
    transaction.create(movement)
    ledger.post(
        transaction,
        journal_of(instruction, booked_at),
        {account.account_id: account},
    )
    transaction.commit()
    return movement


def movement_of(
    instruction: Instruction, booked_at: str, refusal: dict[str, Any] | None = None
) -> MovementRow:
    """The record of a movement."""
    return MovementRow(
        movement_id=instruction.movement_id,
        type=instruction.type,
        account_id=instruction.account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        counterparty=instruction.counterparty,
        reference=instruction.reference,
        journal_id=instruction.journal_id,
        booked_at=booked_at,
        request_digest=instruction.request_digest,
        refusal=refusal,
    )


def entries(
    *, account_id: str, principal: Principal, since: str, until: str, after: str | None, limit: int
) -> tuple[list[EntryRow], str | None]:
    """A page of the statement, newest first, and the key to go on after. Raises AccountNotFound."""
    ledger.accounts.find(account_id, principal=principal)
    rows = statements.entries(account_id, since=since, until=until, after=after, limit=limit + 1)
    return rows[:limit], rows[limit - 1].entry_key if len(rows) > limit else None


def journal(*, journal_id: str, principal: Principal) -> ledger.Journal:
    """A journal. Raises NotFound."""
    missing = errors.NotFound(f"there is no journal {journal_id}")
    principal.require_sees(THE_BANK, missing)
    row = store.get(JournalRow, journal_id)
    if row is None:
        raise missing
    return row.to_domain()


def last_verification(*, principal: Principal) -> dict[str, Any]:
    """The last verification's report. Raises NotFound where none has run yet."""
    missing = errors.NotFound("no verification has run yet", code="not_verified_yet")
    principal.require_sees(THE_BANK, missing)
    report = verification.last_report()
    if report is None:
        raise missing
    return report


def statement_rows(changes: list[tuple[AccountRow, AccountRow]]) -> list[EntryRow]:
    """The statement rows that these changes of balance rows make."""
    return [row for old, new in changes for row in statements.rows_of_change(old, new)]
