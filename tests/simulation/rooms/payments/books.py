"""What must hold of a payment, its hold, refunds, splits and journals, after every write."""

from bank.benefits import bearers
from bank.ledger.payees import settlement_id
from tests.simulation.rooms.payments.acts import PaymentActs
from tests.simulation.stored import Change, Row, check, parsed

# What a payment's status may become.
NEXT = {
    None: {"authorized", "in_review", "succeeded", "declined"},
    "in_review": {"authorized", "succeeded", "declined"},
    "authorized": {"succeeded", "cancelled", "expired"},
    "succeeded": {"partially_refunded", "refunded"},
    "partially_refunded": {"partially_refunded", "refunded"},
}
HOLDS = {
    "authorized": {"held"},
    "in_review": {"held"},
    "cancelled": {"voided"},
    "expired": {"expired"},
    "declined": {"voided", "expired"},
}
CAPTURED = {"succeeded", "partially_refunded", "refunded"}
FIXED = (
    "payer_account_id",
    "merchant_id",
    "client_id",
    "currency",
    "amount",
    "merchant_order_no",
    "created_at",
    "capture",
)


class PaymentBooks(PaymentActs):
    """The part of the payments room that keeps watch."""

    def changed(self, changes: list[Change]) -> None:
        """Each payment that changed, with all that hangs on it."""
        for change in changes:
            # The lines of an order say what is left of them.
            if change.table == "payments" and change.key[1] not in {"payment", "lines"}:
                check(change.old is None, f"{change.key} was changed")
            if change.table == "payment-codes" and change.old:
                check("used_by" not in change.old, f"a code was used by {change.old} and {change.new}")
        for payment_id in {change.key[0] for change in changes if change.table == "payments"}:
            steps = [change for change in changes if change.key == (payment_id, "payment")]
            for step in steps:
                self._step(step)
            self._sums(payment_id)

    def _step(self, change: Change) -> None:
        new, old = change.new or {}, change.old
        before = old["status"] if old else None
        check(
            new["status"] in NEXT.get(before, set()) | ({before} - {None}),
            f"{change.key}: {before} -> {new['status']}",
        )
        if old:
            check(
                all(old.get(fact) == new.get(fact) for fact in FIXED), f"{change.key} became another payment"
            )

    def _sums(self, payment_id: str) -> None:
        payment = self.world.stored.rows["payments"].get((payment_id, "payment"))
        if payment is None:
            return
        refunds, splits = self._done(payment_id, "refund#"), self._done(payment_id, "split#")
        captured, refunded = payment["captured_amount"], payment["refunded_amount"]
        refund_sum = sum(row["amount"] for row in refunds)
        check(
            refunded == refund_sum <= captured <= payment["amount"],
            f"{payment_id} refunded {refund_sum} of {captured}",
        )
        check(
            payment["refundable"] == captured - refunded, f"{payment_id} refundable {payment['refundable']}"
        )
        returned = sum(row["fee_returned"] for row in refunds)
        check(
            payment["fee_returned"] == returned <= payment["fee"],
            f"{payment_id} returned {returned} of the fee",
        )
        borne = captured and bearers.of_merchant(parsed(payment.get("shr") or "{}"))
        shared, net = sum(row["amount"] for row in splits), captured - payment["fee"] - borne
        check(
            payment["split_amount"] == shared, f"{payment_id} split {shared}, says {payment['split_amount']}"
        )
        check(
            0 <= payment["splittable"] <= net - shared,
            f"{payment_id} has {payment['splittable']} left to split",
        )
        check(
            (payment["status"] == "refunded") == (0 < captured == refunded),
            f"{payment_id} is {payment['status']}",
        )
        check(payment["status"] != "refunded" or returned == payment["fee"], f"{payment_id} kept a fee")
        self._hold(payment)
        self._journals(payment, refunds, splits)

    def _done(self, payment_id: str, kind: str) -> list[Row]:
        rows = self.world.stored.rows["payments"].items()
        return [
            row
            for key, row in rows
            if key[0] == payment_id and key[1].startswith(kind) and "refusal" not in row
        ]

    def _hold(self, payment: Row) -> None:
        hold = self.world.stored.rows["ledger-holds"].get(("hld_" + payment["payment_id"][4:],))
        if hold is None:
            check(payment["status"] in {*CAPTURED, "declined"}, f"{payment['payment_id']} has no hold")
            return
        expected = HOLDS.get(payment["status"], {"captured"})
        check(
            hold["status"] in expected,
            f"{payment['payment_id']} is {payment['status']}, its hold {hold['status']}",
        )
        check(
            hold["captured"]
            == payment["captured_amount"] - _discount(payment) * bool(payment["captured_amount"]),
            f"{payment['payment_id']}: hold and capture differ",
        )

    def _journals(self, payment: Row, refunds: list[Row], splits: list[Row]) -> None:
        """What each record says was moved is what its journal moved."""
        payer = payment["payer_account_id"]
        merchant = settlement_id(payment["merchant_id"], payment["currency"])
        if payment["status"] in CAPTURED:
            shares = parsed(payment.get("shr") or "{}")
            captured, borne = payment["captured_amount"], bearers.of_merchant(shares)
            legs = {
                payer: bearers.total(shares) - captured,
                merchant: captured - payment["fee"] - borne,
                **_borne(shares, payment["currency"], -1),
            }
            self._moved(payment["journal_id"], legs)
        for row in refunds:
            shares = parsed(row.get("shares") or "{}")
            legs = {
                payer: row["amount"] - bearers.total(shares),
                merchant: row["fee_returned"] - row["amount"] + bearers.of_merchant(shares),
                **_borne(shares, payment["currency"], 1),
            }
            if any(legs.values()):
                self._moved(row["journal_id"], legs)
        for row in splits:
            self._moved(row["journal_id"], {merchant: -row["amount"]})

    def _moved(self, journal_id: str, expected: dict[str, int]) -> None:
        row = self.world.stored.rows["ledger-journals"].get((journal_id,))
        check(row is not None, f"there is no journal {journal_id}")
        legs = dict(parsed((row or {})["legs"]))
        moved = {account_id: legs.get(account_id, 0) for account_id in expected}
        check(moved == expected, f"journal {journal_id} moved {moved}, expected {expected}")


def _discount(payment: Row) -> int:
    """What benefits gave of what was captured."""
    return bearers.total(parsed(payment.get("shr") or "{}"))


def _borne(shares: dict[str, dict[str, int]], currency: str, sign: int) -> dict[str, int]:
    """The legs of the bank's accounts that bear these shares."""
    return {name: sign * amount for name, amount in bearers.by_account(shares, currency).items()}
