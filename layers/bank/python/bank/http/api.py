"""A room's HTTP function: a Chalice app whose routes go through one decorator."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, Request, Response
from pydantic import BaseModel
from pynamodb.exceptions import PynamoDBConnectionError

from bank import errors
from bank.access.acts import Act, Trace
from bank.access.principal import Kind
from bank.http import caching, protection
from bank.http.operations import JSON, Answer, Call, Operation
from bank.http.paging import Page
from bank.http.problems import problem
from bank.http.requests import read_request
from bank.observability import logger


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

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer API Gateway: whoever found the answer, Chalice itself too, it has the headers of all."""
        answer: dict[str, Any] = super().__call__(event, context)
        answer["headers"] = {**protection.UNLESS_KEPT, **answer["headers"], **protection.ALWAYS}
        return answer

    def get(self, path: str, **declared: Any) -> Callable[..., Any]:
        """A view that only reads; `kept_seconds` where anybody may keep the answer for so long."""
        return self._route("GET", path, **declared)

    def post(self, path: str, *, act: Act, **declared: Any) -> Callable[..., Any]:
        """A view that creates or acts, as `act` says; `idempotent=True` where it moves money."""
        return self._route("POST", path, act=act, **declared)

    def patch(self, path: str, *, act: Act, **declared: Any) -> Callable[..., Any]:
        """A view that changes some fields, as `act` says."""
        return self._route("PATCH", path, act=act, **declared)

    def _route(
        self,
        method: str,
        path: str,
        *,
        scope: str | None,
        act: Act | None = None,
        answer: type[BaseModel] | None = None,
        status: int = 200,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        idempotent: bool = False,
        callers: Sequence[Kind] = tuple(Kind),
        form: bool = False,
        problems: Sequence[type[errors.BankError]] = (),
        media_types: Sequence[str] = (JSON,),
        session_checked: bool = False,
        kept_seconds: int = 0,
        example: dict[str, Any] | None = None,
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
                act=act,
                session_checked=session_checked,
                kept_seconds=kept_seconds,
                example=example or {},
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
        call, arguments = read_request(request, event, operation, path_parameters)
        response = _respond(operation, _paged(operation, call, arguments), request_id)
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


def _paged(operation: Operation, call: Call, arguments: dict[str, Any]) -> Any:
    """The view's answer. Of a list, what it takes and gives as a place comes and leaves as a cursor."""
    query = arguments.get("query")
    if not isinstance(query, Page):
        return _done(operation, call, arguments)
    query.opened(call)
    return query.sealed(_done(operation, call, arguments), call)


def _done(operation: Operation, call: Call, arguments: dict[str, Any]) -> Any:
    """The view's answer; of an act that others have to approve first, what it proposes."""
    body = arguments.get("body")
    if not operation.needs_approval(call.principal, body):
        return _traced(operation, call, arguments)
    # Imported here: a cold start pays for it only where approvals are needed.
    from bank.control import gate
    from bank.http import proposals

    answer = gate.passed(
        call, kind=operation.title, body=body, act=lambda: _traced(operation, call, arguments)
    )
    return proposals.answer(answer) if isinstance(answer, gate.Proposal) else answer


def _traced(operation: Operation, call: Call, arguments: dict[str, Any]) -> Any:
    """The view's answer, the act's entries in its transactions."""
    if operation.act is None or operation.act.trace is Trace.RECORD:
        return operation.view(call, **arguments)
    # Imported here: a cold start pays for it only where entries are written.
    from bank.control import trail

    with trail.kept(call, operation.title, each=operation.act.trace is Trace.ENTRY) as done:
        answer = operation.view(call, **arguments)
        if not (isinstance(answer, Answer) and answer.replayed):
            done()
    return answer


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
