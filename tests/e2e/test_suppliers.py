"""Suppliers on the deployed stack: documents in S3, an admission by two, notices, and who sees them."""

import uuid
from collections import Counter
from typing import Any

import pytest
import urllib3

from bank.uploads.facts import FileFacts
from infra.people import Member
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import People
from tests.e2e.test_attacks_alone import fresh_phone, inbox

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


def _applicant(officer: Member, **terms: Any) -> str:
    """An applicant with both documents, put where the answers said, and nothing of ours."""
    body = {"name": f"Vouchers {uuid.uuid4().hex[:8]}", **TERMS, **terms}
    path = f"/suppliers/{created(officer.post('/suppliers', body))['supplier_id']}"
    for kind in ("business_licence", "contract"):
        content = f"{kind} {uuid.uuid4().hex}".encode()
        file = FileFacts.of(content, "application/pdf")
        announced = created(
            officer.post(
                f"{path}/documents",
                {
                    "kind": kind,
                    "file_name": f"{kind}.pdf",
                    "file_sha256": file.sha256,
                    "file_length": file.length,
                    "file_type": file.media_type,
                },
            )
        )
        upload = announced["upload"]
        put = urllib3.request(
            upload["method"], upload["url"], body=content, headers=upload["headers"], retries=False
        )
        assert put.status == 200, put.data
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
