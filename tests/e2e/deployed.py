"""What end-to-end tests do with the deployed stack: call it as a channel, look at what it did, race it."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from infra.channel import Answer, Channel
from infra.environment import Environment

T = TypeVar("T")

# On an emulator each parallel invocation is a process, so 100 requests at once share so many connections.
AT_ONCE = 16
# As long as the busiest machine may take; whoever waits in vain has failed anyway.
WAIT_SECONDS = 300.0
# Codes of the problems that the gateway answers without asking a room.
GATEWAY_S_OWN = ("unauthorized", "insufficient_scope")
FEE = 60
BANK_ACCOUNT = {
    "bank_code": "102290000011",
    "account_number": "6222021234567890123",
    "holder_name": "Lucky Records",
}


class Deployed:
    """The stack at work. `folder` is where a MiniStack of this machine keeps what it runs."""

    def __init__(self, env: Environment, folder: Path) -> None:
        self.env = env
        self.folder = folder
        self.channel: Channel = env.channel()
        self.api_url = env.api_url

    # Calling it ---------------------------------------------------------------------------------

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Answer:
        """GET with the token."""
        return self.channel.get(path, query, **headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """POST with the token and a key."""
        return self.channel.post(path, body, key=key)

    def patch(self, path: str, body: Any) -> Answer:
        """PATCH with the token."""
        return self.channel.patch(path, body)

    def token(self) -> str:
        """An access token with every scope."""
        return self.channel.token()

    # Breaking it --------------------------------------------------------------------------------

    def kill(self, function: str) -> int:
        """Kill the processes in which an emulator runs a function, as a machine dies; how many there were."""
        unpacked = re.compile(rf"{re.escape(str(self.folder))}/\S*{self.env.functions[function]}-")
        listing = ["ps", "-eww", "-o", "pid=,command="]
        running = subprocess.run(listing, capture_output=True, text=True, check=True)
        found = [int(line.split()[0]) for line in running.stdout.splitlines() if unpacked.search(line)]
        for pid in found:
            # One that has ended meanwhile is as dead.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(found)

    # Setting the scene --------------------------------------------------------------------------

    def wallet(self, balance: int = 0, *, currency: str = "USD", limits: dict[str, int] | None = None) -> str:
        """A new customer's wallet with `balance` on it; its id."""
        body = {"owner_id": f"own_{uuid.uuid4().hex}", "kind": "wallet", "currency": currency}
        account = created(self.post("/accounts", {**body, **({"limits": limits} if limits else {})}))
        if balance:
            self.deposit(account["account_id"], balance, currency=currency)
        wallet_id: str = account["account_id"]
        return wallet_id

    def deposit(self, account_id: str, amount: int, *, currency: str = "USD") -> None:
        """Money from outside."""
        money = {"account_id": account_id, "amount": amount, "currency": currency}
        created(self.post("/deposits", {**money, "source": "bank_transfer", "reference": "e2e"}))

    def merchant(self, **terms: Any) -> str:
        """A new merchant; its id."""
        body = {
            "name": "Lucky Records",
            "category_code": "5735",
            "fee": {"basis_points": FEE},
            "settlement": "T+1",
            "bank_account": BANK_ACCOUNT,
        }
        merchant_id: str = created(self.post("/merchants", {**body, **terms}))["merchant_id"]
        return merchant_id

    def pay(self, payer: str, merchant: str, amount: int, *, key: str | None = None, **more: Any) -> Answer:
        """POST /payments in USD."""
        body = {
            "payer_account_id": payer,
            "merchant_id": merchant,
            "amount": amount,
            "currency": "USD",
            "merchant_order_no": f"E2E-{uuid.uuid4().hex[:12]}",
            **more,
        }
        return self.post("/payments", body, key=key)

    def holds(
        self, payer: str, merchant: str, amounts: Sequence[int]
    ) -> tuple[datetime, list[dict[str, Any]]]:
        """Holds that end at one instant, and when: soon, or later where the machine is slow."""
        for seconds in (3, 30, 300):
            ends = datetime.now(UTC) + timedelta(seconds=seconds)
            terms = {"capture": "manual", "expires_at": ends.isoformat()}
            answers = at_once([partial(self.pay, payer, merchant, amount, **terms) for amount in amounts])
            made = [answer.json for answer in answers if answer.status == 201]
            if len(made) == len(amounts):
                return ends, made
            for each in made:
                self.post(each["links"]["cancel"])
            self.env.invoke("payments-on-hold-expiry")
        raise AssertionError(answers[-1].text)

    # Looking at it ------------------------------------------------------------------------------

    def account(self, account_id: str) -> dict[str, Any]:
        """An account as it is now."""
        account: dict[str, Any] = ok(self.get(f"/accounts/{account_id}"))
        return account

    def payment(self, payment_id: str) -> dict[str, Any]:
        """A payment as it is now."""
        payment: dict[str, Any] = ok(self.get(f"/payments/{payment_id}"))
        return payment

    def settlement(self, merchant_id: str, currency: str = "USD") -> dict[str, Any]:
        """A merchant's settlement account."""
        accounts = ok(self.get("/accounts", {"owner_id": merchant_id}))["items"]
        found: dict[str, Any] = next(each for each in accounts if each["currency"] == currency)
        return found

    def settled(self, merchant_id: str, balance: int, currency: str = "USD") -> None:
        """Wait until the merchant's balance, which is booked after the answer, is what it must become."""
        self.eventually(lambda: self.settlement(merchant_id, currency)["balance"], balance)

    def verified(self, within: float = WAIT_SECONDS) -> dict[str, Any]:
        """The report of the ledger's verification, of all that is booked by now, once nothing of it is late.

        Where something stays late, the last one. It compares as of a minute before it begins, and what is
        late is no difference to it.
        """
        now, deadline = "", time.monotonic() + within
        while True:
            report: dict[str, Any] = self.env.invoke("accounts-on-verification")
            now = now or report["started_at"]
            if (report["as_of"] >= now and not report["late_count"]) or time.monotonic() >= deadline:
                return report
            time.sleep(5)

    def audited(self) -> dict[str, Any]:
        """The report of the audit trail's verification of today and the day before.

        A run whose time ends before it is through answers counts alone, and the next one goes on.
        """
        report: dict[str, Any] = {}
        while "differences" not in report:
            report = self.env.invoke("audit-on-recent-verification")
        return report

    def eventually(self, look: Callable[[], T], expected: T, within: float = WAIT_SECONDS) -> None:
        """Wait until `look` gives what is expected; fail with what it gave last."""
        deadline = time.monotonic() + within
        while (found := look()) != expected:
            assert time.monotonic() < deadline, f"after {within} s: {found!r}, not {expected!r}"
            time.sleep(0.2)


