"""Expiry of payments' holds: what one costs where many are due, and alone."""

import time
from datetime import timedelta

from bank import clock, ids, ledger, store
from bank.ledger import AccountRow, HoldRow, expiry
from bench import report, scenes
from bench.meter import Meter
from bench.report import Row, Section
from payments.app import on_hold_expiry
from payments.domain import Status
from payments.tables import PaymentRow
from tests.support.http import context

MANY = 1_000
# The emulator is one process: eight transactions of a hundred rows at once are too much for it.
WORKERS = 2
# Holds on one wallet; those of a shop's guests are each on another.
EACH = 2
# Three rows change, in a transaction and so twice over, and the index of open holds once.
WRITES = 7
# The record of the job's run, when it begins and when it ends.
OF_THE_RUN = 2
ROUND_TRIPS = 0.3


def of_holds() -> Section:
    """The job's run over many, and over one."""
    expiry.WORKERS = WORKERS
    _run(MANY // 10)
    return Section(
        "Expiry of holds, per hold",
        ("round trips", "write units", "CPU, ms"),
        [_row(f"{MANY:,} due", MANY, most_trips=ROUND_TRIPS), _row("one due", 1)],
    )


def _row(name: str, count: int, most_trips: float | None = None) -> Row:
    round_trips, writes, cpu = _run(count)
    budgets = [report.at_most(WRITES + OF_THE_RUN / count, writes, " WCU")]
    if most_trips is not None:
        budgets.append(report.at_most(most_trips, round_trips, " trips"))
    return Row(name, (round_trips, writes, cpu), report.both(*budgets))


def _run(count: int) -> tuple[float, float, float]:
    """Round trips, write units and milliseconds of CPU, per hold."""
    _place(count)
    with Meter() as meter:
        started = time.process_time()
        ended = on_hold_expiry({}, context())
        cpu = time.process_time() - started
    if ended != {"expired": count, "failed": 0}:
        raise scenes.Unexpected(f"{ended} of {count}")
    return meter.usage.round_trips / count, meter.usage.writes / count, cpu / count * 1_000


def _place(count: int) -> None:
    """Payments that were authorized and whose time is over."""
    over, now = clock.instant(clock.now() - timedelta(seconds=1)), clock.instant()
    wallets: dict[str, AccountRow] = {}
    rows: list[store.Table] = []
    for number in range(count):
        name, owner = scenes.fresh(), f"{now}{number // EACH}"
        wallet = ids.derived("wal", "expiry", owner)
        row = wallets.setdefault(
            wallet,
            ledger.accounts.new_row(
                account_id=wallet, owner_id=owner, kind=ledger.Kind.WALLET, currency=scenes.CURRENCY
            ),
        )
        row.balance, row.held = row.balance + scenes.PRICE, row.held + scenes.PRICE
        rows += [
            HoldRow.placed(
                hold_id=f"hld_{name}",
                account_id=wallet,
                amount=scenes.PRICE,
                currency=scenes.CURRENCY,
                payee_account_id="stl_shop",
                day=clock.business_date().isoformat(),
                expires_at=over,
                reference=f"pay_{name}",
            ),
            PaymentRow(
                payment_id=f"pay_{name}",
                status=Status.AUTHORIZED.value,
                payer_account_id=wallet,
                merchant_id="mer_shop",
                currency=scenes.CURRENCY,
                amount=scenes.PRICE,
                merchant_order_no=name,
                capture="manual",
                expires_at=over,
                created_at=now,
                request_digest=name,
            ),
        ]
    store.put_many([*wallets.values(), *rows])
