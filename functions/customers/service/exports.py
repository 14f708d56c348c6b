"""Exports of the customer's own data: asked for with a factor, gathered by all rooms, fetched for a week.

One at a time and three a business date: both are conditions of the write that begins one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, errors, ids, store
from bank.store import Key, Transaction
from customers.adapters import object_store
from customers.domain.notices import Notice
from customers.service import factors, notices, pins
from customers.service.factors import PresentedCredentials, Proof
from customers.service.people import Person, require_active
from customers.service.pins import PinProof
from customers.settings import settings
from customers.tables import EXPORT, EXPORTS, ExportRow, ExportsRow

A_DAY = 3
# As long as a customer has to fetch one: the bucket deletes its objects then.
KEPT = timedelta(days=7)
# So long another waits for one whose parts are not all there; then something has failed, and it is redriven.
GATHERED_WITHIN = timedelta(hours=1)
ROW_KEPT = timedelta(days=30)


class ExportNotFound(errors.NotFound):
    """404: this customer has no such export."""

    code = "export_not_found"


class ExportRunning(errors.Conflict):
    """409: an export is still being gathered; `export_id` names it."""

    code, title = "export_running", "Export running"


class TooManyExports(errors.TooMany):
    """429: three exports were made today."""

    code, title = "too_many_exports", "Too many exports"


@dataclass(frozen=True)
class Export:
    """An export, and the rooms' parts that are there, with their bytes."""

    row: ExportRow
    parts: dict[str, int]

    def url(self, room: str) -> str:
        """Presigned URL of a room's part."""
        return object_store.url(self.row.export_id, room)

    @property
    def missing(self) -> list[str]:
        """The rooms whose part is not there yet."""
        return [room for room in settings.exporting_rooms if room not in self.parts]

    @property
    def over(self) -> bool:
        """Return whether its time to be fetched is over."""
        return bool(self.row.until <= clock.instant())

    @property
    def late(self) -> bool:
        """Return whether it should have been gathered by now."""
        return bool(self.row.requested_at <= clock.instant(clock.now() - GATHERED_WITHIN))


def start(*, person: Person, credentials: PresentedCredentials, pin: str | None, session_id: str) -> Export:
    """Begin an export, for a factor that is shown now.

    Raises TotpNeeded, FactorInvalid, PaymentPasswordInvalid, PaymentPasswordLocked, ExportRunning,
    TooManyExports.
    """
    factors.require_totp(person, credentials)

    def begun(proof: Proof | PinProof, method: str) -> Export:
        return Export(store.retry_on_conflict(lambda: _begin(person, proof, method, session_id)), {})

    if pin is None:
        shown = factors.prove(person, credentials)
        return begun(shown, shown.methods[0])
    with pins.verified(person, pin) as proof:
        return begun(proof, "payment_password")


def _begin(person: Person, proof: Proof | PinProof, method: str, session_id: str) -> ExportRow:
    customer_id, now, transaction = person.customer_id, clock.now(), Transaction()
    row = ExportRow(
        customer_id=customer_id,
        record=EXPORT + ids.new("exp"),
        requested_at=clock.instant(now),
        until=clock.instant(now + KEPT),
        method=method,
        session_id=session_id,
        purge_at=int((now + ROW_KEPT).timestamp()),
    )
    bound = store.get(ExportsRow, customer_id, EXPORTS)
    if bound is not None:
        _require_gathered(customer_id, bound.newest)
    actions, condition = _one_more(bound, row)
    transaction.update(_bound_key(customer_id), actions, condition, store.stale)
    transaction.create(row, store.stale)
    notices.add(transaction, person.customer, Notice.EXPORT_STARTED)
    proof.spend(transaction)
    require_active(transaction, customer_id)
    transaction.commit()
    return row


def _require_gathered(customer_id: str, export_id: str) -> None:
    """Raise ExportRunning while the newest export lacks parts that may still come."""
    row = store.get(ExportRow, customer_id, EXPORT + export_id)
    if row is None:
        return
    newest = Export(row, object_store.parts(export_id))
    if newest.missing and not newest.late:
        raise ExportRunning("an export is being gathered: fetch that one", export_id=export_id)


def _one_more(bound: ExportsRow | None, row: ExportRow) -> tuple[list[Action], Condition]:
    """Actions that count an export on its business date, while no other has begun since `bound` was read."""
    today = clock.business_date().isoformat()
    left = int(bound.left) if bound is not None and bound.day == today else A_DAY
    if not left:
        wait = clock.seconds_until(clock.midnight(clock.business_date() + timedelta(days=1)))
        raise TooManyExports(f"{A_DAY} exports a day", retry_after=wait)
    actions: list[Action] = [
        ExportsRow.newest.set(row.export_id),
        ExportsRow.day.set(today),
        ExportsRow.left.set(left - 1),
        ExportsRow.purge_at.set(int(row.purge_at)),
    ]
    if bound is None:
        return actions, ExportsRow.newest.does_not_exist()
    return actions, ExportsRow.newest == bound.newest


def _bound_key(customer_id: str) -> Key:
    return ExportsRow, customer_id, EXPORTS


def find(*, customer_id: str, export_id: str) -> Export:
    """One of the customer's exports as it is now. Raises ExportNotFound."""
    row = store.get(ExportRow, customer_id, EXPORT + export_id)
    if row is None:
        raise ExportNotFound("there is no such export")
    return Export(row, object_store.parts(row.export_id))


def list_exports(*, customer_id: str) -> list[ExportRow]:
    """The customer's exports, newest first. One query."""
    return sorted(_rows(customer_id), key=lambda row: str(row.requested_at), reverse=True)


def _rows(customer_id: str) -> Iterable[ExportRow]:
    condition = ExportRow.record.startswith(EXPORT)
    return store.query(ExportRow, customer_id, condition)


def remove_all(customer_id: str) -> None:
    """Delete the parts of all exports that may still be there: their customer leaves."""
    now = clock.instant()
    for row in _rows(customer_id):
        if row.until > now:
            object_store.remove(row.export_id)
