"""The identity room at the edge: the token endpoint, the published keys, and API Gateway's authorizer."""

from collections.abc import Callable
from typing import Any

from chalice.app import Request, Response

from bank.access import acts
from bank.http import JSON, PROBLEM, Answer, Call
from bank.observability import logger
from identity import schemas
from identity.domain import access, oauth
from identity.domain.access import Refused
from identity.domain.oauth import TokenRefused
from identity.routes import app as app
from identity.routes.api import NOT_KEPT
from identity.service import clients

TOKEN_PATH = "/oauth/token"
KEYS_KEPT_SECONDS = 300


@app.post(
    TOKEN_PATH,
    act=acts.Act(acts.Effect.DOOR, trace=acts.Trace.NONE, why="the log, with who was tried and from where"),
    scope=None,
    form=True,
    body=schemas.TokenRequest,
    answer=schemas.TokenAnswer,
)
def issue_token(call: Call, body: schemas.TokenRequest) -> Answer:
    """An access token, good for 15 minutes, for a client that proves its secret (RFC 6749, section 4.4)."""
    authorization = call.headers.get("authorization")
    given = body.client_secret.get_secret_value() if body.client_secret else None
    tried = ""
    try:
        oauth.require_grant_type(body.grant_type)
        credentials = oauth.credentials(authorization, body.client_id, given)
        tried = credentials.client_id
        granted = clients.issue_token(credentials=credentials, scope=body.scope)
    except TokenRefused as refused:
        return _refused(refused, call, tried, basic=authorization is not None)
    answer = schemas.TokenAnswer(
        access_token=granted.access_token, expires_in=granted.expires_in, scope=" ".join(granted.scopes)
    )
    return Answer(answer, headers=NOT_KEPT)


def _refused(refused: TokenRefused, call: Call, tried: str, *, basic: bool) -> Answer:
    logger.info(
        "token refused",
        error=refused.error,
        description=refused.description,
        # What is no client's id may be anything, a secret in its place too.
        tried=tried if clients.known(tried) else "",
        source_ip=call.source_ip,
    )
    unknown = refused.error == "invalid_client"
    challenge = {"WWW-Authenticate": 'Basic realm="perkbank"'} if unknown and basic else {}
    return Answer(
        schemas.TokenError(error=refused.error, error_description=refused.description),
        status=401 if unknown else 400,
        headers=NOT_KEPT | challenge,
    )


@app.middleware("http")
def refuse_as_oauth(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer the kernel's own refusals (say, of a body that is no form) in RFC 6749's words."""
    response = get_response(request)
    refusal = response.headers.get("Content-Type") == PROBLEM and response.status_code < 500
    if request.path != TOKEN_PATH or not refusal:
        return response
    problem = response.body
    wrong = [f"{error['field']}: {error['message']}" for error in problem.get("errors", ())]
    description = oauth.description("; ".join([problem["detail"], *wrong]))
    return Response(
        body=schemas.TokenError(error="invalid_request", error_description=description).model_dump_json(),
        status_code=400,
        headers={"Content-Type": JSON, "X-Request-Id": problem["request_id"], **NOT_KEPT},
    )


@app.get("/.well-known/jwks.json", scope=None, answer=schemas.Jwks, kept_seconds=KEYS_KEPT_SECONDS)
def get_jwks(call: Call) -> schemas.Jwks:
    """The public keys that access tokens verify with."""
    keys = [schemas.Jwk.model_validate(key) for key in clients.jwks()]
    return schemas.Jwks(keys=keys)


def authorize(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """API Gateway's authorizer (REQUEST or TOKEN): the policy of the caller's token.

    Only an error of exactly this message makes API Gateway answer 401; any other error is a 500.
    """
    logger.set_correlation_id(event.get("requestContext", {}).get("requestId"))
    try:
        principal = clients.verify(token=_bearer_token(event))
    except Refused as refused:
        logger.info("token refused", reason=str(refused))
        raise Exception("Unauthorized") from None
    logger.info("token taken", client_id=principal.client_id, scope=" ".join(principal.scopes))
    return access.policy(event["methodArn"], principal)


def _bearer_token(event: dict[str, Any]) -> str:
    """The token of a REQUEST or a TOKEN event. Names of headers come in any case."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, token = (event.get("authorizationToken") or headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused("no bearer token")
    return token.strip()
