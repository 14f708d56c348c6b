"""Suppliers on the deployed stack: documents in S3, an admission by two, notices, and who sees them."""

import uuid
from collections import Counter
from typing import Any

import pytest
import urllib3

from bank import clock
from bank.uploads.facts import FileFacts
from infra.people import Member
from suppliers.domain.statements import last_closed
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import People
from tests.e2e.test_attacks_alone import fresh_phone, inbox
from tests.e2e.test_cases import tell

pytestmark = pytest.mark.rooms("suppliers", "staff", "approvals", "audit")

WHY = {"reason": "seen in the end-to-end tests"}
ACCOUNT = {
    "bank_code": "102290000011",
    "account_number": "6222021234567890123",
    "holder_name": "Coffee Vouchers Ltd",
}
TERMS = {
    "credit_code": "91310000132612172J",
    "contract_from": "2026-01-01",
    "contract_until": "2030-12-31",
    "settlement": "T+1",
    "bank_account": ACCOUNT,
}


def _announced(officer: Member, path: str, content: bytes, media_type: str, body: dict[str, Any]) -> Any:
    """Announce a file and put it where the answer said, with what it said and nothing of ours."""
    file = FileFacts.of(content, media_type)
    facts = {"file_sha256": file.sha256, "file_length": file.length, "file_type": file.media_type}
    announced = created(officer.post(path, {**body, **facts}))
    upload = announced["upload"]
    put = urllib3.request(
        upload["method"], upload["url"], body=content, headers=upload["headers"], retries=False
    )
    assert put.status == 200, put.data
    return announced


def _applicant(officer: Member, **terms: Any) -> str:
    """An applicant with both documents, put where the answers said, and nothing of ours."""
    body = {"name": f"Vouchers {uuid.uuid4().hex[:8]}", **TERMS, **terms}
    path = f"/suppliers/{created(officer.post('/suppliers', body))['supplier_id']}"
    for kind in ("business_licence", "contract"):
        content = f"{kind} {uuid.uuid4().hex}".encode()
        body = {"kind": kind, "file_name": f"{kind}.pdf"}
        announced = _announced(officer, f"{path}/documents", content, "application/pdf", body)
        read = ok(officer.get(f"{path}/documents/{announced['document_id']}"))
        assert urllib3.request("GET", read["url"], retries=False).data == content
    return path


def test_a_supplier_from_its_application_to_its_exit(deployed: Deployed, people: People) -> None:
    branch, phone = people.branch(), fresh_phone()
    officer = people.staff(branch, "rol_branch_manager")
    path = _applicant(officer, contact=phone)
    problem(officer.post(f"{path}/suspend", WHY), 409, "supplier_status")

    admitted = ok(officer.post(f"{path}/admit", WHY))
    account = ok(deployed.get(f"/accounts/{admitted['settlement_account_id']}"))
    assert (admitted["status"], account["balance"]) == ("active", 0)

    stranger = people.staff(people.branch(), "rol_branch_manager")
    problem(stranger.get(path), 404, "supplier_not_found")
    problem(stranger.post(f"{path}/suspend", WHY), 404, "supplier_not_found")
    assert ok(stranger.get("/suppliers"))["items"] == []
    problem(deployed.get(path), 403, "caller_kind")

    other = {"bank_account": {**ACCOUNT, "account_number": "6222020000000004321"}}
    problem(officer.patch(path, other), 409, "not_approved")
    tail = path[-6:]
    told = f"(编号尾号{tail})已批准变更收款账户(尾号4321)"
    deployed.eventually(lambda: told in inbox(deployed, phone), True)

    assert ok(officer.post(f"{path}/suspend", WHY))["suspended_by"] == ["branch"]
    assert ok(officer.post(f"{path}/resume", WHY))["status"] == "active"
    left = ok(officer.post(f"{path}/exit", {**WHY, "issued": "honoured", "until": "2027-12-31"}))
    assert (left["status"], left["issued"]) == ("exiting", "honoured")
    deployed.eventually(lambda: "已开始退出" in inbox(deployed, phone), True)
    deployed.env.invoke("suppliers-on-closing")
    assert ok(officer.get(path))["status"] == "exiting"


