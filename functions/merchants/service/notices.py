"""Notices by text message to a merchant's contact: of what was approved, and of what is in force.

They follow events, from a queue: a message that cannot be sent is tried again, and then waits among the dead
letters, where an alarm tells of it. One that was sent may be sent twice.
"""

import re
from typing import Any

from bank import clock, errors, messages, store
from bank.access.authority import Authority
from bank.control.approval.domain import TWICE, Status
from bank.control.approval.tables import ApprovalRow
from merchants import events, tables
from merchants.domain import notices
from merchants.domain.notices import TOLD, When
from merchants.service import contacts
from merchants.tables import MerchantRow

GRANTED = "perkbank.approvals.ApprovalGranted.v1"
# What an approval is of: the request that was proposed.
ASKED_OF = re.compile(r"[A-Z]+ /merchants/(?P<merchant_id>[A-Za-z0-9_]{1,64})")


def tell(envelope: dict[str, Any]) -> bool:
    """Tell the merchant's contact what the event says; False where there is nobody to tell.

    Raises Unavailable where it could not be sent.
    """
    told = _told(envelope["type"], envelope["data"])
    if told is None:
        return True
    merchant_id, text = told
    row = store.get(MerchantRow, merchant_id, tables.MERCHANT)
    phones = contacts.phones(row) if row else []
    _send(phones, text)
    return bool(phones)


def _send(phones: list[str], text: str) -> None:
    """Send to each, whichever of them cannot be reached. Raises Unavailable where one could not."""
    failure: errors.Unavailable | None = None
    for phone in phones:
        try:
            messages.send(phone, text)
        except errors.Unavailable as error:
            failure = error
    if failure:
        raise failure


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
    asked_of = ASKED_OF.fullmatch(data["subject_id"])
    if asked_of is None or When.APPROVED not in TOLD.get(data["kind"].removesuffix(TWICE), ()):
        return None
    row = store.get(ApprovalRow, data["approval_id"])
    if row is None or row.status != Status.APPROVED.value:
        return None
    body = row.summary["asked"]["body"]
    account = (body.get("bank_account") or {}).get("account_number", "")
    text = notices.approved(
        asked_of["merchant_id"],
        body,
        account=account[-4:],
        usable_from=clock.parse(data.get("usable_from")),
    )
    return asked_of["merchant_id"], text
