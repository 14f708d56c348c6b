"""Accounts: opened, funded, drained, limited, frozen and closed; and what statements say of them."""

import contextlib
import functools
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError

from accounts.app import app
from accounts.service import clearing, sweeping
from accounts.settings import settings
from bank import clock, errors
from bank.config import config
from tests.simulation.ledger import account_of
from tests.simulation.passes import Passes
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Change, check, parsed
from tests.support import funding

CURRENCIES = ("CNY", "USD")
# Two are no caller's to open.
KINDS = ("wallet", "wallet", "settlement", "internal")
LIMITS = (None, None, 30_000, 80_000)
PERIODS = ("per_payment", "per_day", "per_month", "per_year")
VERIFY = "accounts.app.on_verification"
SWEEP = "accounts.app.on_sweep"
# What it may find besides where a stream was lost in the middle, and no sweep has made up for it yet.
LOST = ("is missing", "was never booked", "its chain of steps is broken", "not what its journals tell of")
# What the client may owe, and deposit in a day.
CREDIT = (400_000, 400_000, 150_000, 0)


class Accounts(Room):
    """The accounts room's part."""

    queues = {settings.sweep_queue_url: "accounts.app.on_sweep_parts"}

    def open(self) -> None:
        """Some wallets with money on them."""
        for _ in range(4):
            self._open_account("wallet")
        self._allow(CREDIT[0])
        for account in self.rows("ledger-accounts"):
            self._deposit(account, 50_000)

    def actions(self) -> Iterable[Action]:
        """What customers and staff do."""
        yield Action("open account", 0.3, lambda: self._open_account(self.random.choice(KINDS)))
        yield Action("deposit", 2.0, lambda: self._deposit(self.account(), self.random.randint(1, 40_000)))
        yield Action("withdraw", 2.0, self._withdraw)
        yield Action("limits", 0.5, self._limits)
        yield Action("credit", 0.3, lambda: self._allow(self.random.choice(CREDIT)))
        yield Action("settle", 0.3, self._settle)
        yield Action("status", 0.5, self._status)
        yield Action("look", 1.0, self._look)
        yield Action("verification", 0.4, self._verify)
        yield Action("sweep", 0.2, lambda: self.job(SWEEP))

    def account(self) -> dict[str, Any]:
        """One of the accounts: mostly one that the request in hand is about, or one of the first.

        Now and then one of the bank's own, or a part of one, which nobody may name.
        """
        accounts = self.rows("ledger-accounts")
        wanted = [row for row in accounts if row["account_id"] in self.clients.in_hand] or accounts[:3]
        return self.random.choice(wanted if self.random.random() < 0.6 else accounts)

    def _accounts(self) -> list[dict[str, Any]]:
        """The accounts, each by its own row."""
        return [row for row in self.rows("ledger-accounts") if "~" not in row["account_id"]]

    def _balance(self, account_id: str) -> int:
        rows = self.rows("ledger-accounts")
        return sum(row["balance"] for row in rows if account_of(row["account_id"]) == account_id)

    def _open_account(self, kind: str) -> None:
        limits = {name: self.random.choice(LIMITS) for name in PERIODS}
        body = {
            "owner_id": f"own_{self.random.randint(1, 4)}",
            "kind": kind,
            "currency": self.random.choice(CURRENCIES),
            "limits": self.random.choice([None, limits]),
        }
        self.clients.post(app, "/accounts", body)

    def _deposit(self, account: dict[str, Any], amount: int) -> None:
        money = {"account_id": account["account_id"], "amount": amount, "currency": account["currency"]}
        self.clients.post(app, "/deposits", {**money, "source": "cash", "reference": "r"})

    def _allow(self, credit_limit: int) -> None:
        """An operator opens the clearing accounts of the one client there is, or changes their limits."""
        self._operates(lambda: funding.allow(most=credit_limit))

    def _settle(self) -> None:
        """The client pays some of what it owes, or the same payment is booked a second time."""
        currency, number = self.random.choice(CURRENCIES), self.random.randint(1, 5)
        self._operates(
            lambda: clearing.settle(
                actor=funding.OPERATOR,
                client_id="cli_test",
                currency=currency,
                amount=number * 10_000,
                reference=f"payment {number}",
            )
        )

    def _operates(self, act: Callable[[], Any]) -> None:
        """A command of an operator's, who sees that it was refused or that a service did not answer."""
        with contextlib.suppress(errors.BankError, BotoCoreError, ClientError, PynamoDBConnectionError):
            self.world.survive(act)

    def _withdraw(self) -> None:
        account = self.account()
        amount = self.random.choice([self.random.randint(1, 20_000), max(1, account["available"])])
        body = {"amount": amount, "currency": account["currency"], "destination": "cash", "reference": "r"}
        self.clients.post(app, f"/accounts/{account['account_id']}/withdrawals", body)

    def _limits(self) -> None:
        name, limit = self.random.choice(PERIODS), self.random.choice(LIMITS)
        self._change("PATCH", "limits", {name: limit})

    def _status(self) -> None:
        self._change(
            "POST", self.random.choice(["freeze", "unfreeze", "unfreeze", "close"]), {"reason": "why"}
        )

    def _change(self, method: str, act: str, body: dict[str, Any]) -> None:
        self.clients.change(app, method, f"/accounts/{self.account()['account_id']}/{act}", body)

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """The account is frozen or closed, its limits fall, or its money goes."""
        yield lambda: self._change("POST", "freeze", {"reason": "why"})
        yield lambda: self._change("POST", "close", {"reason": "why"})
        yield lambda: self._change("PATCH", "limits", {"per_day": 1})
        yield self._withdraw

    def _look(self) -> None:
        """Read something; a balance in the past never changes afterwards."""
        account_id = self.account()["account_id"]
        what = self.random.choice(["", "/entries", "/balance"])
        self.clients.read(app, f"/accounts/{account_id}{what}")

    def finish(self) -> None:
        """Frozen accounts thaw, so that what waits for them can end; what streams lost is made up for."""
        for account in self._accounts():
            if account["status"] == "frozen":
                path = f"/accounts/{account['account_id']}/unfreeze"
                self.clients.change(app, "POST", path, {"reason": "end"})
        self.world.passes(sweeping.ARRIVING.total_seconds() + 1)
        check(self.job(SWEEP, **self._since()), "the sweep did not end")
        while self.world.queues.deliver_all():
            pass
        self.world.deliveries.deliver_all()

    def _since(self) -> dict[str, str]:
        """How the last sweep is called: as scheduled; by hand, where that looks back too little.

        Sweeps come at random here: none may come for days after a loss, as where the job has stood still.
        Then operators say from when on (docs/operations.md, "What streams have lost").
        """
        first = min(row["booked_at"] for row in self.rows("ledger-journals"))
        lately = clock.instant(self.world.now() - sweeping.LATELY)
        return {"since": first} if first < lately else {}

    def _verify(self) -> None:
        """The job, and a pass over an export of what changed since the last one."""
        self.job(VERIFY)
        if self._passes:
            found = self._passes.go_on()["differences"]
            wrong = [each for each in found if each["standing"] != "lost" and not self._was_lost(each)]
            check(not wrong, f"a pass over an export finds {wrong}")

    @functools.cached_property
    def _passes(self) -> Passes | None:
        """In one history of five: a pass takes half a second, most of it to plan its queries."""
        return Passes(self.world.now, config.table_prefix) if self.world.seed % 5 == 4 else None

    def drained(self) -> None:
        """Answers, movements, journals, events, statements and the verification all say the same."""
        self._movements()
        for account in self._accounts():
            self._statement(account)
        check(self.job(VERIFY), "the verification did not end")
        report = parsed(max(self.rows("ledger-reports"), key=lambda row: row["run"])["content"])
        check(report["difference_count"] == 0, f"the verification finds {report['differences']}")
        check(report["late_count"] == 0, f"the verification waits for {report['late']}")
        check(report["zero_sum"], f"the trial balance is {report['sums']}")
        counted = (report["accounts"], report["journals"])
        expected = (len(self._accounts()), len(self.rows("ledger-journals")))
        check(counted == expected, f"the verification has seen {counted} of {expected}")

        for done in (self._passes.go_on(), self._passes.full()) if self._passes else ():
            check(done["difference_count"] == 0, f"a pass over an export finds {done['differences']}")
            check((done["late_count"], done["zero_sum"]) == (0, True), f"a pass waits for {done['late']}")

    def changed(self, changes: list[Change]) -> None:
        """A verification in the middle of it all finds no difference but what streams have lost.

        What is closed has nothing on it and stays so.
        """
        for change in changes:
            if change.table == "ledger-accounts" and (change.new or {})["status"] == "closed":
                left = (change.new or {})["balance"], (change.new or {})["held"]
                check(left == (0, 0), f"{change.key} is closed with {left}")
            if change.table == "ledger-reports":
                found = parsed((change.new or {})["content"])["differences"]
                wrong = [each for each in found if each["standing"] != "lost" and not self._was_lost(each)]
                check(not wrong, f"the verification finds {wrong}")

    def _was_lost(self, difference: dict[str, str]) -> bool:
        told = any(each in difference["detail"] for each in LOST)
        return told and self.world.deliveries.lost > 0

    def _movements(self) -> None:
        done = self.clients.done("POST", "deposits") + self.clients.done("POST", "withdrawals")
        made = {row["movement_id"]: row for row in self.rows("movements") if "refusal" not in row}
        # Others were held for a review, which goes on or has rejected them.
        booked = {name for name, row in made.items() if row["status"] == "booked"}
        journals = {
            row["reference"]
            for row in self.rows("ledger-journals")
            if row["kind"] in {"deposit", "withdrawal"}
        }
        answered = {answer["movement_id"] for answer in done}
        check(len(answered) == len(done), "two requests were answered with the same movement")
        check(answered == made.keys(), f"answered {answered}, stored {made.keys()}")
        check(booked == journals, f"stored {booked}, booked {journals}")
        published = [
            event["movement_id"]
            for kind in ("MoneyDeposited", "MoneyWithdrawn")
            for event in self._events(kind)
        ]
        check(len(published) == len(set(published)), "a movement was published as two events")
        check(
            set(published) == booked, f"published and not booked, or the reverse: {set(published) ^ booked}"
        )

    def _events(self, kind: str) -> list[dict[str, Any]]:
        return self.world.bus.of_type(kind)

    def _statement(self, account: dict[str, Any]) -> None:
        """The pages of a statement are the account's history; so is its balance as of any instant."""
        path, ledger = f"/accounts/{account['account_id']}", self.world.ledger
        lines, query = [], {"limit": "7"}
        while True:
            page = self.clients.read(app, f"{path}/entries", query)
            lines += page["items"]
            if not page["next_cursor"]:
                break
            query["cursor"] = page["next_cursor"]
        signed = [line["amount"] * (1 if line["direction"] == "credit" else -1) for line in lines]
        stands = self._balance(account["account_id"])
        check(sum(signed) == stands, f"{path}: its statement adds up to {sum(signed)}, it stands at {stands}")
        told = self.clients.read(app, path)["balance"]
        check(told == stands, f"{path} is told to stand at {told}, and does at {stands}")
        times = [clock.parse(line["booked_at"]) for line in lines]
        check(times == sorted(times, reverse=True), f"{path}: its statement is out of order")
        if account["kind"] == "wallet":
            balances = [balance for _, balance in ledger.steps[account["account_id"]][1:]]
            check(
                [line["balance_after"] for line in lines] == balances[::-1], f"{path}: its statement differs"
            )
        instants = ledger.instants(account["account_id"])
        for instant in self.random.sample(instants, min(4, len(instants))):
            balance = self.clients.read(app, f"{path}/balance", {"as_of": instant})["balance"]
            expected = ledger.as_of(account["account_id"], instant)
            check(balance == expected, f"{path} as of {instant}: {balance}, it was {expected}")
