"""Between Chalice and a use case: the one place where HTTP is read and written (design §8).

A room's `app.py` makes an `Api` and hangs its views on it. A view gets a `Call` and what it declared (`body`,
`query`, path parameters), and returns a pydantic model. What is declared is also the HTTP contract: the
OpenAPI document is generated from `Api.operations`.
"""

import base64
import binascii
import functools
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import parse_qsl

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, Request, Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pynamodb.exceptions import PynamoDBConnectionError

from bank import auth, caching, errors, ids, sessions, store
from bank.json_bodies import require_unique_members
from bank.money import MAX_AMOUNT, MINOR_DIGITS
from bank.observability import logger
from bank.text import shown

MAX_BODY_BYTES = 256 * 1024
MAX_PAGE = 100
JSON, PROBLEM, FORM = "application/json", "application/problem+json", "application/x-www-form-urlencoded"
# Visible ASCII, as for any HTTP field value; the length is Stripe's.
IDEMPOTENCY_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
RFC_3339 = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
BELOW_MICROSECONDS = re.compile(r"\.[0-9]{6}[0-9]*[1-9]")


# What rooms' schemas are made of ------------------------------------------------------------------


class Schema(BaseModel):
    """Base of answers and of what stands in a query. Unknown fields are refused."""

    # Fields that prove the request and are no part of what it asks for: the same key may come with others.
    proofs: ClassVar[frozenset[str]] = frozenset()

    # Built at first use: a cold start pays only for what its request needs.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Body(Schema):
    """Base of JSON requests: nothing is coerced from another type ("1" is not a number)."""

    model_config = ConfigDict(strict=True)


def _known_currency(code: str) -> str:
    if code not in MINOR_DIGITS:
        raise ValueError(f"is not one of {', '.join(sorted(MINOR_DIGITS))}")
    return code


def _written_out(value: Any) -> Any:
    # pydantic would cut off what is finer, and a list would begin or end elsewhere than it was asked to.
    if isinstance(value, str) and BELOW_MICROSECONDS.search(value):
        raise ValueError("is finer than a microsecond")
    # pydantic would also take a number of seconds, a bare date and other spellings.
    if isinstance(value, datetime) or (isinstance(value, str) and RFC_3339.match(value)):
        return value
    raise ValueError("is not an instant as RFC 3339 writes it: 2026-01-15T09:30:00+08:00")


def _of_our_times(moment: datetime) -> datetime:
    # Beyond these years an instant cannot be told in every offset.
    if not 1900 <= moment.year <= 9000:
        raise ValueError("is not of our times")
    return moment


Amount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT, description="Minor units (fen, cents)")]
Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", description="ISO 4217", examples=["CNY"]),
    AfterValidator(_known_currency),
]
# Text that a person or a channel chose. The pattern is what other tools can check of it.
Text = Annotated[
    str,
    Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"),
    AfterValidator(shown),
]
Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-.:]+$")]
Instant = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_of_our_times)
]


class Page(Schema):
    """How to page through a list."""

    limit: int = Field(default=20, ge=1, le=MAX_PAGE, description="Items on a page")
    cursor: str | None = Field(default=None, max_length=512, description="`next_cursor` of the page before")

    @property
    def after(self) -> str | None:
        """The sort key that the page starts after."""
        return store.decode_cursor(self.cursor) if self.cursor else None


class FieldError(Schema):
    """One field that is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, with a stable `code` and the request's id."""

    model_config = ConfigDict(defer_build=True)
    type: str = Field(examples=["urn:perkbank:problem:invalid_request"])
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError] | None = None


# Calls and answers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """One request, as a use case may need to know it."""

    principal: auth.Principal
    request_id: str
    operation: str
    headers: Any
    digest: str
    idempotency_key: str = ""
    source_ip: str = ""

    def record_id(self, prefix: str) -> str:
        """The id of the record that this request makes: the same for each of its deliveries.

        Where the route does not ask for an Idempotency-Key and none was sent, a fresh one. Callers who share
        a channel share no keys: a customer never meets the record of another's request.
        """
        if not self.idempotency_key:
            return ids.new(prefix)
        caller = self.principal
        who = [caller.client_id] + [caller.subject] * (caller.kind is not auth.Kind.CHANNEL)
        return ids.derived(prefix, *who, self.operation, self.idempotency_key)


