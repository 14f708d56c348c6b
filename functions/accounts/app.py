"""The accounts room at the edge: routes, the ledger's stream consumers and its scheduled verification."""

from datetime import datetime
from typing import Any

from accounts import events, schemas, service
from accounts.domain import Instruction
from accounts.service import cash, reviews, withdrawals
from accounts.tables import MovementRow
from bank import clock, errors, ledger, store
from bank.access.principal import Kind
from bank.events import change, envelope, envelope_for_change, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import Answer, Api, Call
from bank.ledger import NO_LIMIT, AccountRow, JournalRow, verification
from bank.observability import logger, metrics
from bank.risk import ChallengeRequired
from bank.risk.reviews import ReviewDecision

app = Api("accounts")

# Who keeps accounts for others, as against their owners.
KEEPERS = (Kind.CHANNEL, Kind.STAFF)
MOVES = (errors.NotFound, errors.Refusal, errors.Unprocessable)


@app.post(
    "/accounts",
    scope="accounts:write",
    callers=KEEPERS,
    status=201,
    body=schemas.OpenAccount,
    answer=schemas.AccountAnswer,
    problems=[errors.Unprocessable],
    example={"balance": 0, "held": 0, "available": 0},
)
def open_account(call: Call, body: schemas.OpenAccount) -> Answer:
    """Open an account at zero. Sent again with the same Idempotency-Key, it opens none besides."""
    row, replayed = service.open_account(
        account_id=call.record_id(service.account_prefix(body.kind)),
        request_digest=call.digest,
        owner_id=body.owner_id,
        kind=body.kind,
        currency=body.currency,
        limits=_limits(body.limits or schemas.Limits()),
        principal=call.principal,
    )
    return Answer(_account(row), replayed=replayed)


@app.get("/accounts", scope="accounts:read", query=schemas.AccountsQuery, answer=schemas.AccountPage)
def list_accounts(call: Call, query: schemas.AccountsQuery) -> schemas.AccountPage:
    """The accounts of an owner."""
    rows, last = service.owned_by(
        owner_id=query.owner_id, principal=call.principal, after=query.after, limit=query.limit
    )
    return schemas.AccountPage(
        items=[_account(row) for row in rows], next_cursor=store.encode_cursor(last) if last else None
    )


@app.get(
    "/accounts/{account_id}",
    scope="accounts:read",
    answer=schemas.AccountAnswer,
    problems=[errors.NotFound],
)
def get_account(call: Call, account_id: str) -> schemas.AccountAnswer:
    """One account as it is now."""
    return _account(ledger.accounts.find(account_id, principal=call.principal))


@app.patch(
    "/accounts/{account_id}/limits",
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Limits,
    answer=schemas.AccountAnswer,
    problems=[errors.NotFound, errors.Conflict],
)
def change_limits(call: Call, account_id: str, body: schemas.Limits) -> schemas.AccountAnswer:
    """Change some limits; null lifts one. What was spent already still counts."""
    given = body.model_dump(include=body.model_fields_set)

    def change_of(limits: ledger.Limits) -> ledger.Limits:
        wanted = {name: NO_LIMIT if value is None else value for name, value in given.items()}
        return ledger.Limits(**{**vars(limits), **wanted})

    return _account(service.change_limits(account_id=account_id, principal=call.principal, change=change_of))


@app.post(
    "/accounts/{account_id}/freeze",
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Reason,
    answer=schemas.AccountAnswer,
    problems=[errors.NotFound, errors.Conflict],
    example={"status": "frozen"},
)
def freeze_account(call: Call, account_id: str, body: schemas.Reason) -> schemas.AccountAnswer:
    """Refuse debits from now on; credits are still taken."""
    return _account(service.freeze(account_id=account_id, principal=call.principal, reason=body.reason))


@app.post(
    "/accounts/{account_id}/unfreeze",
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Reason,
    answer=schemas.AccountAnswer,
    problems=[errors.NotFound, errors.Conflict],
)
def unfreeze_account(call: Call, account_id: str, body: schemas.Reason) -> schemas.AccountAnswer:
    """Take debits again."""
    return _account(service.unfreeze(account_id=account_id, principal=call.principal, reason=body.reason))


@app.post(
    "/accounts/{account_id}/close",
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Reason,
    answer=schemas.AccountAnswer,
    problems=[errors.NotFound, errors.Conflict],
    example={"status": "closed", "balance": 0, "held": 0, "available": 0},
)
def close_account(call: Call, account_id: str, body: schemas.Reason) -> schemas.AccountAnswer:
    """Close for good: only with a balance of zero and nothing held."""
    return _account(service.close(account_id=account_id, principal=call.principal, reason=body.reason))


