"""Rows as answers."""

from typing import Any

from accounts import schemas
from accounts.tables import MovementRow
from bank import clock, ledger
from bank.access import authority
from bank.ledger import NO_LIMIT, AccountRow
from bank.ledger.tables import EntryRow


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
        balance_after=int(row.balance_after),
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


def _direction(amount: int) -> schemas.Direction:
    return schemas.Direction.CREDIT if amount > 0 else schemas.Direction.DEBIT


def sums(report: dict[str, Any]) -> list[schemas.CurrencySum]:
    """The sum of all balances in each currency of a verification's report."""
    return [schemas.CurrencySum(currency=code, sum=total) for code, total in report["sums"].items()]
