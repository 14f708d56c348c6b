"""Rows as answers."""

from collections.abc import Collection
from typing import Any

from accounts import schemas
from accounts.service.exports import Held
from accounts.tables import MovementRow
from bank import clock, ledger
from bank.access import authority
from bank.ledger import NO_LIMIT, AccountRow
from bank.ledger.tables import EntryRow
from bank.privacy import exports


def account(row: AccountRow) -> schemas.AccountAnswer:
    """An account as it is now; a limit that is none is null."""
    found = row.to_domain()
    limits = {name: None if value >= NO_LIMIT else value for name, value in vars(found.limits).items()}
    lowered = ledger.lowering.now(found)
    return schemas.AccountAnswer(
        account_id=found.account_id,
        owner_id=found.owner_id,
        kind=found.kind,
        currency=found.currency,
        status=found.status,
        frozen_by=authority.names(row.frozen_by),
        balance=found.balance,
        held=found.held,
        available=found.available,
        credit_limit=found.credit_limit,
        limits=schemas.Limits(**limits),
        lowered_until=lowered.ends_at if lowered else None,
        lowered_per_day=lowered.per_day if lowered else None,
        opened_at=clock.parse(found.opened_at),
    )


def movement(row: MovementRow) -> schemas.MovementAnswer:
    """A movement as it was first answered, whatever has come of its review since."""
    values = {name: getattr(row, name) for name in schemas.MovementAnswer.model_fields}
    if row.review_until:
        values |= {"status": "in_review", "journal_id": None}
    return schemas.MovementAnswer(**values)


def entry(row: EntryRow) -> schemas.EntryAnswer:
    """One line of a statement."""
    return schemas.EntryAnswer(
        booked_at=clock.parse(row.booked_at),
        direction=_direction(int(row.amount)),
        amount=abs(int(row.amount)),
        # What stood on one row of several then is nobody's balance.
        balance_after=int(row.balance_after) if row.part is None and row.seq else None,
        kind=row.kind,
        reference=row.reference,
        counterparty=row.counterparty,
        journal_id=row.journal_id,
        count=int(row.journal_count),
    )


def journal(found: ledger.Journal) -> schemas.JournalAnswer:
    """A journal with its legs."""
    legs = [
        schemas.LegAnswer(account_id=leg.account_id, direction=_direction(leg.amount), amount=abs(leg.amount))
        for leg in found.legs
    ]
    return schemas.JournalAnswer(
        journal_id=found.journal_id,
        kind=found.kind,
        reference=found.reference,
        currency=found.currency,
        booked_at=clock.parse(found.booked_at),
        made_by=found.made_by or None,
        legs=legs,
    )


def own_data(held: Held) -> exports.Part:
    """This room's part of an export, in the form of its answers; other people's accounts masked."""
    own = held.entries.keys()
    return {
        "accounts": [account(row).model_dump(mode="json") for row in held.accounts],
        "statements": [
            {"account_id": account_id, **_own_entry(row, own)}
            for account_id, rows in held.entries.items()
            for row in rows
        ],
        "movements": [movement(row).model_dump(mode="json") for row in held.movements],
    }


def _own_entry(row: EntryRow, own: Collection[str]) -> dict[str, Any]:
    other = exports.masked(row.counterparty, own) if row.counterparty else None
    return entry(row).model_dump(mode="json") | {"counterparty": other}


def _direction(amount: int) -> schemas.Direction:
    return schemas.Direction.CREDIT if amount > 0 else schemas.Direction.DEBIT


def sums(report: dict[str, Any]) -> list[schemas.CurrencySum]:
    """The sum of all balances in each currency of a verification's report."""
    return [schemas.CurrencySum(currency=code, sum=total) for code, total in report["sums"].items()]
