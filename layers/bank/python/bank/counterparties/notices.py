"""Notices to counterparties: by text message, and of what was approved while it can still be stopped."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bank import clock, errors, messages, store
from bank.control.approval.domain import TWICE, Status
from bank.control.approval.tables import ApprovalRow

GRANTED = "perkbank.approvals.ApprovalGranted.v1"


@dataclass(frozen=True)
class Granted:
    """A change of a counterparty that was approved: whose, the fields asked for, from when it can be done."""

    owner_id: str
    asked: dict[str, Any]
    usable_from: datetime | None

    @property
    def account_tail(self) -> str:
        """End of the number of the bank account that was asked for; empty where none was."""
        return str((self.asked.get("bank_account") or {}).get("account_number", ""))[-4:]


def granted(data: dict[str, Any], *, collection: str, told: Container[str]) -> Granted | None:
    """Read an ApprovalGranted (its `data`); None where it was stopped, or is of none of the acts `told`.

    `collection` is the first segment of these counterparties' paths. One round trip.
    """
    asked_of = re.fullmatch(rf"[A-Z]+ /{collection}/([A-Za-z0-9_]{{1,64}})", data["subject_id"])
    if asked_of is None or data["kind"].removesuffix(TWICE) not in told:
        return None
    row = store.get(ApprovalRow, data["approval_id"])
    if row is None or row.status != Status.APPROVED.value:
        return None
    return Granted(asked_of[1], row.summary["asked"]["body"], clock.parse(data.get("usable_from")))


def send(numbers: list[str], text: str) -> None:
    """Send a message to each, whichever of them cannot be reached. Raises Unavailable where one could not."""
    failure: errors.Unavailable | None = None
    for phone in numbers:
        try:
            messages.send(phone, text)
        except errors.Unavailable as error:
            failure = error
    if failure:
        raise failure
