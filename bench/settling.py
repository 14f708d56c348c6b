"""Cost of a night: of accounts with nothing on them and of payouts, each, and of a million of them."""

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

from bank import calendar, clock, ledger, store
from bank.events import queues
from bank.ledger import PayeeRow
from bench import report, scenes
from bench.background import MANY, Background
from bench.meter import Meter, Usage
from bench.report import Row, Section
from settlement.adapters.queue import Part
from settlement.service import payouts, runs

ON_FILE = {
    "bank_code": "102290000011",
    "account_number": "***************0123",
    "holder_name": "Music Ltd",
}
# As in `capacity`: what only AWS can tell.
TRANSACTION, CALL = 0.015, 0.005
MILLION = 1_000_000
# Beyond those that there are: merchants of other measurements have money.
SHARD = ledger.payees.SHARDS
# MaximumConcurrency in functions/settlement/template.yaml.
AT_ONCE = 32


def night(background: Background) -> list[Section]:
    """A page of a hundred accounts without money, then a payout on each, of yesterday's."""
    with mock.patch.object(ledger.payees, "spread", return_value=f"stl#{SHARD}"):
        merchants = [scenes.new_merchant() for _ in range(MANY)]
        idle = _metered(lambda: runs.take(Part("bench", SHARD), left_ms=lambda: 60_000))
    wallets = scenes.fill(range(MANY))
    for merchant, wallet in zip(merchants, wallets, strict=True):
        scenes.payment(wallet.account_id, merchant).send()
        PayeeRow(merchant).update(actions=[PayeeRow.bank_account.set(ON_FILE)])
    background.settle()
    payday = clock.midnight(calendar.next_working_day(clock.business_date())) + timedelta(hours=2)
    with clock.source(lambda: payday):
        paid = _metered(lambda: _pay(merchants))
    paid.add(idle)
    each = [
        Row("with nothing on it", _each(idle), report.at_most(0.03, idle.round_trips / MANY, " trips")),
        Row("with a payout (T+1)", _each(paid), report.at_most(4.1, paid.round_trips / MANY, " trips")),
    ]
    million = [Row("none has money", _million(idle)), Row("each is paid out", _million(paid))]
    title = f"A night of a million accounts, {AT_ONCE} parts at once"
    return [
        Section("A night, per account", ("round trips", "read units", "write units"), each),
        Section(title, ("minutes", "million RCU", "million WCU"), million),
    ]


def _pay(merchants: list[str]) -> None:
    for merchant in merchants:
        outcome = payouts.pay_out(account_id=scenes.settlement_account(merchant), payee_id=merchant)
        if outcome != payouts.PAID:
            raise scenes.Unexpected(f"a payout is {outcome}")


def _metered(act: Callable[[], object]) -> Usage:
    with mock.patch.object(queues, "send"), Meter(store.client()) as meter:
        act()
    return meter.usage


def _each(usage: Usage) -> tuple[float, float, float]:
    return usage.round_trips / MANY, usage.reads / MANY, usage.writes / MANY


def _million(usage: Usage) -> tuple[float, float, float]:
    transactions = usage.calls["TransactWriteItems"]
    seconds = transactions * TRANSACTION + (usage.round_trips - transactions) * CALL
    scale = MILLION / MANY
    return seconds * scale / AT_ONCE / 60, usage.reads * scale / 1e6, usage.writes * scale / 1e6
