"""Appliers at work together on one merchant and the bank's fee account: how often they meet.

The journals' stream has a shard for each thousand writes a second, with an applier each; all of them book on
these two accounts. What is counted are the transactions sent for each one that books.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from unittest import mock

from bank import clock, ids, ledger
from bank.ledger import applier, chart, parts
from bench import report, scenes
from bench.meter import Meter
from bench.report import Row, Section

APPLIERS = (1, 4, 8)
CHUNKS = 12
JOURNALS = 10
# Of eight on a few parts some meet by chance, and one that was beaten goes on to the next part.
MOST_ATTEMPTS = 2.0


def together(_: object = None) -> Section:
    """The same chunks with one row for each account, and with parts."""
    rows = []
    for count in APPLIERS:
        one, many = _attempts(count, 1), _attempts(count, parts.MOST)
        budget = report.at_most(MOST_ATTEMPTS, many)
        rows.append(
            Row(f"{count} appliers, transactions sent per chunk booked", (one, many, many / one), budget)
        )
    return Section(
        "Appliers on one merchant and the fee account",
        ("one row", f"{parts.MOST} parts", "ratio"),
        rows,
    )


def _attempts(appliers: int, most: int) -> float:
    """Transactions that so many appliers send for each chunk, with at most so many parts of an account."""
    fees = min(most, chart.PARTS)
    with mock.patch.object(chart, "PARTS", fees), mock.patch.object(parts, "MOST", most):
        shop = _grown()
        start = Barrier(appliers)

        def work(number: int) -> None:
            chunks = [_chunk(shop, f"{number}-{turn}") for turn in range(CHUNKS)]
            start.wait()
            for chunk in chunks:
                assert applier.apply(chunk) == JOURNALS

        with Meter() as meter, ThreadPoolExecutor(appliers) as pool:
            list(pool.map(work, range(appliers)))
    return meter.usage.calls["TransactWriteItems"] / (appliers * CHUNKS)


def _grown() -> str:
    """A settlement account with as many parts as it may have, and a fee account with all of its rows."""
    shop = ids.new("stl")
    ledger.accounts.open_account(
        ledger.accounts.new_row(
            account_id=shop, owner_id="mer_1", kind=ledger.Kind.SETTLEMENT, currency=scenes.CURRENCY
        )
    )
    with mock.patch.object(parts, "PER_MINUTE", 0):
        for turn in range(parts.MOST * 4):
            applier.apply(_chunk(shop, f"warm-{turn}")[:1])
    return shop


def _chunk(shop: str, name: str) -> list[ledger.Journal]:
    fees, now = ledger.internal(chart.FEES, scenes.CURRENCY), clock.instant()
    return [
        ledger.journal(
            ids.derived("jrn", shop, name, str(number)),
            kind="payment",
            reference=name,
            currency=scenes.CURRENCY,
            amounts={"wal_1": -100, shop: 99, fees: 1},
            booked_at=now,
        )
        for number in range(JOURNALS)
    ]
