"""Notices by text message to a supplier's contact: of what was approved, and of what is in force.

They follow events, from a queue: a message that cannot be sent is tried again, and then waits among the dead
letters, where an alarm tells of it. One that was sent may be sent twice.
"""

from collections.abc import Callable
from typing import Any

from bank import store
from bank.counterparties import contacts
from bank.counterparties.notices import GRANTED, granted, send
from suppliers import events
from suppliers.domain import notices
from suppliers.tables import DossierRow

TEXTS: dict[str, Callable[[str], str]] = {
    events.SupplierSuspended.type_name(): notices.suspended,
    events.SupplierResumed.type_name(): notices.resumed,
    events.SupplierExiting.type_name(): notices.exiting,
}


def tell(envelope: dict[str, Any]) -> bool:
    """Tell the supplier's contact what the event says; False where there is nobody to tell.

    Raises Unavailable where it could not be sent.
    """
    told = _told(envelope["type"], envelope["data"])
    if told is None:
        return True
    supplier_id, text = told
    row = store.get(DossierRow, supplier_id)
    phones = contacts.phones(supplier_id, row.contact, row.former_contacts) if row else []
    send(phones, text)
    return bool(phones)


def _told(kind: str, data: dict[str, Any]) -> tuple[str, str] | None:
    """The supplier and the message; None where the event is none that it is told of."""
    if kind == GRANTED:
        return _approved(data)
    supplier_id = str(data["supplier_id"])
    if kind == events.SupplierChanged.type_name():
        terms = notices.told_terms(data["changed"])
        return (supplier_id, notices.changed(supplier_id, terms)) if terms else None
    text = TEXTS.get(kind)
    return (supplier_id, text(supplier_id)) if text else None


def _approved(data: dict[str, Any]) -> tuple[str, str] | None:
    """The same of an approval, unless it was stopped meanwhile."""
    found = granted(data, collection="suppliers", told=notices.APPROVED)
    if found is None or not notices.told_terms(found.asked):
        return None
    text = notices.approved(
        found.owner_id, found.asked, account=found.account_tail, usable_from=found.usable_from
    )
    return found.owner_id, text
