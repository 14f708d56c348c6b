"""How the lists of the suppliers room are tried."""

from suppliers import tables
from suppliers.tables import DossierRow, StatementRow
from suppliers.tables.statements import statement_record
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


def _statement(number: int, supplier_id: str = "sup_00") -> str:
    period = f"20{number // 12:02}-{number % 12 + 1:02}"
    row(
        StatementRow,
        supplier_id=supplier_id,
        record=statement_record(period, "CNY"),
        period=period,
        currency="CNY",
        status="agreed",
        agreed_cost=1,
        owed=0,
        paid=1,
        owes=0,
    )
    return period


LISTS: Lists = {
    "list_statements": [
        Listed(
            "period",
            _statement,
            lambda number: _statement(number, "sup_other"),
            path="/suppliers/sup_00/statements",
            before=lambda: _supplier(SUB_BRANCH, 0),
            caller={"principal": http.staff(SUB_BRANCH)},
        ),
    ],
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
