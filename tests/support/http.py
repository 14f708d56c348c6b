"""Calling a room's HTTP function as API Gateway does: REST proxy events, payload version 1."""

import json
import re
import uuid
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bank import clock, store
from bank.access.acts import Trace
from bank.access.principal import Kind
from bank.access.sessions import SessionRow
from bank.control.approval.tables import ApprovalRow
from bank.http import Api
from identity.domain.access import SCOPES

ALL_SCOPES = " ".join(SCOPES)
# The session of `staff()` and `customer()`, which `call` sees to; a test with another one sees to it itself.
SESSION = "ses_test"


@dataclass(frozen=True)
class Reply:
    """What the function answered."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def context(name: str = "test") -> Any:
    """A Lambda context with what Powertools and Chalice read of it."""
    return SimpleNamespace(
        function_name=name,
        memory_limit_in_mb=512,
        invoked_function_arn=f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        aws_request_id=str(uuid.uuid4()),
        get_remaining_time_in_millis=lambda: 900_000,
    )


def event(
    api: Api,
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str | None = None,
    query: dict[str, str] | None = None,
    client_id: str | None = "cli_test",
    scope: str = ALL_SCOPES,
    principal: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    source_ip: str = "127.0.0.1",
) -> dict[str, Any]:
    """The proxy event of one request to `api`; its resource is found among the declared routes.

    Unless a test says another `principal`, a system of the bank asks, or the head office where it is for
    staff alone.
    """
    resource, parameters = _match(api, method, path)
    callers = next(each.callers for each in api.operations if (each.method, each.path) == (method, resource))
    if principal is None and tuple(callers) == (Kind.STAFF,):
        principal = staff()
    given = {
        "content-type": "application/json",
        **({"idempotency-key": key} if key else {}),
        **(headers or {}),
    }
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": given,
        "multiValueHeaders": {name: [value] for name, value in given.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()}
        if query
        else None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "requestId": str(uuid.uuid4()),
            "authorizer": {**_principal(client_id, scope), **(principal or {})} if client_id else None,
            "identity": {"sourceIp": source_ip},
        },
        "body": text,
        "isBase64Encoded": False,
    }


def _principal(client_id: str, scope: str) -> dict[str, str]:
    """What the authorizer passes on: a system of the bank, unless a test says another `principal`."""
    return {"client_id": client_id, "subject": client_id, "scope": scope, "bank_wide": "true"}


def staff(unit: str = "unit_head", staff_id: str = "stf_test") -> dict[str, str]:
    """The `principal` that is a member of staff of a unit."""
    return {"kind": "staff", "subject": staff_id, "unit": unit, "session": SESSION, "bank_wide": "false"}


def customer(customer_id: str, device: str = "") -> dict[str, str]:
    """The `principal` that is a customer, through whatever channel, in a session from this device."""
    principal = {"kind": "customer", "subject": customer_id, "session": SESSION, "bank_wide": "false"}
    return principal | ({"device": device} if device else {})


CHANNEL = {"bank_wide": "false"}


def call(
    api: Api,
    method: str,
    path: str,
    body: Any = None,
    *,
    approve: bool = True,
    changes: bool = True,
    **options: Any,
) -> Reply:
    """Call `api` in this process; what others have to approve is approved and sent again, unless a test
    says that nobody does (`approve=False`). Whoever checks a change is shown what it `changes`.
    """
    reply = _called(api, method, path, body, **options)
    if approve and reply.status == 202 and "approval_id" in reply.body:
        if changes:
            _require_shown(api, method, path, reply.json["approval_id"])
        headers = {**(options.pop("headers", None) or {}), "approval-id": approved(reply.json)}
        return _called(api, method, path, body, headers=headers, **options)
    return reply


def _require_shown(api: Api, method: str, path: str, approval_id: str) -> None:
    route = (method, _match(api, method, path)[0])
    operation = next(each for each in api.operations if (each.method, each.path) == route)
    if "{" in operation.path and operation.act and operation.act.trace is Trace.ENTRY:
        shown = ApprovalRow.get(approval_id).summary
        assert shown["before"] is not None, f"{operation.title} does not tell what it changes"


def approved(proposal: dict[str, Any]) -> str:
    """The id of a proposal that so many colleagues have approved as it takes."""
    # Imported here: of all tests, those of approvals alone need the room.
    from approvals.app import app

    decision = {"content_digest": proposal["content_digest"]}
    for step in range(len(proposal["levels"])):
        path = f"/approvals/{proposal['approval_id']}/approve"
        reply = _called(app, "POST", path, decision, principal=staff(staff_id=f"stf_colleague_{step}"))
        assert reply.status == 200, reply.body
    return str(proposal["approval_id"])


def _called(api: Api, method: str, path: str, body: Any = None, **options: Any) -> Reply:
    request = event(api, method, path, body, **options)
    keep_session(request["requestContext"]["authorizer"] or {})
    # A process of its own, even where a test has one request come in the middle of another.
    alone = copy_context()
    alone.run(store.companion.set, None)
    answer = alone.run(api, request, context())
    return Reply(answer["statusCode"], answer["headers"], answer["body"])


def keep_session(principal: dict[str, str]) -> None:
    """Have the session that `staff()` and `customer()` name, as if its person had just logged in."""
    if principal.get("session") != SESSION:
        return
    SessionRow(
        subject=principal["subject"],
        session_id=SESSION,
        kind=principal["kind"],
        client_id=principal["client_id"],
        unit=principal.get("unit", ""),
        created_at=clock.instant(),
        expires_at=clock.instant(clock.now() + timedelta(hours=1)),
        idle_until=clock.instant(clock.now() + timedelta(hours=1)),
        purge_at=int(clock.now().timestamp()) + 7200,
    ).save()


def _match(api: Api, method: str, path: str) -> tuple[str, dict[str, str]]:
    for operation in api.operations:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)
        found = re.fullmatch(pattern, path)
        if found and operation.method == method:
            return operation.path, found.groupdict()
    raise LookupError(f"{method} {path} is not a route of {api.room}")
