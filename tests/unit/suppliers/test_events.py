"""What the room publishes of a supplier, from its table's stream."""

from typing import Any

import pytest

from suppliers import app
from tests.support.streams import Cloud
from tests.unit.suppliers.given import act, apply, leave, patch, supplier


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the room publishes."""
    envelopes: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "publish", envelopes.extend)
    return envelopes


def test_each_step_of_a_supplier_is_told_once(bank: Cloud, published: list[dict[str, Any]]) -> None:
    supplier_id = supplier()
    patch(supplier_id, settlement="T+7", bank_account=None)
    act(supplier_id, "suspend")
    act(supplier_id, "resume")
    leave(supplier_id, issued="refunded")
    bank.settle()

    kinds = [each["type"].split(".")[2] for each in published]
    assert kinds == [
        "SupplierApplied",
        "SupplierAdmitted",
        "SupplierChanged",
        "SupplierSuspended",
        "SupplierResumed",
        "SupplierExiting",
    ]
    assert {each["subject"] for each in published} == {supplier_id}
    assert published[1]["data"]["settlement"] == "T+1"
    assert published[2]["data"]["changed"] == ["settlement", "bank_account"]
    assert published[3]["data"]["authority"] == "head_office"
    assert published[5]["data"] == {
        "supplier_id": supplier_id,
        "reason": "asked for",
        "issued": "refunded",
        "until": "2026-12-31",
    }
    assert "6222021234567890123" not in str(published)


def test_a_rejection_is_told(bank: Cloud, published: list[dict[str, Any]]) -> None:
    act(apply().json["supplier_id"], "reject")
    bank.settle()

    assert [each["type"].split(".")[2] for each in published] == ["SupplierApplied", "SupplierRejected"]
