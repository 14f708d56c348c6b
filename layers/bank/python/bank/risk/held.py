"""Movements in review: their money is held until a person decides, then goes on its way or back, once.

A room says what its movements are and how one is booked (`HeldMovements`); the decision, the end of a review
that nobody decided, and which of the two came first, are the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, ledger, store
from bank.ledger import Hold, HoldEnded, HoldRow, HoldStatus
from bank.ledger.expiry import Expiring
from bank.observability import logger
from bank.risk.reviews import NOT_REVIEWED, ReviewDecision, rejected
from bank.store import Transaction


@dataclass(frozen=True)
class Booking:
    """A released movement as it is booked: its journal, the accounts in it, and what its record becomes."""

    journal: ledger.Journal
    accounts: Mapping[str, ledger.Account]
    status: str
    also: tuple[Action, ...] = ()


@dataclass(frozen=True)
class HeldMovements:
    """The movements of one table that may wait for a review.

    `model` has `status`, `decline` and `case_id`; ids of its records begin with `product`. `hold_id` takes a
    record's id, `book` a record that was released; a Refusal that it raises declines the movement.
    """

    model: Any
    product: str
    hold_id: Callable[[str], str]
    book: Callable[[Any], Booking]
    in_review: str
    declined: str

    def decide(self, decision: ReviewDecision) -> bool:
        """Release or reject a movement; whether this call did. What has ended already stays as it ended."""

        def act() -> bool:
            row, hold = self._read(decision.record_id)
            if row is None or hold is None or row.status != self.in_review or hold.due(clock.instant()):
                status = row.status if row else None
                logger.info("a review that has ended", record_id=decision.record_id, status=status)
                return False
            by_case = self.model.case_id.set(decision.case_id)
            if decision.released:
                self._release(row, hold, decision.case_id)
            else:
                self._reject(hold, rejected(), by_case)
            return True

        return store.retry_on_conflict(act)

    @property
    def expiring(self) -> Expiring:
        """Reviews that nobody has decided in time: their movements are declined."""
        return Expiring(self.product, lambda record_id: (self.model, record_id), self._lapse)

    def _lapse(self, transaction: Transaction, row: Any, hold: Hold) -> None:
        if row.status != self.in_review:
            raise errors.Altered(f"{hold.reference} is {row.status}, and hold {hold.hold_id} is open")
        self._end(transaction, hold, self.declined, self.model.decline.set(NOT_REVIEWED))

    def _read(self, record_id: str) -> tuple[Any, Hold | None]:
        row, hold = store.get_many([(self.model, record_id), (HoldRow, self.hold_id(record_id))])
        return row, hold.to_domain() if hold else None

    def _release(self, row: Any, hold: Hold, case_id: str) -> None:
        """The hold pays for the journal, which the case made: it says who decided."""
        by_case = self.model.case_id.set(case_id)
        try:
            booking = self.book(row)
        except errors.Refusal as refusal:
            self._reject(hold, {"code": refusal.code, "detail": refusal.detail}, by_case)
            return
        transaction = Transaction()
        self._end(transaction, hold, booking.status, *booking.also, by_case)
        ledger.holds.capture(transaction, hold, booking.journal, booking.accounts, made_by=case_id)
        _commit(transaction)

    def _reject(self, hold: Hold, decline: dict[str, str], by_case: Action) -> None:
        transaction = Transaction()
        self._end(transaction, hold, self.declined, self.model.decline.set(decline), by_case)
        account = ledger.accounts.find(hold.account_id).to_domain()
        ledger.holds.release(transaction, [hold], account, HoldStatus.VOIDED, clock.instant())
        _commit(transaction)

    def _end(self, transaction: Transaction, hold: Hold, status: str, *also: Action) -> None:
        transaction.update(
            (self.model, hold.reference),
            [self.model.status.set(status), *also],
            self.model.status == self.in_review,
            store.stale,
        )


def _commit(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except (HoldEnded, errors.Refusal) as changed:
        # The other end of the review won the race, or an account changed meanwhile: decide on what is now.
        raise store.Stale from changed