@app.post(
    "/accounts/{account_id}/deposits",
    scope="accounts:write",
    callers=[Kind.CHANNEL],
    status=201,
    body=schemas.Deposit,
    answer=schemas.MovementAnswer,
    idempotent=True,
    problems=MOVES,
)
def deposit(call: Call, account_id: str, body: schemas.Deposit) -> Answer:
    """Book money that came in from outside."""
    instruction = Instruction(
        movement_id=call.record_id("dep"),
        type="deposit",
        account_id=account_id,
        amount=body.amount,
        currency=body.currency,
        counterparty=body.source,
        reference=body.reference,
        request_digest=call.digest,
    )
    movement, replayed = service.move(instruction=instruction, principal=call.principal)
    return Answer(_movement(movement), replayed=replayed)


@app.post(
    "/accounts/{account_id}/withdrawals",
    scope="accounts:write",
    callers=[Kind.CHANNEL, Kind.CUSTOMER],
    status=201,
    body=schemas.Withdrawal,
    answer=schemas.MovementAnswer,
    idempotent=True,
    session_checked=True,
    problems=[*MOVES, ChallengeRequired],
    example={"movement_id": "wdr_01JDB3W6Q2V0M8C4T5R7N9XKHE", "type": "withdrawal"},
)
def withdraw(call: Call, account_id: str, body: schemas.Withdrawal) -> Answer:
    """Book money that leaves for outside; it counts against the account's limits.

    Risk may ask for a `payment_token` first (403, nothing recorded: the same key may come again with it), or
    hold the money until a person has looked (`in_review`).
    """
    instruction = Instruction(
        movement_id=call.record_id("wdr"),
        type="withdrawal",
        account_id=account_id,
        amount=body.amount,
        currency=body.currency,
        counterparty=body.destination,
        reference=body.reference,
        request_digest=call.digest,
    )
    movement, replayed = withdrawals.withdraw(
        instruction=instruction, principal=call.principal, request_context=body.request_context()
    )
    return Answer(_movement(movement), replayed=replayed)


@app.get(
    "/accounts/{account_id}/entries",
    scope="accounts:read",
    query=schemas.EntriesQuery,
    answer=schemas.EntryPage,
    problems=[errors.NotFound],
)
def list_entries(call: Call, account_id: str, query: schemas.EntriesQuery) -> schemas.EntryPage:
    """The statement, newest first. It may be a second behind the balance."""
    rows, last = service.entries(
        account_id=account_id,
        principal=call.principal,
        since=_instant(query.from_),
        until=_instant(query.to),
        after=query.after,
        limit=query.limit,
    )
    return schemas.EntryPage(
        items=[_entry(row) for row in rows], next_cursor=store.encode_cursor(last) if last else None
    )


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
    balance = int(row.balance)
    if query.as_of:
        balance = ledger.statements.balance_as_of(account_id, clock.instant(query.as_of))
    return schemas.BalanceAnswer(account_id=account_id, currency=row.currency, balance=balance, as_of=as_of)


@app.get(
    "/ledger/journals/{journal_id}",
    scope="ledger:read",
    answer=schemas.JournalAnswer,
    problems=[errors.NotFound],
)
def get_journal(call: Call, journal_id: str) -> schemas.JournalAnswer:
    """One journal with its legs."""
    journal = service.journal(journal_id=journal_id, principal=call.principal)
    legs = [
        schemas.LegAnswer(account_id=leg.account_id, direction=_direction(leg.amount), amount=abs(leg.amount))
        for leg in journal.legs
    ]
    return schemas.JournalAnswer(
        journal_id=journal.journal_id,
        kind=journal.kind,
        reference=journal.reference,
        currency=journal.currency,
        booked_at=clock.parse(journal.booked_at),
        legs=legs,
    )


@app.get(
    "/ledger/trial-balance",
    scope="ledger:read",
    answer=schemas.TrialBalanceAnswer,
    problems=[errors.NotFound],
)
def get_trial_balance(call: Call) -> schemas.TrialBalanceAnswer:
    """The trial balance of the last verification: each currency's sum is zero."""
    report = service.last_verification(principal=call.principal)
    return schemas.TrialBalanceAnswer(currencies=_sums(report), as_of=report["as_of"])


@app.get(
    "/ledger/verification",
    scope="ledger:read",
    answer=schemas.VerificationAnswer,
    problems=[errors.NotFound],
)
def get_verification(call: Call) -> schemas.VerificationAnswer:
    """Report of the last verification of the whole ledger."""
    report = service.last_verification(principal=call.principal)
    return schemas.VerificationAnswer(
        currencies=_sums(report), **{name: value for name, value in report.items() if name != "sums"}
    )


