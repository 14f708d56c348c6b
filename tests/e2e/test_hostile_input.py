"""Whatever is sent to a route, valid or not, the answer is one that the contract declares, and no 5xx.

schemathesis makes the requests from openapi.json, the same ones on each run. HOSTILE_EXAMPLES=500 tries more
on each operation, and every boundary of every schema besides.
"""

import os
import re
import uuid
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bank.http import IDEMPOTENCY_KEY
from infra.contract import clients
from tests.e2e.deployed import Deployed, created
from tests.support import batch_files

pytestmark = pytest.mark.rooms()

DEFAULT_EXAMPLES = 15
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", DEFAULT_EXAMPLES))
# Each that it accepts verifies the whole audit trail, which takes as long as all other routes' together.
FEW = {"include-name": "POST /audit/verifications", "generation": {"max-examples": max(2, EXAMPLES // 10)}}
TIMEOUT_SECONDS = 300
WELL_FORMED = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
]

schema = schemathesis.openapi.from_dict(
    clients.document(),
    config=schemathesis.Config.from_dict(
        {
            "seed": 1,
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": True,
                "database": "none",
                # The token is the test's own: other routes' tests show what happens without one.
                "with-security-parameters": False,
            },
            "phases": {
                "examples": {"enabled": True},
                # A method that a path does not have is the gateway's to refuse, with 404.
                "coverage": {"enabled": EXAMPLES > DEFAULT_EXAMPLES, "unexpected-methods": []},
                "fuzzing": {"enabled": True},
                "stateful": {"enabled": False},
            },
            "operations": [FEW],
        }
    ),
)


@pytest.fixture(scope="module")
def known(deployed: Deployed) -> dict[str, str]:
    """Ids of things that are there, by the names of the fields that hold them."""
    payer, payee, merchant = deployed.wallet(10_000_000_000), deployed.wallet(), deployed.merchant()
    payment = created(deployed.pay(payer, merchant, 1_000_000))
    transfer = {"from_account_id": payer, "to_account_id": payee, "amount": 1, "currency": "USD"}
    made = created(deployed.post("/transfers", transfer))
    totals = {"total_count": 1, "total_amount": 1}
    batch = {"from_account_id": payer, "file_name": "a.csv", **batch_files.facts("a file"), **totals}
    announced = deployed.post("/transfer-batches", batch)
    assert announced.status == 202, announced.text
    return {
        "account_id": payee,
        "payer_account_id": payer,
        "from_account_id": payer,
        "to_account_id": payee,
        "merchant_id": merchant,
        "payment_id": payment["payment_id"],
        "transfer_id": made["transfer_id"],
        "journal_id": made["journal_id"],
        "batch_id": announced.json["batch_id"],
        "currency": "USD",
    }


@schema.parametrize()
def test_every_answer_is_one_that_is_declared(
    case: schemathesis.Case, deployed: Deployed, known: dict[str, str]
) -> None:
    case.path_parameters = aimed(case.path_parameters, known)
    case.query = aimed(case.query, known)
    if IDEMPOTENCY_KEY.match(case.headers.get("Idempotency-Key", "")):
        # The same on each run, it would have been used before, with another body.
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if case.meta and case.meta.generation.mode.is_positive and isinstance(case.body, dict):
        case.body = payable(aimed(case.body, known), known)

    case.call_and_validate(
        base_url=deployed.api_url,
        headers={"Authorization": f"Bearer {deployed.token()}"},
        checks=CHECKS,
        timeout=TIMEOUT_SECONDS,
    )


def aimed(value: Any, known: dict[str, str], name: str = "") -> Any:
    """The same value, with what is there in place of well-formed ids: else most requests would end in 404.

    What is not well-formed stays as it is, and so do ids that a URL must escape: some 404s shall remain.
    """
    if isinstance(value, dict):
        return {key: aimed(inner, known, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [aimed(inner, known, name) for inner in value]
    return known[name] if name in known and isinstance(value, str) and WELL_FORMED.match(value) else value


def payable(body: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A payment with fields that go together: one payer, and no end of a hold, which must be soon."""
    if "merchant_order_no" not in body:
        return body
    without = {name: value for name, value in body.items() if name not in ("payment_code", "expires_at")}
    return {**without, "payer_account_id": known["payer_account_id"]}
