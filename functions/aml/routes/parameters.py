"""The bounds of the patterns."""

from aml import schemas
from aml.routes.api import BANK, STAFF, app
from aml.service import access, patterns
from bank.access import acts
from bank.control import audit
from bank.http import Call


@app.get("/pattern-parameters", scope="aml:read", callers=BANK, answer=schemas.ParametersAnswer)
def get_aml_parameters(call: Call) -> schemas.ParametersAnswer:
    """The bounds of the patterns in force."""
    access.require_reviewer(call.principal)
    return schemas.ParametersAnswer(values=patterns.parameters().values())


@app.patch(
    "/pattern-parameters",
    act=acts.approved(acts.GUARD),
    scope="aml:manage",
    callers=STAFF,
    body=schemas.SetParameters,
    answer=schemas.ParametersAnswer,
)
def set_aml_parameters(call: Call, body: schemas.SetParameters) -> schemas.ParametersAnswer:
    """Set some bounds otherwise, for the next run on."""
    access.require_reviewer(call.principal)
    call.principal.require_head_office()
    values = body.model_dump(exclude={"reason"}, exclude_none=True)
    given = patterns.set_parameters(values=values, reason=body.reason, actor=audit.actor(call))
    return schemas.ParametersAnswer(values=given.values())
