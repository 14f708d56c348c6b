"""Errors as RFC 9457 problem details."""

from chalice.app import Response
from pydantic import BaseModel, ConfigDict, Field

from bank import errors
from bank.http.fields import Schema

PROBLEM = "application/problem+json"


class FieldError(Schema):
    """One field that is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, with a stable `code` and the request's id."""

    model_config = ConfigDict(defer_build=True, hide_input_in_errors=True)
    type: str = Field(examples=["urn:perkbank:problem:invalid_request"])
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


def problem(error: errors.BankError, request_id: str) -> Response:
    """An error as RFC 9457 renders it."""
    document = {
        "type": f"urn:perkbank:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "request_id": request_id,
        **error.members,
    }
    headers: dict[str, str | list[str]] = {"Content-Type": PROBLEM, "X-Request-Id": request_id}
    if error.retry_after:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = error.challenge
    if document.pop("replayed", False):
        headers["Idempotent-Replayed"] = "true"
    return Response(body=document, status_code=error.status, headers=headers)
