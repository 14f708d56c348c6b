"""Notices by text message to a merchant's contact: of what was approved, and of what is in force.

They follow events, from a queue: a message that cannot be sent is tried again, and then waits among the dead
letters, where an alarm tells of it. One that was sent may be sent twice.
"""

from typing import Any

from bank import store
from bank.access.authority import Authority
from bank.counterparties import contacts
from bank.counterparties.notices import GRANTED, granted, send
from merchants import events, tables
from merchants.domain import notices
from merchants.domain.notices import TOLD, When
from merchants.tables import MerchantRow

WAITING = {kind for kind, times in TOLD.items() if When.APPROVED in times}


def tell(envelope: dict[str, Any]) -> bool:
    """Tell the merchant's contact what the event says; False where there is nobody to tell.

    Raises Unavailable where it could not be sent.
    """
    told = _told(envelope["type"], envelope["data"])
    if told is None:
        return True
    merchant_id, text = told
    row = store.get(MerchantRow, merchant_id, tables.MERCHANT)
    phones = contacts.phones(merchant_id, row.contact, row.former_contacts) if row else []
    send(phones, text)
    return bool(phones)


def _told(kind: str, data: dict[str, Any]) -> tuple[str, str] | None:
    """The merchant and the message; None where the event is none that it is told of."""
    if kind == GRANTED:
        return _approved(data)
    merchant_id = str(data["merchant_id"])
    if kind == events.MerchantChanged.type_name():
        terms = notices.told_terms(data["changed"])
        return (merchant_id, notices.changed(merchant_id, terms)) if terms else None
    if data.get("authority") == Authority.CHANNEL:
        return None
    if kind == events.MerchantSuspended.type_name():
        return merchant_id, notices.suspended(merchant_id)
    if kind == events.MerchantResumed.type_name():
        return merchant_id, notices.resumed(merchant_id)
    if kind == events.MerchantClosing.type_name():
        return merchant_id, notices.closing(merchant_id)
    return None


def _approved(data: dict[str, Any]) -> tuple[str, str] | None:
    """The same of an approval, unless it was stopped meanwhile."""
    found = granted(data, collection="merchants", told=WAITING)
    if found is None:
        return None
    text = notices.approved(
        found.owner_id, found.asked, account=found.account_tail, usable_from=found.usable_from
    )
    return found.owner_id, text
