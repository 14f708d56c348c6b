"""Statements of suppliers, their disputes, and the agreement that books them."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call, Page
from suppliers import rendering, schemas
from suppliers.routes.api import OF_ONE, READ, WRITE, app
from suppliers.service import agreeing, disputes, statements

ONE = "/suppliers/{supplier_id}/statements/{period}"


@app.get(
    "/suppliers/{supplier_id}/statements",
    query=Page,
    answer=schemas.StatementPage,
    problems=[errors.NotFound],
    **READ,
)
def list_statements(call: Call, supplier_id: str, query: Page) -> schemas.StatementPage:
    """A supplier's statements, newest first."""
    rows, last = statements.list_statements(
        supplier_id=supplier_id, principal=call.principal, after=query.after, limit=query.limit
    )
    items = [rendering.statement(row, statements.outcome(row)) for row in rows]
    return schemas.StatementPage(items=items, next_cursor=last)


@app.get(
    ONE,
    query=schemas.StatementQuery,
    answer=schemas.StatementAnswer,
    problems=[errors.NotFound],
    **READ,
)
def get_statement(
    call: Call, supplier_id: str, period: str, query: schemas.StatementQuery
) -> schemas.StatementAnswer:
    """One statement, and what it comes to."""
    row = statements.find(
        supplier_id=supplier_id, period=period, currency=query.currency, principal=call.principal
    )
    return rendering.statement(row, statements.outcome(row))


@app.get(
    "/suppliers/{supplier_id}/rating",
    answer=schemas.RatingAnswer,
    problems=[errors.NotFound],
    **READ,
)
def get_rating(call: Call, supplier_id: str) -> schemas.RatingAnswer:
    """Rate a supplier by the use in its last twelve statements."""
    rows = statements.last_year(supplier_id=supplier_id, principal=call.principal)
    return rendering.rating(supplier_id, rows)


@app.post(
    f"{ONE}/disputes",
    act=acts.RECORD,
    status=201,
    body=schemas.RaiseDispute,
    answer=schemas.StatementAnswer,
    **OF_ONE,
)
def raise_dispute(
    call: Call, supplier_id: str, period: str, body: schemas.RaiseDispute
) -> schemas.StatementAnswer:
    """Dispute a line of a statement that is not agreed yet."""
    row = disputes.raise_dispute(
        supplier_id=supplier_id,
        period=period,
        dispute_id=call.record_id("dsp"),
        principal=call.principal,
        actor=audit.actor(call),
        **body.model_dump(),
    )
    return rendering.statement(row, statements.outcome(row))


@app.post(
    f"{ONE}/disputes/{{dispute_id}}/decision",
    act=acts.approved(acts.GUARD),
    body=schemas.DecideDispute,
    answer=schemas.StatementAnswer,
    example={"status": "closed"},
    **OF_ONE,
)
def decide_dispute(
    call: Call, supplier_id: str, period: str, dispute_id: str, body: schemas.DecideDispute
) -> schemas.StatementAnswer:
    """Accept or reject a dispute, once; what is accepted changes what the statement comes to."""
    row = disputes.decide_dispute(
        supplier_id=supplier_id,
        period=period,
        dispute_id=dispute_id,
        principal=call.principal,
        actor=audit.actor(call),
        **body.model_dump(),
    )
    return rendering.statement(row, statements.outcome(row))


@app.post(
    f"{ONE}/agreement",
    act=acts.approved(acts.MONEY),
    body=schemas.AgreeStatement,
    answer=schemas.StatementAnswer,
    idempotent=True,
    example={"status": "agreed"},
    problems=[errors.NotFound, errors.Conflict],
    **WRITE,
)
def agree_statement(call: Call, supplier_id: str, period: str, body: schemas.AgreeStatement) -> Answer:
    """Agree on what a statement comes to, and book it, once."""
    row, replayed = agreeing.agree(
        supplier_id=supplier_id,
        period=period,
        request_id=call.record_id("agr"),
        request_digest=call.digest,
        principal=call.principal,
        actor=audit.actor(call),
        **body.model_dump(),
    )
    return Answer(rendering.statement(row, statements.outcome(row)), replayed=replayed)
