"""All that may happen to merchants and wallets, in any order: no money ends where nobody can move it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.app import app as accounts_app
from bank import clock, ledger
from bank.ledger import AccountRow, payees
from merchants import app as merchants
from merchants.service import closing
from payments.app import app as payments_app
from payments.app import on_hold_expiry
from tests.support import funding, mocked
from tests.support.approvals import undelayed
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud
from tests.unit.merchants.given import Clock, merchant
from tests.unit.settlement.given import Night
from transfers.app import app as transfers_app

CYCLES = ("T+0", "T+1", "T+7")
WHY = {"reason": "why"}


class Shops:
    """Three merchants and three wallets, and what happens to them."""

    def __init__(self, cloud: Cloud, at: Clock, chance: random.Random) -> None:
        self.cloud, self.at, self.chance, self.keys = cloud, at, chance, 0
        self.merchants = [merchant(settlement=cycle) for cycle in CYCLES]
        self.wallets = [self._wallet() for _ in range(3)]
        self.payments: list[str] = []

    def _wallet(self) -> str:
        body = {"owner_id": "own_1", "kind": "wallet", "currency": "CNY"}
        account_id = str(call(accounts_app, "POST", "/accounts", body).json["account_id"])
        funding.deposit(account_id, 5_000, key=self.key())
        return account_id

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def send(self, app: Any, path: str, body: Any) -> Reply:
        """A request, whatever comes of it; no answer is the platform's fault."""
        with undelayed("merchants.change_merchant"):
            answer = call(app, "POST", path, body, key=self.key())
        assert answer.status < 500, answer.body
        return answer

    # What happens

    def pay(self) -> None:
        body = {
            "payer_account_id": self.chance.choice(self.wallets),
            "merchant_id": self.chance.choice(self.merchants),
            "amount": self.chance.randint(1, 900),
            "currency": "CNY",
            "merchant_order_no": "1",
            "capture": self.chance.choice(["automatic", "automatic", "manual"]),
        }
        made = self.send(payments_app, "/payments", body).json
        if "payment_id" in made:
            self.payments.append(made["payment_id"])

    def act(self) -> None:
        """Capture, cancel, refund or share a payment."""
        if self.payments:
            what, body = self.chance.choice(
                [
                    ("capture", {}),
                    ("cancel", None),
                    ("refunds", {"amount": self.chance.randint(1, 900), "reason": "why"}),
                    (
                        "splits",
                        {"receivers": [{"merchant_id": self.chance.choice(self.merchants), "amount": 50}]},
                    ),
                ]
            )
            self.send(payments_app, f"/payments/{self.chance.choice(self.payments)}/{what}", body)

    def stop(self) -> None:
        """Suspend, resume or close a merchant."""
        what = self.chance.choice(["suspend", "resume", "resume", "close"])
        self.send(merchants.app, f"/merchants/{self.chance.choice(self.merchants)}/{what}", WHY)

    def account(self) -> None:
        """Freeze, unfreeze or close a wallet or a settlement account."""
        shops = [ledger.accounts.find(f).account_id for f in self._settlement_accounts()]
        account_id = self.chance.choice([*self.wallets, *shops])
        what = self.chance.choice(["freeze", "unfreeze", "unfreeze", "close"])
        self.send(accounts_app, f"/accounts/{account_id}/{what}", WHY)

    def empty(self) -> None:
        """All that a wallet has goes to another or to outside, so that it can be closed."""
        source, target = self.chance.sample(self.wallets, 2)
        amount = int(ledger.accounts.find(source).available)
        money = {"amount": amount or 1, "currency": "CNY"}
        if self.chance.random() < 0.5:
            moved = {**money, "from_account_id": source, "to_account_id": target}
            self.send(transfers_app, "/transfers", moved)
        else:
            out = {**money, "destination": "cash", "reference": "r"}
            self.send(accounts_app, f"/accounts/{source}/withdrawals", out)

    def book(self) -> None:
        """The streams arrive: what was captured is applied."""
        self.cloud.settle()

    def night(self) -> None:
        Night(self.cloud).run()

    def days(self) -> None:
        self.pass_by(self.chance.choice([1, 1, 8, closing.DRAINS.days + 1]))
        on_hold_expiry({}, context())
        merchants.on_closing({}, context())

    def pass_by(self, days: int) -> None:
        self.at((self.at.moment + timedelta(days=days)).replace(tzinfo=None).isoformat())

    # At the end

    def _settlement_accounts(self) -> list[str]:
        return [row.account_id for name in self.merchants for row in ledger.accounts.all_of(name)]

    def end(self) -> None:
        """Stops are lifted, all arrives, and months go by."""
        for name in self.merchants:
            self.send(merchants.app, f"/merchants/{name}/resume", WHY)
        for account_id in (*self.wallets, *self._settlement_accounts()):
            self.send(accounts_app, f"/accounts/{account_id}/unfreeze", WHY)
        for _ in range(3):
            self.cloud.settle()
            self.pass_by(closing.DRAINS.days + 1)
            on_hold_expiry({}, context())
            self.night()
        merchants.on_closing({}, context())

    def check(self) -> None:
        for name in self.merchants:
            found = call(merchants.app, "GET", f"/merchants/{name}").json
            left = {row.account_id: int(row.balance) for row in ledger.accounts.all_of(name)}
            assert not any(left.values()), f"nobody can move {left} of {found}"
            assert found["status"] in ("active", "closed"), found
        for account_id in self.wallets:
            row = ledger.accounts.find(account_id)
            assert not int(row.held), f"{account_id} holds {row.held} for ever"
            assert row.status == "active" or not int(row.balance), (
                f"{account_id} is closed with {row.balance}"
            )
        total = sum(int(row.balance) for row in AccountRow.scan())
        assert total == 0


