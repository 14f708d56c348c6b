"""Closing of statements: each supplier's month once, by a job that may be late, die anywhere, run twice."""

from bank import clock, store
from bank.observability import logger
from bank.store import AlreadyExists, Transaction
from suppliers.domain import Status
from suppliers.domain import statements as domain
from suppliers.domain.statements import StatementStatus, Totals
from suppliers.service import registry
from suppliers.tables import DossierRow, GateRow, StatementRow
from suppliers.tables.statements import statement_record, statements
from suppliers.tables.usage import SHARDS, gate, of_month, partition

# Of whom statements are closed: all that were ever admitted.
ADMITTED = (Status.ACTIVE, Status.SUSPENDED, Status.EXITING, Status.CLOSED)


def close_due() -> dict[str, int]:
    """Close the statements of all months that are due, of each supplier; how many, and how many failed."""
    last, counts = domain.last_closed(clock.business_date()), {"closed": 0, "failed": 0}
    for status in ADMITTED:
        for supplier_id in registry.in_status(status):
            try:
                counts["closed"] += close(supplier_id, last)
            except Exception:
                logger.exception("statements were not closed", supplier_id=supplier_id)
                counts["failed"] += 1
    return counts


def close(supplier_id: str, last: str) -> int:
    """Close a supplier's months up to the `last` that are not closed yet, oldest first; how many were."""
    dossier = registry.find(supplier_id=supplier_id, principal=None)
    first = domain.period_of(clock.parse(str(dossier.admitted_at)))
    months = domain.months(first, last)
    gates = store.get_many([gate(partition(supplier_id, period, 0)) for period in months])
    due = [period for period, row in zip(months, gates, strict=True) if not (row and row.counted_at)]
    for period in due:
        _close(dossier, period)
    return len(due)


def is_settled(supplier_id: str, period: str) -> bool:
    """Return whether a month is closed, all statements are agreed, and the supplier owes nothing on."""
    [shut] = store.get_many([gate(partition(supplier_id, period, 0))])
    rows = statements(supplier_id)
    last = {row.currency: row.owes for row in reversed(rows)}
    agreed = all(row.status == StatementStatus.AGREED for row in rows)
    return bool(shut and shut.counted_at) and agreed and not any(last.values())


def _close(dossier: DossierRow, period: str) -> None:
    """Shut all gates, then count what is there, then say so: where one run dies, the next begins again."""
    places = [partition(dossier.supplier_id, period, shard) for shard in range(SHARDS)]
    for place in places:
        _create(GateRow(partition=place, closed_at=clock.instant()))
    for currency, totals in _totals(dossier.supplier_id, period).items():
        _create(_statement(dossier, period, currency, totals))
    transaction = Transaction()
    counted = [GateRow.counted_at.set(clock.instant())]
    transaction.update(gate(places[0]), counted, GateRow.partition.exists(), store.stale)
    transaction.commit()


def _totals(supplier_id: str, period: str) -> dict[str, Totals]:
    """Use that counts in a month, by currency."""
    found: dict[str, Totals] = {}
    for row in of_month(supplier_id, period):
        counted = Totals(
            redeemed=int(row.uses > 0),
            reversed=int(row.uses < 0),
            late=int(row.of_period is not None),
            cost=int(row.cost),
            borne=int(row.borne),
        )
        found[row.currency] = found.get(row.currency, Totals()) + counted
    return found


def _statement(dossier: DossierRow, period: str, currency: str, totals: Totals) -> StatementRow:
    return StatementRow(
        supplier_id=dossier.supplier_id,
        record=statement_record(period, currency),
        period=period,
        currency=currency,
        redeemed=totals.redeemed,
        reversed=totals.reversed,
        late=totals.late,
        cost=totals.cost,
        borne=totals.borne,
        closed_at=clock.instant(),
        unit_id=dossier.unit_id,
    )


def _create(row: GateRow | StatementRow) -> None:
    transaction = Transaction()
    transaction.create(row)
    try:
        transaction.commit()
    except AlreadyExists:
        return
