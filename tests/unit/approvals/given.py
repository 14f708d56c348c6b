"""What the approvals room's tests begin with: a small bank, people in it, and something submitted."""

from typing import Any

from approvals.app import app
from bank import ids, store
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, UnitRow
from bank.access.principal import Ownership
from bank.control import audit
from bank.control.approval import submit
from bank.control.approval.tables import ApprovalRow
from tests.support import http
from tests.support.http import Reply

CONTENT = {"limit": 500_000}
LARGE = 5_000_000


def organised() -> None:
    """Two branches under the head office; the first has a sub-branch."""
    for unit_id, parent_id in (("unit_a", HEAD_OFFICE), ("unit_a1", "unit_a"), ("unit_b", HEAD_OFFICE)):
        UnitRow(unit_id=unit_id, parent_id=parent_id, name=unit_id).save()
    organisation.forget()


def submitted(
    *, maker: str = "stf_maker", unit: str = "unit_a1", amount: int | None = None, kind: str = "limits"
) -> str:
    """Something of a unit's, submitted by somebody there."""
    transaction = store.Transaction()
    approval_id = submit(
        transaction,
        kind=kind,
        subject_id="acc_1",
        content_digest=ids.digest(CONTENT),
        ownership=Ownership("cli_app", unit, "cus_1"),
        actor=audit.Actor(maker, "staff", unit=unit),
        amount=amount,
        currency=None if amount is None else "CNY",
        summary={"limit": 500_000},
    )
    transaction.commit()
    return approval_id


def app_call(method: str, path: str, body: Any = None, **options: Any) -> Reply:
    """A request of any caller."""
    return http.call(app, method, path, body, **options)


def ask(who: str, unit: str, method: str, path: str, body: Any = None, **options: Any) -> Reply:
    """A request of a member of staff."""
    return http.call(app, method, path, body, principal=http.staff(unit, who), **options)


def decide(who: str, unit: str, approval_id: str, act: str = "approve", **body: Any) -> Reply:
    """A decision of a member of staff, an approval of what is there."""
    row = store.get(ApprovalRow, approval_id)
    if act == "approve" and "content_digest" not in body:
        body["content_digest"] = row.content_digest if row else "0" * 64
    return ask(who, unit, "POST", f"/approvals/{approval_id}/{act}", body)


def state(approval_id: str) -> dict[str, Any]:
    """The approval as the head office sees it."""
    answer: dict[str, Any] = ask("stf_auditor", HEAD_OFFICE, "GET", f"/approvals/{approval_id}").json
    return answer


def inbox(who: str, unit: str, **query: str) -> list[str]:
    """The ids in somebody's inbox."""
    return [item["approval_id"] for item in ask(who, unit, "GET", "/approvals", query=query).json["items"]]
