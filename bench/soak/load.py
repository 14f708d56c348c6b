"""The load: requests of every kind that moves money, each remembered with what its answer says it moved."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3

from bench.soak.again import Again
from bench.soak.sent import Batch, Moves, Sent, moved, nothing, paid, transferred
from infra.channel import NoAnswer
from tests.e2e.deployed import Deployed
from tests.support import batch_files

CURRENCY = "USD"
MONEY = {"currency": CURRENCY}
FUNDS = 10_000_000
BATCH_LINES = 20
# As long as anything may take once the faults are over; whoever waits in vain has lost something.
PATIENCE_SECONDS = 600.0
# Of a hundred requests. A capture or a cancellation follows each hold, a file each announced batch.
SHARES = {"payment": 40, "refund": 12, "transfer": 18, "deposit": 12, "withdrawal": 8, "hold": 9, "batch": 1}


class Load:
    """Clients of one bank, who go on until they are stopped. `sent` is everything that they asked."""

    def __init__(self, deployed: Deployed, *, wallets: int, merchants: int, seed: int = 1) -> None:
        self.deployed = deployed
        self.sent: list[Sent] = []
        self.batches: list[Batch] = []
        # Answers without effect, by status: what was asked may have happened.
        self.failures: Counter[int] = Counter()
        self.expected: Counter[str] = Counter()
        self.again = Again(self.send)
        self._random = random.Random(seed)
        self._adding = threading.Lock()
        self._stopped = threading.Event()
        self._merchants = [deployed.merchant() for _ in range(merchants)]
        self._wallets = [deployed.wallet(FUNDS) for _ in range(wallets)]
        self.expected.update(dict.fromkeys(self._wallets, FUNDS) | dict.fromkeys(self._merchants, 0))
        self._payments: list[dict[str, Any]] = []

    def run(self, seconds: float, clients: int) -> None:
        """`clients` at once for so long. Raises what ended one of them, and ends all then."""
        with ThreadPoolExecutor(clients) as threads:
            ended = [threads.submit(self._client) for _ in range(clients)]
            self._stopped.wait(seconds)
            self._stopped.set()
        for each in ended:
            each.result()

    def send(self, sent: Sent) -> bool:
        """Send it, for the first time or again; whether an answer came."""
        try:
            answer = self.deployed.post(sent.path, sent.body, key=sent.key)
        except NoAnswer:
            return False
        if answer.status >= 500 or answer.status == 429:
            self._count(self.failures, {answer.status: 1})
            return False
        sent.answer = answer
        return True

    def insist(self, sent: Sent) -> None:
        """Send it until an answer comes. Raises NoAnswer where none comes for PATIENCE_SECONDS."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.send(sent):
            if time.monotonic() >= deadline:
                raise NoAnswer(f"{sent.path} {sent.key}")
            time.sleep(1)

    def account_for(self, sent: Sent) -> None:
        """Add up what it moved, once it has its first answer; what did something is to be sent again."""
        if sent.done is not None:
            self.add(sent.moves(sent.done))
            self.again.take(sent)

    def add(self, moves: Moves) -> None:
        """Add up what moved."""
        self._count(self.expected, moves)

    def upload(self, batch: Batch) -> None:
        """Upload a batch's file, by a URL that is signed now."""
        signed = batch.announced.unsent()
        self.insist(signed)
        assert signed.done is not None, signed
        url, headers = signed.done["upload"]["url"], signed.done["upload"]["headers"]
        put = urllib3.request("PUT", url, body=batch.text.encode(), headers=headers)
        assert put.status == 200, put.data

    def _count(self, counts: Counter[Any], more: Mapping[Any, int]) -> None:
        with self._adding:
            counts.update(more)

    def _client(self) -> None:
        kinds, weights = list(SHARES), list(SHARES.values())
        try:
            while not self._stopped.is_set():
                (kind,) = self._random.choices(kinds, weights)
                getattr(self, f"_{kind}")()
                self.again.send_one(self._random)
        finally:
            self._stopped.set()

    def _ask(self, kind: str, path: str, body: dict[str, Any] | None, moves: Any) -> Sent:
        sent = Sent(kind, path, body, moves)
        self.sent.append(sent)
        started = time.perf_counter()
        answered = self.send(sent)
        sent.seconds = time.perf_counter() - started
        if answered:
            self.account_for(sent)
        return sent

    def _amount(self) -> int:
        return self._random.randint(100, 5_000)

    def _payment(self) -> None:
        sent = self._ask("payment", "/payments", self._order(), paid)
        if sent.done and sent.done["status"] == "succeeded":
            self._payments.append(sent.done)

    def _order(self, **more: Any) -> dict[str, Any]:
        parties = {
            "payer_account_id": self._random.choice(self._wallets),
            "merchant_id": self._random.choice(self._merchants),
        }
        order = {"amount": self._amount(), "merchant_order_no": uuid.uuid4().hex}
        return {**parties, **order, **MONEY, **more}

    def _refund(self) -> None:
        if not self._payments:
            return
        payment = self._random.choice(self._payments)

        def returned(answer: dict[str, Any]) -> Moves:
            amount, fee = answer["amount"], answer["fee_returned"]
            return {payment["payer_account_id"]: amount, payment["merchant_id"]: fee - amount}

        body = {"amount": self._random.randint(1, payment["amount"]), "reason": "soak"}
        self._ask("refund", f"/payments/{payment['payment_id']}/refunds", body, returned)

    def _transfer(self) -> None:
        payer, payee = self._random.sample(self._wallets, 2)
        body = {"from_account_id": payer, "to_account_id": payee, "amount": self._amount(), **MONEY}
        self._ask("transfer", "/transfers", body, transferred)

    def _deposit(self) -> None:
        body = {"account_id": self._random.choice(self._wallets), "amount": self._amount(), **MONEY}
        self._ask("deposit", "/deposits", {**body, "source": "bank_transfer", "reference": "soak"}, moved)

    def _withdrawal(self) -> None:
        path = f"/accounts/{self._random.choice(self._wallets)}/withdrawals"
        body = {"amount": self._amount(), "destination": "bank_transfer", "reference": "soak", **MONEY}
        self._ask("withdrawal", path, body, moved)

    def _hold(self) -> None:
        held = self._ask("hold", "/payments", self._order(capture="manual"), nothing).done
        if held and held["status"] == "authorized":
            if self._random.random() < 0.5:
                self._ask("capture", held["links"]["capture"], {}, paid)
            else:
                self._ask("cancellation", held["links"]["cancel"], None, nothing)

    def _batch(self) -> None:
        payer, payee = self._random.sample(self._wallets, 2)
        amounts = [self._amount() for _ in range(BATCH_LINES)]
        lines = [f"{payee},{amount},{CURRENCY},soak" for amount in amounts]
        text = "\n".join(["to_account_id,amount,currency,reference", *lines]) + "\n"
        announced = {"from_account_id": payer, "file_name": "soak.csv", **MONEY}
        sums = {"total_count": len(amounts), "total_amount": sum(amounts)}
        body = {**announced, **batch_files.facts(text), **sums}
        batch = Batch(self._ask("batch", "/transfer-batches", body, nothing), text, payee)
        self.batches.append(batch)
        if batch.announced.done:
            self.upload(batch)