def test_of_many_admissions_at_once_one_is_done(deployed: Deployed, people: People) -> None:
    officer = people.alone("rol_branch_manager")
    path = _applicant(officer)
    proposal = officer.post(f"{path}/admit", WHY)
    assert proposal.status == 202
    approval_id = proposal.json["approval_id"]
    decision = {"content_digest": proposal.json["content_digest"]}
    ok(people.approver.post(f"/approvals/{approval_id}/approve", decision))
    headers = {"Authorization": f"Bearer {officer.token()}", "Approval-Id": approval_id}

    answers = at_once([lambda: officer.once("POST", f"{path}/admit", WHY, headers)] * 8)

    statuses = Counter(answer.status for answer in answers)
    assert statuses[200] == 1, [answer.text for answer in answers]
    assert statuses.keys() <= {200, 409, 503}
    assert ok(officer.get(path))["status"] == "active"


def test_what_is_used_becomes_a_statement_that_is_compared_agreed_and_booked(
    deployed: Deployed, people: People
) -> None:
    """Redemptions come over the bus, twice; the supplier's own file says the same of most."""
    officer = people.head_office("rol_branch_manager")
    path = _applicant(officer)
    supplier_id = path.rsplit("/", 1)[-1]
    account_id = ok(officer.post(f"{path}/admit", WHY))["settlement_account_id"]
    period = last_closed(clock.business_date())
    _as_if_admitted(deployed, supplier_id, f"{period}-01T01:00:00.000000Z")
    names = [uuid.uuid4().hex.upper() for _ in range(5)]
    for name in [*names, *names[:2]]:
        tell(deployed, "perkbank.benefits.EntitlementRedeemed.v1", _used(supplier_id, name, period))

    lines = [f"ent_{name},{500 if name != names[0] else 400}" for name in names[:4]]
    content = "\r\n".join(["code,amount", *lines]).encode("gb18030")
    deployed.eventually(lambda: _use(deployed, supplier_id, period), 5)
    body = {"period": period, "file_name": "usage.csv"}
    file_id = _announced(officer, f"{path}/usage-files", content, "text/csv", body)["file_id"]
    deployed.eventually(lambda: ok(officer.get(f"{path}/usage-files/{file_id}"))["status"], "compared")
    compared = ok(officer.get(f"{path}/usage-files/{file_id}"))
    assert compared["counts"] == {"matched": 3, "ours_only": 1, "theirs_only": 0, "amount_differs": 1}
    results = urllib3.request("GET", compared["results_url"], retries=False).data.decode()
    assert len(results.splitlines()) == 6

    for _ in range(2):
        deployed.env.invoke("suppliers-on-statements")
    shown = ok(officer.get(f"{path}/statements/{period}"))
    assert (shown["redeemed"], shown["cost"], shown["paid"]) == (5, 2_500, 2_500)
    agreement = f"{path}/statements/{period}/agreement"
    agreed = ok(officer.post(agreement, {"amount": 2_500}, key=uuid.uuid4().hex))
    assert agreed["status"] == "agreed"
    deployed.eventually(lambda: deployed.account(account_id)["available"], 2_500)


def _used(supplier_id: str, name: str, period: str) -> dict[str, Any]:
    return {
        "redemption_id": f"rdm_{name}",
        "entitlement_id": f"ent_{name}",
        "product_id": "prd_e2e",
        "supplier_id": supplier_id,
        "currency": "CNY",
        "shares": {},
        "cost": 500,
        "redeemed_at": f"{period}-15T04:00:00.000000Z",
    }


def _as_if_admitted(deployed: Deployed, supplier_id: str, at: str) -> None:
    """Statements are closed from the month of the admission on: let it have been then."""
    deployed.env.aws("dynamodb").update_item(
        TableName=f"perkbank-{deployed.env.stage}-suppliers",
        Key={"supplier_id": {"S": supplier_id}},
        UpdateExpression="SET admitted_at = :at",
        ExpressionAttributeValues={":at": {"S": at}},
    )


def _use(deployed: Deployed, supplier_id: str, period: str) -> int:
    """How many rows of use there are of a supplier's month."""
    table = f"perkbank-{deployed.env.stage}-supplier-usage"
    return sum(
        deployed.env.aws("dynamodb").query(
            TableName=table,
            KeyConditionExpression="#p = :p",
            ExpressionAttributeNames={"#p": "partition"},
            ExpressionAttributeValues={":p": {"S": f"{supplier_id}#{period}#{shard}"}},
        )["Count"]
        for shard in range(8)
    )
