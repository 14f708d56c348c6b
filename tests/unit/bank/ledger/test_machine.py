"""Any history of accounts, spends, holds and passing time, against a model that has no database.

The real functions run one after the other; what races do is shown where they can be run.
"""

from contextlib import ExitStack
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from bank import clock, ledger
from bank.ledger import AccountRow, HoldEnded, HoldRow, HoldStatus, Limits, Status, verification
from bank.store import get_many
from tests.unit.bank.ledger import given
from tests.unit.bank.ledger.given import FEES, FUNDING
from tests.unit.bank.ledger.model import Refused, Reservation, Wallet

# Small, so that balances, limits and holds meet each other often.
amounts = st.integers(1, 120)
limits = st.builds(
    Limits, st.integers(60, 150), st.integers(60, 400), st.integers(100, 800), st.integers(300, 1600)
)
wallets = st.integers(0, 2)


class LedgerMachine(RuleBasedStateMachine):
    """Three wallets, a shop's settlement account, and the bank's own accounts."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.books = self._stack.enter_context(given.a_ledger())
        self.time = self.books.time
        self.wallets: list[Wallet] = []
        self.reservations: list[Reservation] = []
        self.shop = given.settlement()
        # What has been booked on the shop's account, and what is on its way there.
        self.earned = self.in_flight = 0

    @property
    def today(self) -> str:
        return clock.business_date().isoformat()

    @initialize(given_limits=st.tuples(limits, limits, limits))
    def open_wallets(self, given_limits: tuple[Limits, ...]) -> None:
        for each in given_limits:
            self.wallets.append(Wallet(given.wallet(limits=each), each))
            self.move(self.wallets[-1], 200)

    def expect(self, refused: Refused, act: Any, *arguments: Any, **options: Any) -> bool:
        """Do it; whether it was done. It is refused exactly when and as the model says."""
        if refused is None:
            act(*arguments, **options)
            return True
        with pytest.raises(refused) as raised:
            act(*arguments, **options)
        assert raised.type is refused
        return False

    # Time ------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([0.01, 1, 5, 11, 24, 20 * 24]))
    def time_passes(self, hours: float) -> None:
        self.time.forward(hours=hours)

    # Money -----------------------------------------------------------------------------------------

    def move(self, wallet: Wallet, amount: int) -> None:
        """Money from outside."""
        legs = {wallet.account_id: amount, FUNDING: -amount}
        if self.expect(wallet.refuses_credit(), given.post, legs, kind="deposit"):
            wallet.balance += amount

    @rule(which=wallets, amount=amounts)
    def deposit(self, which: int, amount: int) -> None:
        self.move(self.wallets[which], amount)

    @rule(which=wallets, amount=amounts, fee=st.integers(0, 3))
    def pay(self, which: int, amount: int, fee: int) -> None:
        wallet = self.wallets[which]
        if self.expect(
            wallet.refuses_spend(amount, self.today),
            given.post,
            self.payment(wallet, amount, fee),
            spending=frozenset({wallet.account_id}),
        ):
            wallet.balance -= amount
            wallet.spend(amount, self.today)
            self.in_flight += max(amount - fee, 0)

    def payment(self, wallet: Wallet, amount: int, fee: int) -> dict[str, int]:
        fee = min(fee, amount)
        return {wallet.account_id: -amount, self.shop: amount - fee, FEES: fee}

    @rule(which=wallets, by=st.integers(1, 2), amount=amounts)
    def transfer(self, which: int, by: int, amount: int) -> None:
        payer, payee = self.wallets[which], self.wallets[(which + by) % 3]
        if self.expect(
            payer.refuses_spend(amount, self.today) or payee.refuses_credit(),
            given.post,
            {payer.account_id: -amount, payee.account_id: amount},
            kind="transfer",
            spending=frozenset({payer.account_id}),
        ):
            payer.balance -= amount
            payer.spend(amount, self.today)
            payee.balance += amount

    @rule(which=wallets)
    def empty(self, which: int) -> None:
        """Pay out all that is available, by the bank: it counts against no limit."""
        wallet = self.wallets[which]
        available = wallet.balance - wallet.held
        if available and wallet.status is Status.ACTIVE:
            given.post({wallet.account_id: -available, FUNDING: available}, kind="closing")
            wallet.balance -= available

    @precondition(lambda self: self.earned or self.in_flight)
    @rule(which=wallets, amount=amounts)
    def refund(self, which: int, amount: int) -> None:
        """Only what has arrived can be given back."""
        wallet = self.wallets[which]
        short = ledger.InsufficientFunds if self.earned < amount else None
        legs = {self.shop: -amount, wallet.account_id: amount}
        if self.expect(short or wallet.refuses_credit(), given.post, legs, kind="refund"):
            self.earned -= amount
            wallet.balance += amount

    @rule()
    def the_streams_arrive(self) -> None:
        self.books.settle()
        self.earned, self.in_flight = self.earned + self.in_flight, 0

    # Holds -----------------------------------------------------------------------------------------

    @rule(target=holds, which=wallets, amount=amounts, hours=st.sampled_from([0.01, 6, 48]))
    def place(self, which: int, amount: int, hours: float) -> Any:
        wallet = self.wallets[which]
        now = self.time.moment
        expires_at = self.time.forward(hours=hours)
        self.time.moment = now
        hold_id = given.name("hld")
        refused = wallet.refuses_spend(amount, self.today)
        if not self.expect(
            refused, given.hold, wallet.account_id, amount, expires_at=expires_at, hold_id=hold_id
        ):
            return multiple()
        wallet.held += amount
        wallet.spend(amount, self.today)
        self.reservations.append(Reservation(wallet, given.as_stored(hold_id)))
        return self.reservations[-1]

    @rule(hold=holds, part=st.floats(0, 1), fee=st.integers(0, 3))
    def capture(self, hold: Reservation, part: float, fee: int) -> None:
        captured = max(1, int(hold.placed.amount * part))
        transaction = given.capture(hold.placed, self.payment(hold.wallet, captured, fee))
        if self.end(hold, HoldStatus.CAPTURED, transaction):
            hold.ends(HoldStatus.CAPTURED, captured)
            self.in_flight += max(captured - fee, 0)

    @rule(hold=holds, status=st.sampled_from([HoldStatus.VOIDED, HoldStatus.EXPIRED]))
    def release(self, hold: Reservation, status: HoldStatus) -> None:
        if self.end(hold, status, given.release(hold.placed, status)):
            hold.ends(status)

    def end(self, hold: Reservation, status: HoldStatus, transaction: Any) -> bool:
        """Commit an end; whether it was the hold's."""
        if not hold.refuses(status, clock.instant()):
            transaction.commit()
            return True
        with pytest.raises(HoldEnded) as raised:
            transaction.commit()
        assert raised.value.hold == (hold.end or hold.placed)
        return False

    @rule()
    def what_is_due_expires(self) -> None:
        now = clock.instant()
        due = {
            each.placed.hold_id: each
            for each in self.reservations
            if each.end is None and each.placed.expires_at <= now
        }
        assert given.open_holds(now) == set(due)
        for hold in due.values():
            self.release(hold, HoldStatus.EXPIRED)

    # Accounts --------------------------------------------------------------------------------------

    @rule(which=wallets, status=st.sampled_from(Status))
    def change_status(self, which: int, status: Status) -> None:
        wallet = self.wallets[which]
        if self.expect(wallet.refuses_status(status), given.change_status, wallet.account_id, status):
            wallet.status = status

    @rule(which=wallets, wanted=limits)
    def change_limits(self, which: int, wanted: Limits) -> None:
        wallet = self.wallets[which]
        ledger.accounts.set_limits(wallet.account_id, lambda _: wanted)
        wallet.limits = wanted

    # What always holds -----------------------------------------------------------------------------

    @invariant()
    def the_ledger_is_as_the_model_says(self) -> None:
        ids = [wallet.account_id for wallet in self.wallets]
        *rows, shop = get_many([(AccountRow, account_id) for account_id in [*ids, self.shop]])
        for wallet, row in zip(self.wallets, rows, strict=True):
            account = row.to_domain()
            assert (account.balance, account.held) == (wallet.balance, wallet.held)
            assert account.available == account.balance - account.held >= 0
            assert account.status is wallet.status
            assert account.limits == wallet.limits
            assert account.remaining_limits(self.today) == wallet.remaining_limits(self.today)
        assert shop.balance == shop.available == self.earned >= 0

    def teardown(self) -> None:
        """When all has arrived, all that is stored agrees, to the last entry."""
        try:
            if self.wallets:
                self.everything_agrees()
        finally:
            self._stack.close()

    def everything_agrees(self) -> None:
        self.the_streams_arrive()
        self.the_ledger_is_as_the_model_says()
        for reservation in self.reservations:
            stored = given.as_stored(reservation.placed.hold_id)
            assert stored == (reservation.end or reservation.placed)
            ended = stored.status is not HoldStatus.HELD
            assert stored.captured + stored.returned == (stored.amount if ended else 0)
        assert sum(1 for _ in HoldRow.scan()) == len(self.reservations)
        self.time.forward(minutes=5)
        report = verification.verify()
        assert report["differences"] == []
        assert report["zero_sum"]
        assert report["sums"] == {"CNY": 0}


LedgerMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestAnyHistory = LedgerMachine.TestCase
