"""Clearing accounts: what a client may deposit on its word, and what it has settled of it."""

from accounts import rendering, schemas
from accounts.routes.api import app
from accounts.service import clearing
from bank import errors
from bank.access import acts
from bank.access.principal import Kind
from bank.control import audit
from bank.http import Answer, Call


@app.post(
    "/clearing-accounts",
    act=acts.approved(acts.GUARD),
    scope="clearing:write",
    callers=(Kind.STAFF,),
    body=schemas.ClearingLimits,
    answer=schemas.AccountAnswer,
    problems=[errors.Conflict],
)
def set_clearing_limits(call: Call, body: schemas.ClearingLimits) -> schemas.AccountAnswer:
    """Let a client deposit and pay out in a currency; again: other limits. For the head office.

    Less than it owes is refused: who is to stop at once is suspended, or gets what it owes for its limit.
    """
    call.principal.require_head_office()
    row = clearing.allow(
        actor=audit.actor(call),
        client_id=body.client_id,
        currency=body.currency,
        credit_limit=body.credit_limit,
        per_day=body.per_day,
        per_deposit=body.per_day if body.per_deposit is None else body.per_deposit,
        reason=body.reason,
    )
    return rendering.account(row)


@app.post(
    "/clearing-accounts/settlements",
    act=acts.approved(acts.MONEY),
    scope="clearing:write",
    callers=(Kind.STAFF,),
    status=201,
    body=schemas.Settlement,
    answer=schemas.SettlementAnswer,
    idempotent=True,
    problems=[errors.NotFound, errors.Conflict],
)
def settle_clearing_account(call: Call, body: schemas.Settlement) -> Answer:
    """Book what a client has paid of what it owes. A reference counts once. For the head office."""
    call.principal.require_head_office()
    journal_id, replayed = clearing.settled(
        actor=audit.actor(call),
        client_id=body.client_id,
        currency=body.currency,
        amount=body.amount,
        reference=body.reference,
    )
    answer = schemas.SettlementAnswer(
        journal_id=journal_id, **body.model_dump(include={"client_id", "currency", "amount", "reference"})
    )
    return Answer(answer, replayed=replayed)
