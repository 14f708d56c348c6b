"""How the lists of the customers room are tried."""

from customers import tables
from customers.domain.notices import Notice
from customers.tables import NOTICE, CustomerRow, NoticeRow
from tests.support import http
from tests.support.lists import Listed, Lists, Whole, at, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH


def _customer(unit_id: str, number: int) -> str:
    customer_id = f"cus_{number:02}"
    row(
        CustomerRow,
        customer_id=customer_id,
        unit_id=unit_id,
        unit_shard=tables.unit_shard(unit_id, customer_id),
    )
    return customer_id


def _notice(customer_id: str, number: int) -> str:
    device_id = f"dev_{number}"
    record = f"{NOTICE}{at(number)}#ntc_{number:02}"
    kind = Notice.EXPORT_STARTED.value
    row(NoticeRow, customer_id=customer_id, record=record, kind=kind, at=at(number), device_id=device_id)
    return device_id


LISTS: Lists = {
    "list_customers": [
        Listed(
            "customer_id",
            lambda number: _customer(SUB_BRANCH, number),
            lambda number: _customer(OTHER_BRANCH, number),
            caller={"principal": http.staff(SUB_BRANCH)},
        )
    ],
    "list_my_notices": [
        Listed(
            "device_id",
            lambda number: _notice("cus_1", number),
            lambda number: _notice("cus_2", number),
            caller={"principal": http.customer("cus_1")},
        )
    ],
    "list_exports": Whole("three a business date, each kept for 30 days"),
    "list_my_devices": Whole("devices that the customer's own sessions were opened on"),
    "list_my_sessions": Whole("sessions of the customer's own that still count"),
    "list_my_wallets": Whole("one in each currency"),
}
