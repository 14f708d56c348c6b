"""What customers are asked for and show, what reviewers decide, and what becomes of the rules."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from accounts.app import app as accounts_app
from bank import store
from bank.credentials import payment_tokens
from bank.ledger.velocity import Caps
from bank.risk import Verdict
from bank.risk.tables import ContentRow, content_key
from payments.app import app as payments_app
from tests.simulation.clients import Sent
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Row
from tests.support import bus, risk
from transfers.app import app as transfers_app

PRODUCTS = ("payment", "transfer", "withdrawal")
# Where each product's records stand, and what their ids are called.
TABLES = {"payments": "payment", "transfers": "transfer", "movements": "withdrawal"}
IDS = {"payments": "payment_id", "transfers": "transfer_id", "movements": "movement_id"}
RULES = (
    ("amount >= 100 and amount < 130", "review", "odd"),
    ("amount >= 130 and amount < 160", "challenge", "odder"),
    ("amount >= 160 and amount < 165", "decline", "oddest"),
    ("amount > 14000", "challenge", "large"),
    ("amount > 17000", "review", "larger"),
    ("amount > 19000", "decline", "largest"),
    ("customer.count_1h > 12 and customer.ratio > 900", "review", "unusual"),
)
# Versions that cannot answer, each with the posture that is stated beside it.
BROKEN = {"rls_missing": "approve", "rls_failing": "review", "rls_strange": "decline"}
EXPIRIES = ("accounts.app.on_review_expiry", "transfers.app.on_review_expiry", "payments.app.on_hold_expiry")
HANDLERS = {
    "payment": "payments.app.on_reviews",
    "transfer": "transfers.app.on_reviews",
    "withdrawal": "accounts.app.on_reviews",
}
FREE_LIMIT = 2_000


class RiskActs(Room):
    """The part of the risk room that acts."""

    def open(self) -> None:
        """A rule set with caps of this history's own, broken ones, and a customer's wallet."""
        risk.forget()
        self.caps: Caps = {
            "1m": {"count": self.random.choice([2, 5, 20])},
            "1h": {"sum": self.random.choice([20_000, 60_000, 200_000])},
        }
        # By record: what was decided of it, by case.
        self.decided: dict[str, dict[str, str]] = {}
        self.content = risk.model(*RULES)
        self.versions: dict[str, str] = {}
        for product in PRODUCTS:
            # Batches send many lines at once: their product is judged without caps.
            caps = None if product == "transfer" else self.caps
            self.versions[product] = risk.live(product, *RULES, caps=caps, posture="approve")
        # A text has no sum; and nothing is approved perhaps.
        failing = {"rls_failing": ('sum("text") > 1', "approve"), "rls_strange": ("amount > 0", "perhaps")}
        for version, (when, outcome) in failing.items():
            content = risk.model((when, outcome, ""))
            store.put_many([ContentRow(rules_key=content_key(version), content=content)])
        wallet = risk.customer_wallet("cus_1", 0, free_limit=FREE_LIMIT)
        money = {"account_id": wallet, "amount": 50_000, "currency": "CNY"}
        self.clients.post(accounts_app, "/deposits", {**money, "source": "cash", "reference": "r"})

    def actions(self) -> Iterable[Action]:
        """Spends that rules mind, what customers show, what reviewers decide, and what is live."""
        yield Action("judged", 2.0, self._judged)
        yield Action("confirm", 1.5, self._confirm)
        yield Action("decide", 1.5, self._decide)
        yield Action("review expiry", 0.4, lambda: self.job(self.random.choice(EXPIRIES)))
        yield Action("rules", 0.5, self._rules)
        yield Action("cold start", 0.2, risk.forget)

    def judged(self) -> Iterator[tuple[str, Row]]:
        """Every record that risk judges, with its table; deposits are not among them."""
        for table in TABLES:
            for row in self.rows(table):
                if row.get("record", "payment") == "payment" and row.get("type") != "deposit":
                    yield table, row

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        """What another room does is not where this looks for faults."""
        before, self.world.quiet = self.world.quiet, True
        try:
            yield
        finally:
            self.world.quiet = before

    def _judged(self) -> None:
        """One or some small spends of a wallet, in quick succession."""
        wallets = [row for row in self.rows("ledger-accounts") if row["kind"] == "wallet"]
        payer = self.random.choice(wallets)
        for _ in range(self.random.choice([1, 1, 4])):
            amount = self.random.choice([self.random.randint(80, 170), self.random.randint(1_500, 2_500)])
            self._spend(payer, amount)

    def _spend(self, payer: Row, amount: int) -> None:
        body: dict[str, Any] = {"amount": amount, "currency": payer["currency"]}
        product = self.random.choice(PRODUCTS)
        if product == "withdrawal":
            body |= {"destination": "cash", "reference": "r"}
            self.clients.post(accounts_app, f"/accounts/{payer['account_id']}/withdrawals", body)
        elif product == "payment":
            merchants = [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]
            body |= {"payer_account_id": payer["account_id"], "merchant_id": self.random.choice(merchants)}
            capture = self.random.choice(["manual", "automatic"])
            self.clients.post(
                payments_app, "/payments", body | {"merchant_order_no": "j", "capture": capture}
            )
        else:
            others = [
                row["account_id"]
                for row in self.rows("ledger-accounts")
                if row["kind"] == "wallet" and row["currency"] == payer["currency"] and row != payer
            ]
            if others:
                ends = {"from_account_id": payer["account_id"], "to_account_id": self.random.choice(others)}
                self.clients.post(transfers_app, "/transfers", body | ends)

    def _confirm(self) -> None:
        """A customer shows more, and the request comes again with the token; now and then others bring it.

        Where an answer was lost, the same comes again: another token would be another body.
        """
        asked = [
            each for each in self.clients.asked if each.answer is None and not self.clients.handles(each)
        ]
        if not asked:
            return
        request = self.random.choice(asked)
        bound = self._bound(request)
        if bound is None:
            return
        with self._quietly():
            token = risk.token(**bound)
        request.body = {**request.body, "payment_token": token}
        if self.random.random() < 0.2:
            self.world.passes(self.random.choice([30, payment_tokens.GOOD_FOR.total_seconds()]))
        self.clients.send(request)
        if self.random.random() < 0.5:
            self.clients.post(request.api, request.path, request.body)

    def _bound(self, request: Sent) -> dict[str, Any] | None:
        """What a token for this request names; None where the payer showed a code."""
        body, parts = request.body, request.path.split("/")
        payer = body.get("payer_account_id") or body.get("from_account_id")
        if payer is None and parts[-1] != "withdrawals":
            return None
        account = self.world.stored.rows["ledger-accounts"][payer or parts[-2],]
        payee = body.get("merchant_id") or body.get("to_account_id") or payment_tokens.WITHDRAWAL
        return {
            "customer_id": account["owner_id"],
            "amount": body["amount"],
            "currency": body["currency"],
            "payee": payee,
        }

    def _decide(self) -> None:
        """Reviewers decide, some twice and otherwise; the queue delivers late, again and in any order."""
        there = [(table, row) for table, row in self.judged() if row["status"] == "in_review" or case_of(row)]
        if not there:
            return
        waiting = [(table, row) for table, row in there if row["status"] == "in_review"]
        table, row = self.random.choice(waiting if waiting and self.random.random() < 0.8 else there)
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self.tell(TABLES[table], row[IDS[table]], self.random.choice(["release", "release", "reject"]))

    def tell(self, product: str, record_id: str, decision: str) -> None:
        """Put a decision on the queues of those who may listen."""
        cases = self.decided.setdefault(record_id, {})
        case_id = f"cas_{record_id}_{len(cases)}"
        cases[case_id] = decision
        data = {"record_id": record_id, "product": product, "decision": decision, "case_id": case_id}
        event = {"type": "perkbank.cases.ReviewDecided.v1", "data": data}
        for handler in HANDLERS.values():
            if handler == HANDLERS[product] or self.random.random() < 0.2:
                self.world.queues.put(handler, bus.body(event))

    def _rules(self) -> None:
        """Other rules are live: good ones mostly, or such as cannot answer."""
        product = self.random.choice(PRODUCTS)
        version = self.random.choice([self.versions[product]] * 4 + list(BROKEN))
        self.world.say(f"  {product} is judged by {version}")
        with self._quietly():
            risk.point(product, version, BROKEN.get(version, "approve"))


def case_of(row: Row) -> str | None:
    """The case that decided a record's review; payments keep it under a short name."""
    return row.get("case_id") or row.get("case")


def verdict_of(row: Row) -> Verdict | None:
    """What risk said of a record; None where it was refused before that was asked."""
    packed = row.get("risk") or row.get("rsk")
    return Verdict.unpack(packed) if packed else None