def ok(answer: Answer) -> Any:
    """The body of a 200."""
    assert answer.status == 200, answer.text
    return answer.json


def created(answer: Answer) -> Any:
    """The body of a 201."""
    assert answer.status == 201, answer.text
    return answer.json


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The body of a problem, which must be this one.

    Of what the gateway answers by itself LocalStack takes the status alone (docs/localstack.md): there is no
    more to judge there, and `{}` to read.
    """
    if code in GATEWAY_S_OWN and "x-localstack" in answer.headers and not _is_problem(answer):
        assert answer.status == status, answer.text
        return {}
    assert _is_problem(answer), answer.text
    document: dict[str, Any] = answer.json
    assert (answer.status, document["status"], document["code"]) == (status, status, code), answer.text
    return document


def _is_problem(answer: Answer) -> bool:
    return bool(answer.headers["Content-Type"] == "application/problem+json")


def at_once(actions: Sequence[Callable[[], T]], *, width: int = AT_ONCE) -> list[T]:
    """The results of actions that are all under way together, `width` of them at any time."""
    gate = threading.Barrier(min(width, len(actions)))

    def run(number: int, action: Callable[[], T]) -> T:
        if number < gate.parties:
            gate.wait()
        return action()

    with ThreadPoolExecutor(gate.parties) as threads:
        return list(threads.map(run, range(len(actions)), actions))
