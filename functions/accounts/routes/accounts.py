"""Accounts: opened and limited by those who keep them for others."""

from accounts import rendering, schemas
from accounts.routes.api import KEEPERS, app
from accounts.service import accounts
from accounts.service.owners import OwnerTaken
from bank import errors, ledger
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call
from bank.ledger import NO_LIMIT, Kind
from bank.ledger.domain import PREFIXES


@app.post(
    "/accounts",
    act=acts.approved(acts.SIGNED_DOOR),
    scope="accounts:write",
    callers=KEEPERS,
    status=201,
    body=schemas.OpenAccount,
    answer=schemas.AccountAnswer,
    problems=[errors.Unprocessable, OwnerTaken],
    example={"balance": 0, "held": 0, "available": 0},
)
def open_account(call: Call, body: schemas.OpenAccount) -> Answer:
    """Open a wallet at zero, with the limits that are named: of staff, once another has approved it.

    An owner id is theirs who opened the first account of it. Sent again with the same Idempotency-Key, it
    opens none besides.
    """
    row, replayed = accounts.open_account(
        account_id=call.record_id(PREFIXES[Kind.WALLET]),
        request_digest=call.digest,
        owner_id=body.owner_id,
        currency=body.currency,
        limits=_limits(body.limits or schemas.Limits()),
        principal=call.principal,
    )
    return Answer(rendering.account(row), replayed=replayed)


@app.get("/accounts", scope="accounts:read", query=schemas.AccountsQuery, answer=schemas.AccountPage)
def list_accounts(call: Call, query: schemas.AccountsQuery) -> schemas.AccountPage:
    """The accounts of an owner."""
    rows, last = accounts.list_accounts(
        owner_id=query.owner_id, principal=call.principal, after=query.after, limit=query.limit
    )
    return schemas.AccountPage(
        items=[rendering.account(row) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/accounts/{account_id}",
    scope="accounts:read",
    answer=schemas.AccountAnswer,
    problems=[errors.NotFound],
)
def get_account(call: Call, account_id: str) -> schemas.AccountAnswer:
    """One account as it is now."""
    return rendering.account(ledger.accounts.find(account_id, principal=call.principal))


@app.patch(
    "/accounts/{account_id}/limits",
    act=acts.approved(acts.SIGNED_GUARD),
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

    return rendering.account(
        accounts.change_limits(
            account_id=account_id, principal=call.principal, actor=audit.actor(call), change=change_of
        )
    )


def _limits(limits: schemas.Limits) -> ledger.Limits:
    return ledger.Limits(
        **{name: NO_LIMIT if value is None else value for name, value in limits.model_dump().items()}
    )
