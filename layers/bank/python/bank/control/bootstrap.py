"""The beginning of a bank: what an operator does alone while there is nobody who could approve it."""

from bank import errors, store
from bank.config import config

# The seat of a bank's first administrator among staff's login names, which none looks like.
FIRST_ADMINISTRATOR = "#first-administrator"
STAFF_LOGINS = store.table_name("staff-logins")


class StaffDecides(errors.Forbidden):
    """403: since there is staff, this takes two of them, over the API."""

    code, title = "staff_decides", "Staff decides"


def require_no_staff(*, instead: str) -> None:
    """Raise StaffDecides once the bank has its first administrator; `instead` is the route to take.

    Stages of developers and tests have no bank to protect.
    """
    if not config.simulated and first_administrator():
        raise StaffDecides(f"the bank has administrators: two members of staff do this, by {instead}")


def first_administrator() -> str | None:
    """The id of the bank's first administrator, once there is one. One round trip."""
    key = {"login_name": {"S": FIRST_ADMINISTRATOR}}
    found = store.client().get_item(TableName=STAFF_LOGINS, Key=key, ConsistentRead=True).get("Item")
    return str(found["staff_id"]["S"]) if found else None
