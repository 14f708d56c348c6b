"""Customers: one with wallets of their own, and resets of credentials, which lower what may leave wallets."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError

from accounts.app import app as accounts
from bank import clock, errors, ledger, store
from bank.ledger import WalletCustomer
from bank.store import Transaction
from customers import tables
from customers.domain import levels
from customers.service import wallets
from customers.tables import CustomerRow
from tests.simulation.rooms.base import Action, Room
from tests.simulation.rooms.risk.acts import FREE_LIMIT
from tests.simulation.stored import Row

CUSTOMER = "cus_2"
LEVEL = 2
CURRENCIES = ("USD", "EUR")
# What may leave while it is lowered, and for how long.
PER_DAY = (0, 3_000, 20_000)
HOURS = (0.2, 2, 30)


class Customers(Room):
    """The customers room's part."""

    def open(self) -> None:
        """A customer, as their registration and verification leave them, with money."""
        now, transaction = clock.instant(), Transaction()
        customer = CustomerRow(
            customer_id=CUSTOMER,
            client_id="cli_test",
            phone_key="key",
            level=LEVEL,
            level_at=now,
            registered_at=now,
            unit_shard=tables.unit_shard("unit_head", CUSTOMER),
        )
        wallet = wallets.new_row(customer, levels.HOME_CURRENCY)
        holder = WalletCustomer.of(wallet.metadata)
        assert holder is not None
        wallet.metadata = replace(holder, free_limit=FREE_LIMIT).on()
        transaction.create(customer)
        transaction.create(wallet)
        transaction.commit()
        money = {"account_id": wallet.account_id, "amount": 50_000, "currency": levels.HOME_CURRENCY}
        self.clients.post(accounts, "/deposits", {**money, "source": "cash", "reference": "r"})

    def actions(self) -> Iterable[Action]:
        """Resets, of the customer's credentials and of others'; wallets of further currencies."""
        yield Action("reset", 0.3, self._reset)
        yield Action("lower", 0.3, self._lower)
        yield Action("open wallet", 0.1, self._open_wallet)

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """A limit is lowered between what a payment has read and what it writes."""
        yield self._reset
        yield self._lower

    def _wallets(self) -> list[Row]:
        return [row for row in self.rows("ledger-accounts") if row["kind"] == "wallet"]

    def _until(self) -> timedelta:
        return timedelta(hours=self.random.choice(HOURS))

    def _reset(self) -> None:
        """All wallets of the customer, in a transaction of the customers room's."""

        def act() -> None:
            customer = store.get(CustomerRow, CUSTOMER, tables.PROFILE)
            assert customer is not None
            transaction = Transaction()
            wallets.lower(transaction, customer, until=clock.now() + lasts)
            transaction.commit()

        lasts = self._until()
        self._survive(f"a reset, {lasts}", act)

    def _lower(self) -> None:
        """A wallet that the request in hand is about, or any, to less than a level's."""
        there = self._wallets()
        wanted = [row for row in there if row["account_id"] in self.clients.in_hand] or there
        account_id, per_day = self.random.choice(wanted)["account_id"], self.random.choice(PER_DAY)
        lasts = self._until()

        def act() -> None:
            transaction, row = Transaction(), ledger.accounts.find(account_id)
            ledger.lowering.lower(transaction, row, until=clock.now() + lasts, per_day=per_day)
            transaction.commit()

        self._survive(f"{account_id} is lowered to {per_day}, {lasts}", act)

    def _open_wallet(self) -> None:
        currency = self.random.choice(CURRENCIES)
        self._survive(
            f"a wallet of {currency}",
            lambda: wallets.open_wallet(customer_id=CUSTOMER, currency=currency),
        )

    def _survive(self, what: str, act: Callable[[], Any]) -> None:
        """Done by a handler that may be refused, not be answered, or crash."""
        self.world.say(f"  {what}")
        with contextlib.suppress(errors.BankError, BotoCoreError, ClientError, PynamoDBConnectionError):
            self.world.survive(lambda: store.retry_on_conflict(act))
