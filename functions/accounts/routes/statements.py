"""Balances and statements, now and of an instant before."""

from datetime import datetime

from accounts import rendering, schemas
from accounts.routes.api import app
from accounts.service import statements
from bank import clock, errors, ledger
from bank.http import Call


@app.get(
    "/accounts/{account_id}/entries",
    scope="accounts:read",
    query=schemas.EntriesQuery,
    answer=schemas.EntryPage,
    problems=[errors.NotFound],
)
def list_entries(call: Call, account_id: str, query: schemas.EntriesQuery) -> schemas.EntryPage:
    """The statement, newest first. It may be a second behind the balance."""
    rows, last = statements.list_entries(
        account_id=account_id,
        principal=call.principal,
        since=_instant(query.from_),
        until=_instant(query.to),
        after=query.after,
        limit=query.limit,
    )
    return schemas.EntryPage(items=[rendering.entry(row) for row in rows], next_cursor=last)


@app.get(
    "/accounts/{account_id}/balance",
    scope="accounts:read",
    query=schemas.BalanceQuery,
    answer=schemas.BalanceAnswer,
    problems=[errors.NotFound],
)
def get_balance(call: Call, account_id: str, query: schemas.BalanceQuery) -> schemas.BalanceAnswer:
    """The balance now, or after everything booked up to `as_of`."""
    row = ledger.accounts.find(account_id, principal=call.principal)
    as_of = query.as_of or clock.now()
    balance = row.to_domain().balance
    if query.as_of:
        balance = ledger.statements.balance_as_of(row, clock.instant(query.as_of))
    return schemas.BalanceAnswer(account_id=account_id, currency=row.currency, balance=balance, as_of=as_of)


def _instant(moment: datetime | None) -> str:
    return clock.instant(moment) if moment else ""
