"""Closures: a customer leaves, and each room lets go of what no law has it keep, with an entry.

The customers room tells of one (`CustomerClosed`). What is kept goes when its time is over: rows carry
`purge_at`, and their tables delete them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bank import clock, retention
from bank.access.principal import Ownership
from bank.control import audit
from bank.store import Transaction

CLOSED = "perkbank.customers.CustomerClosed.v1"
# What closing erases, as customers are told of it.
ERASED = (
    "phone, birthday and nickname",
    "passwords, payment password, authenticator and recovery codes",
    "devices, and notices of what was done; sessions end",
    "numbers of bank cards, and the phone that was verified",
    "devices and payees that were learned from payments",
    "copies of data that were asked for",
)


@dataclass(frozen=True)
class Closure:
    """A customer who has left, and when."""

    customer_id: str
    ownership: Ownership
    closed_at: datetime

    @classmethod
    def of(cls, envelope: dict[str, Any]) -> "Closure":
        """From the event's envelope."""
        data = envelope["data"]
        ownership = Ownership(data["client_id"], data["unit_id"], data["customer_id"])
        return cls(data["customer_id"], ownership, clock.parse(envelope["time"]))

    @property
    def kept_until(self) -> date:
        """The last day on which facts of identity are kept."""
        return retention.identity_until(self.closed_at)

    @property
    def purge_at(self) -> int:
        """Time from which a table may delete what is kept: seconds since the epoch."""
        return retention.purge_at(self.kept_until)

    def record(self, transaction: Transaction, *, room: str, erased: list[str], kept: list[str]) -> None:
        """Add the entry of what a room erases, and keeps until when, to the transaction that does it."""
        audit.record(
            transaction,
            actor=audit.system(f"{room}.on_customer_events"),
            action=f"{room}.erased",
            subject_id=self.customer_id,
            ownership=self.ownership,
            after={"erased": erased, "kept": kept, "until": self.kept_until.isoformat() if kept else None},
        )
