"""Answers of an operation in OpenAPI: success, problems, and the errors of OAuth."""

from typing import Any

from bank.http import JSON, PROBLEM, Operation, Problem
from bank.http.proposals import ProposalAnswer
from infra.contract import examples, models, problems
from infra.contract.schemas import Components

SUCCESSES = {200: "Done", 201: "Created", 202: "Accepted: it finishes later", 204: "Done; nothing to tell"}
REQUEST_ID = {"description": "Names this request in the logs", "schema": {"type": "string"}}
REPLAYED = {
    "description": "`true` where an earlier delivery of this request had this answer",
    "schema": {"type": "string", "enum": ["true"]},
}
RETRY_AFTER = {"description": "Seconds to wait, where waiting helps", "schema": {"type": "string"}}
CHALLENGE = {"description": "How to authenticate", "schema": {"type": "string"}}
PROBLEM_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": CHALLENGE, "Retry-After": RETRY_AFTER},
    403: {"Retry-After": RETRY_AFTER},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}


UNCHANGED = "What the client has kept is still so"
CACHING = {
    "Cache-Control": {"description": "How long anybody may keep this", "schema": {"type": "string"}},
    "ETag": {"description": "Names this state of the answer", "schema": {"type": "string"}},
}


def of(operation: Operation, components: Components) -> dict[str, Any]:
    found = {str(operation.status): _success(operation, components)}
    if operation.act and operation.act.proposed:
        found["202"] = _proposed(components)
    if operation.kept_seconds:
        found["304"] = {"description": UNCHANGED, "headers": {"X-Request-Id": REQUEST_ID, **CACHING}}
    for status, kinds in problems.of(operation).items():
        found[str(status)] = _problem(status, kinds, components)
        if operation.idempotent and status == 409:
            found[str(status)]["headers"]["Idempotent-Replayed"] = REPLAYED
    return dict(sorted((found | _oauth_errors(operation, components)).items()))


def _problem(status: int, kinds: list[problems.Kind], components: Components) -> dict[str, Any]:
    return {
        "description": "; or ".join(kind.title for kind in kinds),
        "headers": {"X-Request-Id": REQUEST_ID, **PROBLEM_HEADERS.get(status, {})},
        "content": {
            PROBLEM: {
                "schema": components.of(Problem, "validation"),
                "examples": {kind.code: {"value": kind.example()} for kind in kinds},
            }
        },
    }


def _oauth_errors(operation: Operation, components: Components) -> dict[str, Any]:
    """A form is OAuth's way of asking, and its refusals are in the words of RFC 6749, section 5.2."""
    if not operation.form:
        return {}
    content = {JSON: {"schema": components.of(models.oauth_error(operation), "serialization")}}
    headers = {"X-Request-Id": REQUEST_ID}
    return {
        "400": {
            "description": "The request is not one for a token",
            "headers": headers,
            "content": {JSON: content[JSON] | {"example": _oauth_example("unsupported_grant_type")}},
        },
        "401": {
            "description": "The client is not known, or its secret is wrong",
            "headers": {**headers, "WWW-Authenticate": CHALLENGE},
            "content": {JSON: content[JSON] | {"example": _oauth_example("invalid_client")}},
        },
    }


def _oauth_example(error: str) -> dict[str, str]:
    return {"error": error, "error_description": "what is wrong, in a sentence"}


def _success(operation: Operation, components: Components) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": REQUEST_ID}
    if operation.method == "POST":
        headers["Idempotent-Replayed"] = REPLAYED
    if operation.kept_seconds:
        headers |= CACHING
    found = {"description": SUCCESSES.get(operation.status, "Done"), "headers": headers}
    if operation.status != 204:
        found["content"] = {
            media_type: _answer(operation, media_type, components) for media_type in operation.media_types
        }
    return found


def _proposed(components: Components) -> dict[str, Any]:
    schema = components.of(ProposalAnswer, "serialization")
    return {
        "description": "Proposed: others approve it, and the same request with `Approval-Id` does it",
        "headers": {"X-Request-Id": REQUEST_ID, "Idempotent-Replayed": REPLAYED},
        "content": {JSON: {"schema": schema, "example": examples.of(schema, components.all)}},
    }


def _answer(operation: Operation, media_type: str, components: Components) -> dict[str, Any]:
    if operation.answer is None or media_type != JSON:
        binary = media_type.startswith("image/") and "xml" not in media_type
        if media_type == JSON:
            return {"schema": {"type": "object"}}
        return {"schema": {"type": "string", **({"format": "binary"} if binary else {})}}
    schema = components.of(operation.answer, "serialization")
    return {"schema": schema, "example": examples.of(schema, components.all) | operation.example}
