"""Problems that an operation can answer with: declared, and added by `bank.http` and the gateway."""

import re
from dataclasses import dataclass, field
from typing import Any

from bank import errors
from bank.access import principal
from bank.access.sessions import SessionEnded, StepUpNeeded
from bank.access.signatures import SignatureInvalid
from bank.control.approval import ContentChanged, NotApproved
from bank.http import Operation
from bank.store.idempotency import KeyReused

REQUEST_ID = "6e3405f6-422e-4e5d-8b11-7975d3f2c549"


@dataclass(frozen=True)
class Kind:
    """One problem as a caller sees it."""

    status: int
    code: str
    title: str
    detail: str
    members: dict[str, Any] = field(default_factory=dict)

    def example(self, request_id: str = REQUEST_ID) -> dict[str, Any]:
        """The document, as RFC 9457 has it."""
        return {
            "type": f"urn:perkbank:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
            **self.members,
        }


def _kind(error: errors.BankError) -> Kind:
    return Kind(error.status, error.code, error.title, error.detail, error.members)


UNAUTHORIZED = _kind(errors.Unauthorized("a valid access token is needed"))
ENDED = _kind(SessionEnded("this session has ended: log in again"))
STEP_UP = _kind(StepUpNeeded("this needs a factor that was proven minutes ago: prove one, and ask again"))
LACKING = _kind(errors.Forbidden("this needs a scope that the token lacks", code="insufficient_scope"))
NOT_FOR_YOU = _kind(errors.Forbidden("this is not for a customer", code="caller_kind"))
NOT_FOUND = _kind(errors.NotFound("there is no such thing"))
BAD_REQUEST = _kind(errors.BadRequest("the request cannot be read"))
INTERNAL = _kind(errors.BankError("something broke here; it has been logged"))
UNAVAILABLE = _kind(errors.Unavailable("nothing is known to have happened; try again with the same key"))
# These three come from the gateway alone.
TOO_LARGE = Kind(413, "request_too_large", "Request too large", "the request is larger than 10 MB")
THROTTLED = Kind(429, "too_many_requests", "Too many requests", "try again after a pause")
TIMED_OUT = Kind(
    504, "gateway_timeout", "Gateway timeout", "what was asked may have happened; ask with the same key"
)


def of(operation: Operation) -> dict[int, list[Kind]]:
    """Everything but success, by status."""
    found: dict[int, dict[str, Kind]] = {}
    expected = (_readings, _callers, declared, _approvals, _found, _always)
    for kind in [kind for kinds in expected for kind in kinds(operation)]:
        found.setdefault(kind.status, {}).setdefault(kind.code, kind)
    return {status: list(kinds.values()) for status, kinds in sorted(found.items())}


def _readings(operation: Operation) -> list[Kind]:
    """Return the problems of reading the request itself."""
    if operation.form:
        # Refused in the words of OAuth, which the document has from elsewhere.
        return [TOO_LARGE]
    found = [_invalid(operation)]
    if operation.method == "POST" or (operation.act and operation.act.signed):
        detail = "this moves money: send an Idempotency-Key of 1 to 255 visible ASCII characters"
        found.append(_kind(errors.BadRequest(detail, code="idempotency_key_required")))
    if operation.idempotent:
        found.append(_kind(KeyReused("this Idempotency-Key was used with another body")))
    if operation.act and operation.act.signed:
        found.append(_kind(SignatureInvalid()))
    if operation.body:
        found.append(_kind(errors.UnsupportedMediaType("the body is of another type than this takes")))
        found.append(TOO_LARGE)
    return found


def _invalid(operation: Operation) -> Kind:
    model = operation.body or operation.query
    if model is None:
        detail = "this takes no query parameters"
        return _kind(errors.Invalid(detail, errors=[{"field": "limit", "message": detail}]))
    first = next(iter(model.model_fields.values()), None)
    name = (first.alias if first else None) or next(iter(model.model_fields), "")
    wrong = [{"field": name, "message": "Input should be valid"}]
    return _kind(errors.Invalid("the request is not valid", errors=wrong))


def _callers(operation: Operation) -> list[Kind]:
    if not operation.scope:
        return []
    lacking = errors.Forbidden(f"this needs the scope {operation.scope}", code="insufficient_scope")
    limited = [NOT_FOR_YOU] if len(operation.callers) < len(principal.Kind) else []
    fresh = operation.act and operation.act.ever_fresh and principal.Kind.STAFF in operation.callers
    return [UNAUTHORIZED, ENDED, *[STEP_UP] * bool(fresh), _kind(lacking), *limited]


def declared(operation: Operation) -> list[Kind]:
    """Return the problems that the operation declares, beside those of its kind."""
    return [_kind(problem(said(problem))) for problem in operation.problems]


def _approvals(operation: Operation) -> list[Kind]:
    """Return the problems of a request that brings its approval."""
    if not (operation.act and operation.act.proposed):
        return []
    return [_kind(NotApproved("its approval is rejected")), _kind(ContentChanged(said(ContentChanged)))]


def _found(operation: Operation) -> list[Kind]:
    return [NOT_FOUND] if "{" in operation.path else []


def _always(operation: Operation) -> list[Kind]:
    return [THROTTLED, INTERNAL, UNAVAILABLE, TIMED_OUT]


def said(kind: type[errors.BankError]) -> str:
    """Return an error class's meaning: its docstring's first line, without the status."""
    line = (kind.__doc__ or "").strip().splitlines()[0]
    return re.sub(r"^\d{3}:? ", "", line).rstrip(".")