# Events -------------------------------------------------------------------------------------------


def on_journals(event: dict[str, Any], context: Any) -> None:
    """The journals' stream: book the deferred legs. What fails is delivered again, to no second effect."""
    images = (change(record, JournalRow)[1] for record in event["Records"])
    applied = ledger.applier.apply(row.to_domain() for row in images if row is not None)
    logger.info("applied", journals=applied)


def on_balances(event: dict[str, Any], context: Any) -> None:
    """The accounts' stream: write the statements, then tell what changed."""
    changes = [(record, *change(record, AccountRow)) for record in event["Records"]]
    rows = service.statement_rows([(old, new) for _, old, new in changes if old and new])
    store.put_many(rows)
    in_cash = cash.movements(new for _, _, new in changes)
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.account_id)
        for record, old, new in changes
        for domain_event in events.of_change(old, new, in_cash)
    )
    logger.info("stated", changes=len(changes), rows=len(rows))


def on_movements(event: dict[str, Any], context: Any) -> None:
    """The movements' stream: tell what became of each withdrawal."""
    changes = [(record, *change(record, MovementRow)) for record in event["Records"]]
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.movement_id)
        for record, old, new in changes
        for domain_event in events.of_movement(old, new)
    )
    logger.info("published events of movements", records=len(changes))


def on_reviews(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of decided reviews: release or reject the withdrawals that were held."""

    def take(body: str) -> None:
        decision = ReviewDecision.of(unwrap_sqs_event(body))
        if decision.product == "withdrawal":
            reviews.WITHDRAWALS.decide(decision)
        logger.info("review decided", record_id=decision.record_id, decision=decision.decision)

    return process_sqs_batch(event, context, take)


def on_review_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: reject the withdrawals whose review nobody decided in time."""
    expired = reviews.WITHDRAWALS.expire_due()
    logger.info("expired", reviews=expired)
    return {"expired": expired}


@metrics.log_metrics
def on_verification(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule: verify the whole ledger; differences raise the alarm's metric and an event."""
    report = verification.verify()
    failures = report["difference_count"] + (not report["zero_sum"])
    metrics.add_metric(name="VerificationFailures", unit="Count", value=failures)
    if failures:
        logger.error("the ledger does not agree", report=report)
        failed = events.LedgerVerificationFailed(
            as_of=report["as_of"],
            zero_sum=report["zero_sum"],
            difference_count=report["difference_count"],
        )
        publish([envelope(failed, subject="ledger", change=report["started_at"], time=clock.instant())])
    return report


# Rendering ----------------------------------------------------------------------------------------


def _account(row: AccountRow) -> schemas.AccountAnswer:
    account = row.to_domain()
    limits = {name: None if value >= NO_LIMIT else value for name, value in vars(account.limits).items()}
    return schemas.AccountAnswer(
        account_id=account.account_id,
        owner_id=account.owner_id,
        kind=account.kind,
        currency=account.currency,
        status=account.status,
        balance=account.balance,
        held=account.held,
        available=account.available,
        limits=schemas.Limits(**limits),
        opened_at=clock.parse(account.opened_at),
    )


def _limits(limits: schemas.Limits) -> ledger.Limits:
    return ledger.Limits(
        **{name: NO_LIMIT if value is None else value for name, value in limits.model_dump().items()}
    )


def _movement(movement: MovementRow) -> schemas.MovementAnswer:
    """As it was first answered, whatever has come of its review since."""
    values = {name: getattr(movement, name) for name in schemas.MovementAnswer.model_fields}
    if movement.review_until:
        values |= {"status": "in_review", "journal_id": None}
    return schemas.MovementAnswer(**values)


def _entry(row: Any) -> schemas.EntryAnswer:
    return schemas.EntryAnswer(
        booked_at=clock.parse(row.booked_at),
        direction=_direction(row.amount),
        amount=abs(int(row.amount)),
        balance_after=int(row.balance_after),
        kind=row.kind,
        reference=row.reference,
        counterparty=row.counterparty,
        journal_id=row.journal_id,
        count=int(row.journal_count),
    )


def _direction(amount: int) -> schemas.Direction:
    return schemas.Direction.CREDIT if amount > 0 else schemas.Direction.DEBIT


def _sums(report: dict[str, Any]) -> list[schemas.CurrencySum]:
    return [schemas.CurrencySum(currency=code, sum=total) for code, total in report["sums"].items()]


def _instant(moment: datetime | None) -> str:
    return clock.instant(moment) if moment else ""