@contextmanager
def shops(seed: int) -> Iterator[Shops]:
    at = Clock()
    with pytest.MonkeyPatch.context() as patch, mocked.cloud() as cloud, clock.source(at.now):
        patch.setattr(payees, "SHARDS", 1)
        yield Shops(cloud, at, random.Random(seed))


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_no_money_is_stuck_whatever_happens_in_whatever_order(seed: int) -> None:
    with shops(seed) as world:
        happens = [world.pay] * 4 + [world.act] * 4 + [world.stop, world.account, world.empty, world.book]
        happens += [world.night, world.days]
        for _ in range(60):
            world.chance.choice(happens)()
        world.end()
        world.check()


def test_a_refund_to_a_closed_wallet_is_refused_and_stays_with_the_merchant() -> None:
    """The shop gives it back another way: what it keeps is paid out to it."""
    with shops(1) as world:
        wallet, shop = world.wallets[0], world.merchants[0]
        body = {"payer_account_id": wallet, "merchant_id": shop, "amount": 5_000, "currency": "CNY"}
        paid = world.send(payments_app, "/payments", {**body, "merchant_order_no": "1"}).json
        world.book()
        assert world.send(accounts_app, f"/accounts/{wallet}/close", WHY).status == 200

        refused = world.send(payments_app, paid["links"]["refunds"], {"amount": 10, "reason": "late"})

        assert (refused.status, refused.json["code"]) == (409, "account_closed")
        world.end()
        world.check()


def test_a_wallet_with_money_held_or_in_review_is_not_closed() -> None:
    with shops(2) as world:
        wallet, shop = world.wallets[0], world.merchants[0]
        body = {"payer_account_id": wallet, "merchant_id": shop, "amount": 5_000, "currency": "CNY"}
        held = world.send(
            payments_app, "/payments", {**body, "merchant_order_no": "1", "capture": "manual"}
        ).json

        refused = world.send(accounts_app, f"/accounts/{wallet}/close", WHY)
        assert (refused.status, refused.json["code"]) == (409, "account_not_at_zero")
        world.send(payments_app, held["links"]["capture"], {})
        assert world.send(accounts_app, f"/accounts/{wallet}/close", WHY).status == 200
