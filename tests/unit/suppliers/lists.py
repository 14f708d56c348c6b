"""How the lists of the suppliers room are tried."""

from suppliers import tables
from suppliers.tables import DossierRow
from tests.support import http
from tests.support.lists import Listed, Lists, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH


def _supplier(unit_id: str, number: int, status: str = "active") -> str:
    supplier_id = f"sup_{number:02}"
    row(
        DossierRow,
        supplier_id=supplier_id,
        unit_id=unit_id,
        status=status,
        contract_from="2026-01-01",
        contract_until="2026-12-31",
        settlement="T+1",
        currency="CNY",
        **tables.listed(unit_id=unit_id, supplier_id=supplier_id, status=status),
    )
    return supplier_id


def _mine(number: int) -> str:
    return _supplier(SUB_BRANCH, number)


LISTS: Lists = {
    "list_suppliers": [
        Listed(
            "supplier_id",
            _mine,
            lambda number: _supplier(OTHER_BRANCH, number),
            caller={"principal": http.staff(SUB_BRANCH)},
        ),
        Listed(
            "supplier_id",
            _mine,
            lambda number: _supplier(SUB_BRANCH, number, "exiting"),
            query={"status": "active"},
            caller={"principal": http.staff()},
        ),
    ],
}
