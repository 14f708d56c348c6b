"""Notices of what was done in a customer's name: a list of their own, and a text message.

A notice is written in the transaction of what it tells of, so that neither is there without the other. Every
device that is still logged in reads it (`GET /me/notices`), and nothing but time and leaving takes it away.
The message goes from the table's stream to the phone that they had before, so that none is lost with a
function that died; one that cannot be sent holds up nothing, is logged, and counted for an alarm; the list
has it all the same.
"""

import base64
from datetime import timedelta

from bank import clock, errors, ids, store
from bank.messages import send
from bank.observability import logger
from bank.store import Transaction
from customers.domain.notices import Notice, message
from customers.service import people
from customers.tables import NOTICE, CustomerRow, DeviceRow, NoticeRow

KEPT = timedelta(days=180)
# Sorts behind every notice.
END = NOTICE + "~"


def add(
    transaction: Transaction,
    before: CustomerRow,
    kind: Notice,
    *,
    device: DeviceRow | None = None,
    phone_masked: str | None = None,
    by_message: bool = True,
) -> None:
    """Tell a customer, as they were `before`, of what the transaction does.

    Not `by_message` where the phone that they had is another person's.
    """
    now = clock.now()
    at = clock.instant(now)
    transaction.create(
        NoticeRow(
            customer_id=before.customer_id,
            record=f"{NOTICE}{at}#{ids.new('ntc')}",
            kind=kind.value,
            at=at,
            device_id=device.device_id if device else None,
            device_name=device.name if device else None,
            phone_masked=phone_masked,
            phone_sealed=before.phone_sealed if by_message else None,
            purge_at=int((now + KEPT).timestamp()),
        )
    )


def tell(notice: NoticeRow) -> bool:
    """Send the message of a notice, as its stream's record has it, where there is a phone to send it to.

    False where it could not be sent.
    """
    sealed = notice.phone_sealed
    if sealed is None:
        return True
    # A stream's record, being JSON, has bytes in base64.
    sealed = base64.b64decode(sealed) if isinstance(sealed, str) else sealed
    try:
        send(people.opened_phone(notice.customer_id, sealed), message(Notice(notice.kind)))
    except errors.Unavailable:
        logger.error("a notice was not sent", customer_id=notice.customer_id, kind=notice.kind)
        return False
    return True


def list_notices(*, customer_id: str, after: str | None, limit: int) -> tuple[list[NoticeRow], str | None]:
    """The customer's notices, newest first, and the record to go on after. One query."""
    condition = NoticeRow.record.between(NOTICE, after or END)
    found = store.query(NoticeRow, customer_id, condition, newest_first=True, limit=limit + 2)
    return store.page([row for row in found if row.record != after], limit, lambda row: str(row.record))


def all_of(customer_id: str) -> list[NoticeRow]:
    """All notices of a customer, newest first."""
    condition = NoticeRow.record.startswith(NOTICE)
    return list(store.query(NoticeRow, customer_id, condition, newest_first=True))
