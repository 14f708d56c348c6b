"""Freezes, each of an authority, and closures of accounts."""

from accounts import rendering, schemas
from accounts.routes.api import KEEPERS, app
from accounts.service import freezes
from bank import errors
from bank.access import acts
from bank.access.authority import HigherAuthority
from bank.access.principal import HeadOfficeOnly
from bank.control import audit
from bank.http import Call

PROBLEMS = (errors.NotFound, errors.Conflict, errors.Unprocessable)


@app.post(
    "/accounts/{account_id}/freeze",
    act=acts.approved(acts.RECORD),
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Freeze,
    answer=schemas.AccountAnswer,
    problems=[*PROBLEMS, HeadOfficeOnly],
    example={"status": "frozen", "frozen_by": ["branch"]},
)
def freeze_account(call: Call, account_id: str, body: schemas.Freeze) -> schemas.AccountAnswer:
    """Refuse debits until the same authority or a higher one lifts it; credits are still taken.

    A court's order is approved by others first; what is urgent the head office freezes at once of its own.
    """
    return rendering.account(
        freezes.freeze(
            account_id=account_id,
            principal=call.principal,
            actor=audit.actor(call),
            reason=body.reason,
            court_order=body.court_order,
        )
    )


@app.post(
    "/accounts/{account_id}/unfreeze",
    act=acts.approved(acts.SIGNED_GUARD),
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Unfreeze,
    answer=schemas.AccountAnswer,
    problems=[*PROBLEMS, HigherAuthority],
)
def unfreeze_account(call: Call, account_id: str, body: schemas.Unfreeze) -> schemas.AccountAnswer:
    """Lift one's own freeze, or that of a lower `authority`; debits are taken again once none is left."""
    return rendering.account(
        freezes.unfreeze(
            account_id=account_id,
            principal=call.principal,
            actor=audit.actor(call),
            reason=body.reason,
            court_order=body.court_order,
            lifted=body.authority,
        )
    )


@app.post(
    "/accounts/{account_id}/close",
    act=acts.RECORD,
    scope="accounts:write",
    callers=KEEPERS,
    body=schemas.Reason,
    answer=schemas.AccountAnswer,
    problems=[*PROBLEMS, HigherAuthority],
    example={"status": "closed", "balance": 0, "held": 0, "available": 0},
)
def close_account(call: Call, account_id: str, body: schemas.Reason) -> schemas.AccountAnswer:
    """Close for good: only with a balance of zero, nothing held, and no freeze of a higher authority."""
    return rendering.account(
        freezes.close(
            account_id=account_id, principal=call.principal, actor=audit.actor(call), reason=body.reason
        )
    )
