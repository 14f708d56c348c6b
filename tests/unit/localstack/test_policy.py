"""What an authorizer's policy allows, as the LocalStack plugin reads it."""

from typing import Any

import pytest

from identity.domain.access import AuthenticatedPrincipal, policy
from infra.localstack.plugin.perkbank_localstack.policy import allowed

STAGE = "arn:aws:execute-api:us-east-1:000000000000:abc123/local"


def _statement(effect: str, *resources: str, action: str = "execute-api:Invoke") -> dict[str, Any]:
    return {"Action": action, "Effect": effect, "Resource": list(resources)}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([_statement("Allow", f"{STAGE}/GET/payments")], True),
        ([_statement("Allow", f"{STAGE}/*")], True),
        ([_statement("Allow", f"{STAGE}/?ET/payments")], True),
        ([_statement("Allow", f"{STAGE}/GET/payments", action="execute-api:*")], True),
        ([], False),
        ([_statement("Allow", f"{STAGE}/POST/payments")], False),
        ([_statement("Allow", f"{STAGE}/GET/payments", action="dynamodb:*")], False),
        ([_statement("Allow", f"{STAGE}/GET/payment")], False),
        ([_statement("Allow", f"{STAGE}/*"), _statement("Deny", f"{STAGE}/GET/*")], False),
    ],
)
def test_a_method_may_be_called_when_some_statement_allows_it_and_none_denies_it(
    statements: list[dict[str, Any]], expected: bool
) -> None:
    """As IAM decides."""
    assert allowed({"Statement": statements}, f"{STAGE}/GET/payments") is expected


def test_the_policies_of_our_own_authorizer_open_what_the_scopes_say() -> None:
    """Reading payments is neither writing them nor reading accounts."""
    document = policy(f"{STAGE}/GET/payments", AuthenticatedPrincipal("cli_1", "cli_1", ("payments:read",)))[
        "policyDocument"
    ]
    assert allowed(document, f"{STAGE}/GET/payments/pay_1")
    assert not allowed(document, f"{STAGE}/POST/payments")
    assert not allowed(document, f"{STAGE}/GET/accounts")
