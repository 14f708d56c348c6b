"""What each scope opens, as API Gateway reads the policy."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from identity.domain.access import SCOPES, AuthenticatedPrincipal, policy
from infra.contract import rooms
from tests.unit.identity.requests import STAGE_ARN

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
PATHS = (
    *(
        "accounts",
        "accounts/wal_1",
        "accounts/wal_1/withdrawals",
        "ledger/journals/j_1",
        "ledger/trial-balance",
    ),
    *("merchants", "merchants/mer_1/qr", "payments", "payments/pay_1/refunds", "payment-codes"),
    *("transfers", "transfers/trf_1", "transfer-batches", "transfer-batches/bat_1/results"),
)


def statement_of(scopes: tuple[str, ...]) -> dict[str, Any]:
    answer = policy(f"{STAGE_ARN}/GET/any", AuthenticatedPrincipal("cli_1", "cli_1", scopes))
    statement: dict[str, Any] = answer["policyDocument"]["Statement"][0]
    return statement


def opened(scopes: tuple[str, ...], method: str, path: str) -> bool:
    """API Gateway's reading of the policy: the request's ARN against each pattern."""
    statement = statement_of(scopes)
    hit = any(fnmatchcase(f"{STAGE_ARN}/{method}/{path}", pattern) for pattern in statement["Resource"])
    return hit and statement["Effect"] == "Allow"


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_methods_and_paths_and_no_others(scope: str) -> None:
    for method in METHODS:
        for path in PATHS:
            expected = (method, path.split("/")[0]) in SCOPES[scope]
            assert opened((scope,), method, path) is expected, (method, path)


def test_a_root_that_begins_another_opens_itself_alone() -> None:
    assert opened(("me:read",), "GET", "me")
    assert opened(("me:read",), "GET", "me/wallets")
    assert not opened(("me:read",), "GET", "merchants")
    assert not opened(("me:read",), "GET", "menu")


def test_scopes_add_up() -> None:
    both = ("payments:read", "payments:write")

    assert opened(both, "GET", "payments/pay_1")
    assert opened(both, "POST", "payments")
    assert not opened(both, "POST", "transfers")


@pytest.mark.parametrize("path", ["payment", "", "x/payments", "accounting"])
def test_a_path_that_only_looks_alike_stays_closed(path: str) -> None:
    assert not opened(tuple(SCOPES), "GET", path)


def test_another_stage_and_another_api_stay_closed() -> None:
    statement = statement_of(tuple(SCOPES))

    # Of which API and stage; region and account follow from the API's id.
    service, _, _, api = STAGE_ARN.rsplit(":", 3)
    assert all(resource.startswith(f"{service}:*:*:{api}/") for resource in statement["Resource"])


def test_a_token_without_scopes_opens_nothing() -> None:
    assert not any(opened((), method, path) for method in METHODS for path in PATHS)


def test_the_answer_for_a_client_with_every_scope_is_within_api_gateway_s_8_kb() -> None:
    stage = "arn:aws-us-gov:execute-api:ap-southeast-99:123456789012:a1b2c3d4e5/" + "s" * 12

    answer = policy(f"{stage}/GET/accounts", AuthenticatedPrincipal("c" * 64, "c" * 64, tuple(SCOPES)))

    assert len(json.dumps(answer)) < 8 * 1024


def test_every_route_of_every_room_is_opened_by_the_scope_it_asks_for_and_by_no_other() -> None:
    routes = [
        (operation.scope, operation.method, operation.path.lstrip("/"))
        for _, operation in rooms.operations()
        if operation.scope
    ]

    assert routes
    for scope, method, path in routes:
        openers = {candidate for candidate in SCOPES if opened((candidate,), method, path)}
        assert openers == {scope}, (method, path)
