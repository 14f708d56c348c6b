"""Consequences of screening: whoever is on a sanctions list is blocked, until that is taken back."""

import contextlib
from typing import Any

from bank import store
from bank.control import audit
from bank.observability import logger
from risk.domain.lists import AlreadyListed, Entry, Kind, ListName, NotListed
from risk.service import lists
from risk.tables import ListRow

CONFIRMED, CLEARED = "perkbank.aml.ScreeningConfirmed.v1", "perkbank.aml.ScreeningCleared.v1"
TYPES = (CONFIRMED, CLEARED)
ACTOR = audit.system("risk.on_cases")
# An entry that comes of a screening names it as its source.
SCREENING = "scr_"


def take(*, envelope: dict[str, Any]) -> None:
    """Block or unblock who was screened; again changes nothing, and what staff have listed stays."""
    data = envelope["data"]
    for kind, subject in ((Kind.CUSTOMER, data["customer_id"]), (Kind.PAYEE, data["payee_account"])):
        if subject and envelope["type"] == CONFIRMED:
            _block(kind, subject, data["screening_id"])
        elif subject:
            _unblock(kind, subject)
    logger.info("screening taken", screening_id=data["screening_id"], type=envelope["type"])


def _block(kind: Kind, subject: str, screening_id: str) -> None:
    entry = Entry(ListName.BLOCK, kind, subject, "on a sanctions list", screening_id, None)
    with contextlib.suppress(AlreadyListed):
        lists.add(entry=entry, actor=ACTOR)


def _unblock(kind: Kind, subject: str) -> None:
    row = store.get(ListRow, f"list#{ListName.BLOCK.value}", f"{kind.value}#{subject}")
    if row is None or not row.source.startswith(SCREENING):
        return
    with contextlib.suppress(NotListed):
        lists.end(
            name=ListName.BLOCK,
            kind=kind,
            subject=subject,
            reason="no longer held to be on a sanctions list",
            actor=ACTOR,
        )
