"""To staff of other branches a supplier does not exist, whatever they ask of it."""

from typing import Any

import pytest

from suppliers.app import app
from tests.support import http
from tests.support.http import call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.suppliers.given import WHY, announce, get, row, supplier

OF_ONE: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("PATCH", "", {"name": "Another"}),
    ("POST", "/admit", WHY),
    ("POST", "/reject", WHY),
    ("POST", "/suspend", WHY),
    ("POST", "/resume", WHY),
    ("POST", "/exit", WHY | {"issued": "honoured", "until": "2026-12-31"}),
    (
        "POST",
        "/documents",
        {
            "kind": "contract",
            "file_name": "contract.pdf",
            "file_sha256": "qv6e8vmug80ftS5CyXb2gcHJKKew64jmf0ht1Kd8odI=",
            "file_length": 1,
            "file_type": "application/pdf",
        },
    ),
    ("GET", "/documents/{document}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), OF_ONE)
def test_it_is_missing_for_others_and_nothing_of_it_changes(
    bank: Cloud, method: str, path: str, body: Any
) -> None:
    units()
    supplier_id = supplier(principal=http.staff(SUB_BRANCH))
    document_id = next(iter(row(supplier_id).documents))
    path = f"/suppliers/{supplier_id}{path}".replace("{document}", document_id)
    before = row(supplier_id).attribute_values

    other = call(app, method, path, body, principal=http.staff(OTHER_BRANCH))

    assert (other.status, other.json["code"]) == (404, "supplier_not_found")
    assert row(supplier_id).attribute_values == before
    for unit in (SUB_BRANCH, BRANCH, "unit_head"):
        assert call(app, method, path, body, principal=http.staff(unit)).status != 404


def test_a_branch_lists_its_subtree_and_the_head_office_all(bank: Cloud) -> None:
    units()
    mine = supplier(principal=http.staff(SUB_BRANCH))
    theirs = supplier(principal=http.staff(OTHER_BRANCH))

    def listed(unit: str) -> set[str]:
        found = get("/suppliers", principal=http.staff(unit)).json["items"]
        return {each["supplier_id"] for each in found}

    assert listed(SUB_BRANCH) == listed(BRANCH) == {mine}
    assert listed(OTHER_BRANCH) == {theirs}
    assert listed("unit_head") == {mine, theirs}
    assert get("/suppliers", status="closed").json["items"] == []
    announce(mine, "other", principal=http.staff(BRANCH))
    assert listed(OTHER_BRANCH) == {theirs}
