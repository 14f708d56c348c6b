"""Deposits and withdrawals."""

from accounts import rendering, schemas
from accounts.domain import Instruction
from accounts.routes.api import app
from accounts.service import deposits, withdrawals
from bank import errors
from bank.access import acts
from bank.access.principal import Kind
from bank.http import Answer, Call
from bank.risk import ChallengeRequired

MOVES = (errors.NotFound, errors.Refusal, errors.Unprocessable)


@app.post(
    "/deposits",
    act=acts.MONEY,
    scope="funding:write",
    callers=[Kind.CHANNEL],
    status=201,
    body=schemas.Deposit,
    answer=schemas.MovementAnswer,
    idempotent=True,
    problems=MOVES,
)
def deposit(call: Call, body: schemas.Deposit) -> Answer:
    """Book money that came in from outside: the client owes it until it settles, and may owe so much."""
    instruction = Instruction(
        movement_id=call.record_id("dep"),
        type="deposit",
        account_id=body.account_id,
        amount=body.amount,
        currency=body.currency,
        counterparty=body.source,
        reference=body.reference,
        request_digest=call.digest,
    )
    movement, replayed = deposits.deposit(instruction=instruction, principal=call.principal)
    return Answer(rendering.movement(movement), replayed=replayed)


@app.post(
    "/accounts/{account_id}/withdrawals",
    act=acts.MONEY,
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
    """Book money that leaves for outside; the client pays it out, and it counts against the account's limits.

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
        instruction=instruction,
        principal=call.principal,
        request_context=body.request_context(call.principal),
    )
    return Answer(rendering.movement(movement), replayed=replayed)