@dataclass(frozen=True)
class Answer:
    """A view's answer where the declared status or JSON alone is not enough."""

    body: Any
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True)
class Operation:
    """One route as it was declared; the OpenAPI document is made from these."""

    method: str
    path: str
    view: Callable[..., Any]
    scope: str | None
    status: int
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | None
    idempotent: bool
    callers: tuple[auth.Kind, ...]
    form: bool
    problems: tuple[type[errors.BankError], ...]
    media_types: tuple[str, ...]
    tag: str
    session_checked: bool = False
    kept_seconds: int = 0

    @property
    def name(self) -> str:
        """The operationId: the view's name."""
        return self.view.__name__


class Api(Chalice):
    """A room's HTTP function: a Chalice app whose routes go through one decorator.

    `permissions` are scopes that open no route: the room asks for them in the middle of a use case.
    """

    def __init__(self, room: str, binary_types: Sequence[str] = (), permissions: Sequence[str] = ()) -> None:
        super().__init__(app_name=room, configure_logs=False)
        self.room = room
        self.permissions = tuple(permissions)
        self.operations: list[Operation] = []
        self.api.binary_types.extend(binary_types)

    def get(self, path: str, **declared: Any) -> Callable[..., Any]:
        """A view that only reads; `kept_seconds` where anybody may keep the answer for so long."""
        return self._route("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[..., Any]:
        """A view that creates or acts; `idempotent=True` where it moves money."""
        return self._route("POST", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[..., Any]:
        """A view that changes some fields."""
        return self._route("PATCH", path, **declared)

    def _route(
        self,
        method: str,
        path: str,
        *,
        scope: str | None,
        answer: type[BaseModel] | None = None,
        status: int = 200,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        idempotent: bool = False,
        callers: Sequence[auth.Kind] = tuple(auth.Kind),
        form: bool = False,
        problems: Sequence[type[errors.BankError]] = (),
        media_types: Sequence[str] = (JSON,),
        session_checked: bool = False,
        kept_seconds: int = 0,
    ) -> Callable[..., Any]:
        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            operation = Operation(
                method=method,
                path=path,
                view=view,
                scope=scope,
                status=status,
                body=body,
                query=query,
                answer=answer,
                idempotent=idempotent,
                callers=tuple(callers),
                form=form,
                problems=tuple(problems),
                media_types=tuple(media_types),
                tag=self.room,
                session_checked=session_checked,
                kept_seconds=kept_seconds,
            )
            self.operations.append(operation)

            @functools.wraps(view)
            def handle(**path_parameters: str) -> Response:
                assert self.current_request is not None
                return _handle(self.current_request, operation, path_parameters)

            self.route(path, methods=[method], name=view.__name__, content_types=["*/*"])(handle)
            return view

        return declare


def _handle(request: Request, operation: Operation, path_parameters: dict[str, str]) -> Response:
    event = request.to_original_event()
    request_id = event["requestContext"].get("requestId", "")
    logger.set_correlation_id(request_id)
    response = _answered(request, event, operation, path_parameters, request_id)
    # One line a request: what was asked and how it ended, nothing of what it held.
    logger.info("answered", operation=operation.name, status=response.status_code)
    return response


def _answered(
    request: Request,
    event: dict[str, Any],
    operation: Operation,
    path_parameters: dict[str, str],
    request_id: str,
) -> Response:
    try:
        call, arguments = _read(request, event, operation, path_parameters)
        response = _respond(operation, operation.view(call, **arguments), request_id)
        return _kept(response, operation.kept_seconds, call) if operation.kept_seconds else response
    except errors.BankError as error:
        return problem(error, request_id)
    except (ClientError, BotoCoreError, PynamoDBConnectionError) as error:
        # The request is not to blame, and what was sent may have happened: the caller sends its key again.
        logger.exception("a service did not answer", operation=operation.name)
        return problem(errors.Unavailable(f"a service did not answer: {type(error).__name__}"), request_id)
    except Exception:
        logger.exception("unhandled", operation=operation.name)
        return problem(errors.BankError("something broke here; it has been logged"), request_id)


def _read(
    request: Request, event: dict[str, Any], operation: Operation, path_parameters: dict[str, str]
) -> tuple[Call, dict[str, Any]]:
    caller = auth.Principal("", frozenset())
    if operation.scope:
        caller = auth.principal(event)
        # A route that reads the session in its own batch read saves a round trip: `session_checked`.
        if not operation.session_checked:
            sessions.check(caller)
        caller.require(operation.scope)
        caller.require_kind(operation.callers)
    arguments: dict[str, Any] = {name: _path_value(value) for name, value in path_parameters.items()}
    raw = _raw_body(event)
    key = _idempotency_key(request, required=operation.idempotent)
    if operation.idempotent and (caller.signed or _is_signed(request)):
        # Imported here: a cold start pays for it only where something is signed.
        from bank import signatures

        signatures.verify(event, raw, caller)
    if operation.query:
        arguments["query"] = _validated_query(operation.query, event)
    elif event.get("queryStringParameters"):
        raise _invalid_parameters("this takes no query parameters", event["queryStringParameters"])
    if operation.body:
        arguments["body"] = _validated_body(operation, request, raw)
    elif raw.strip():
        raise errors.Invalid("this takes no body", errors=[{"field": "", "message": "no body is expected"}])
    content = _content(arguments["body"]) if operation.body else ""
    call = Call(
        principal=caller,
        request_id=event["requestContext"].get("requestId", ""),
        operation=f"{operation.method} {_concrete(operation.path, path_parameters)}",
        headers=request.headers,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        idempotency_key=key,
        source_ip=(event["requestContext"].get("identity") or {}).get("sourceIp") or "",
    )
    return call, arguments


def _is_signed(request: Request) -> bool:
    """Whether the request claims to be signed. What a client signs must be right, even where it need not."""
    return "signature" in request.headers or "signature-input" in request.headers


def _content(body: BaseModel) -> str:
    """What a body asks for: where an answer was lost, the same comes again, maybe with a fresh proof."""
    return body.model_dump_json(exclude=set(body.proofs) if isinstance(body, Schema) else None)


def _raw_body(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise errors.BadRequest("the body is not text in UTF-8") from None
    if len(raw) > MAX_BODY_BYTES:
        raise errors.Invalid(f"the body is larger than {MAX_BODY_BYTES} bytes", errors=[])
    return raw


def _validated_body(operation: Operation, request: Request, raw: bytes) -> BaseModel:
    assert operation.body is not None
    expected = FORM if operation.form else JSON
    given = request.headers.get("content-type", expected).split(";")[0].strip().lower()
    if given != expected:
        raise errors.UnsupportedMediaType(f"the body is {given}; this takes {expected}")
    try:
        if operation.form:
            return operation.body.model_validate(_form(raw))
        body = operation.body.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise _invalid(error) from None
    require_unique_members(raw or b"{}")
    return body


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=bool(raw), max_num_fields=50)
    except (ValueError, UnicodeDecodeError):
        raise errors.BadRequest("the body is not a form") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise errors.BadRequest("a field stands twice in the form")
    return dict(pairs)


def _validated_query(query: type[BaseModel], event: dict[str, Any]) -> BaseModel:
    values = event.get("multiValueQueryStringParameters") or {}
    twice = [name for name, given in values.items() if len(given) > 1]
    if twice:
        raise _invalid_parameters("a parameter stands twice", twice)
    try:
        return query.model_validate({name: given[0] for name, given in values.items()})
    except ValidationError as error:
        raise _invalid(error) from None


def _path_value(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_\-.:]{1,64}", value):
        raise errors.NotFound("there is no such thing")
    return value


def _idempotency_key(request: Request, *, required: bool) -> str:
    key: str | None = request.headers.get("idempotency-key")
    if key is None and not required:
        return ""
    if not key or not IDEMPOTENCY_KEY.fullmatch(key):
        raise errors.BadRequest(
            "this moves money: send an Idempotency-Key of 1 to 255 visible ASCII characters",
            code="idempotency_key_required",
        )
    return key


def _concrete(path: str, parameters: dict[str, str]) -> str:
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _invalid(error: ValidationError) -> errors.Invalid:
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return errors.Invalid("the request is not valid", errors=fields[:50])


def _invalid_parameters(detail: str, names: Any) -> errors.Invalid:
    return errors.Invalid(detail, errors=[{"field": name, "message": detail} for name in names])


def _respond(operation: Operation, result: Any, request_id: str) -> Response:
    answer = result if isinstance(result, Answer) else Answer(result)
    headers: dict[str, str | list[str]] = {"Content-Type": JSON, "X-Request-Id": request_id, **answer.headers}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    body = answer.body.model_dump_json() if isinstance(answer.body, BaseModel) else answer.body
    return Response(body=body, status_code=answer.status or operation.status, headers=headers)


def _kept(response: Response, seconds: int, call: Call) -> Response:
    """The answer with how long it may be kept, or 304 where the client has it still."""
    keeping = caching.headers(response.body, seconds)
    headers = {**response.headers, **keeping}
    if caching.is_current(keeping["ETag"], call.headers.get("if-none-match", "")):
        del headers["Content-Type"]
        return Response(body="", status_code=304, headers=headers)
    return Response(body=response.body, status_code=response.status_code, headers=headers)


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
    if isinstance(error, errors.Unavailable | errors.TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if document.pop("replayed", False):
        headers["Idempotent-Replayed"] = "true"
    return Response(body=document, status_code=error.status, headers=headers)
