"""The replay: each purchase is one payment over HTTP, and some requests are deliberately sent twice."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from infra.channel import Answer, Channel
from infra.demo.channels import work
from infra.demo.purchases import CURRENCY, Purchase
from infra.demo.seed import MUSIC, Seeded, Unexpected, created

# One purchase in 20 is sent twice: by turns at once, from two threads, and again when all is done.
TWICE_EVERY = 20
HEALTH_EVERY = 5


@dataclass(frozen=True)
class Paid:
    """A purchase, its first answer, and that to its second sending where it had one."""

    purchase: Purchase
    answer: Answer
    again: Answer | None = None
    health: Answer | None = None


class Replay:
    """One run: `run` makes its keys and order numbers its own."""

    def __init__(self, channel: Channel, seeded: Seeded, *, run: str, channels: int) -> None:
        self._channel = channel
        self._seeded = seeded
        self._run = run
        self._channels = channels

    def fund(self, deposits: dict[str, int]) -> None:
        """Deposit on each customer's wallet what it will spend."""

        def deposit(customer: str) -> None:
            body = {
                "account_id": self._seeded.wallets[customer],
                "amount": deposits[customer],
                "currency": CURRENCY,
                "source": "bank_transfer",
                "reference": self._run,
            }
            created(self._channel.post("/deposits", body, key=f"{self._run}-{customer}"))

        work("Depositing what they will spend", deposit, list(deposits), channels=self._channels)

    def pay(self, purchases: Sequence[Purchase]) -> list[Paid]:
        """Pay every purchase; then send again those that are sent twice later."""
        numbered = list(enumerate(purchases))
        paid = work(
            "Paying at the music shop", lambda each: self._pay(*each), numbered, channels=self._channels
        )
        later = [each for number, each in enumerate(paid) if number % (2 * TWICE_EVERY) == TWICE_EVERY]
        again = work(
            "Sending some once more", lambda each: self._send(each.purchase), later, channels=self._channels
        )
        sent_later = {each.purchase.line: answer for each, answer in zip(later, again, strict=True)}
        return [
            Paid(each.purchase, each.answer, sent_later.get(each.purchase.line, each.again), each.health)
            for each in paid
        ]

    def _pay(self, number: int, purchase: Purchase) -> Paid:
        health = self._channel.get("/health") if number % HEALTH_EVERY == 0 else None
        if number % (2 * TWICE_EVERY):
            return Paid(purchase, self._send(purchase), None, health)
        answer, again = self._send_twice_at_once(purchase)
        return Paid(purchase, answer, again, health)

    def _send(self, purchase: Purchase) -> Answer:
        body = {
            "payer_account_id": self._seeded.wallets[purchase.customer],
            "merchant_id": self._seeded.merchants[MUSIC],
            "amount": purchase.cents,
            "currency": CURRENCY,
            "merchant_order_no": f"CDNOW-{purchase.line:04d}",
            "description": f"{purchase.discs} CDs on {purchase.date}",
        }
        return self._channel.post("/payments", body, key=f"{self._run}-line-{purchase.line}")

    def _send_twice_at_once(self, purchase: Purchase) -> tuple[Answer, Answer]:
        answers: list[Answer] = []
        senders = [
            threading.Thread(target=lambda: answers.append(self._send(purchase)), daemon=True)
            for _ in range(2)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        if len(answers) != len(senders):
            raise Unexpected(f"no answer to line {purchase.line}")
        # The one that was not the replay counts as the first.
        first, second = sorted(answers, key=lambda answer: answer.replayed)
        return first, second
