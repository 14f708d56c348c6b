"""Cost of all consumers of a payment's changes after its answer, per payment: it shrinks as batches grow."""

from bench import report, scenes
from bench.background import MANY, Background
from bench.meter import Usage
from bench.report import Row, Section

CROWD = 50
BUDGET = 6


def the_answer(background: Background) -> Section:
    """A hundred payments, in the largest batches and one by one, to one merchant and to many."""
    rows = []
    for batch in (MANY, 1):
        for merchants in (1, CROWD):
            rows += _consumed(background, batch, merchants)
    return Section("After it, per payment", ("round trips", "read units", "write units"), rows)


def _consumed(background: Background, batch: int, merchants: int) -> list[Row]:
    payees = [scenes.new_merchant() for _ in range(merchants)]
    wallets = scenes.fill(range(MANY))
    background.skip()
    for number, wallet in enumerate(wallets):
        scenes.payment(wallet.account_id, payees[number % merchants]).send()
    used = background.settle(batch)
    total = Usage()
    for usage in used.values():
        total.add(usage)
    to = "one merchant" if merchants == 1 else f"{merchants} merchants"
    budget = report.at_most(BUDGET, total.writes / MANY, " WCU") if batch == MANY else None
    parts = [Row(f"  {name}", _each(usage)) for name, usage in used.items() if usage.round_trips]
    return [Row(f"{MANY} payments to {to}, in batches of {batch}", _each(total), budget), *parts]


def _each(usage: Usage) -> tuple[float, float, float]:
    return usage.round_trips / MANY, usage.reads / MANY, usage.writes / MANY
