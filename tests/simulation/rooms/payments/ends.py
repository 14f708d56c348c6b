"""What must hold of all payments once everything has arrived."""

from datetime import timedelta

from bank import clock
from payments.app import app
from tests.simulation.rooms.payments.acts import EXPIRY
from tests.simulation.rooms.payments.books import CAPTURED, PaymentBooks
from tests.simulation.stored import Row, check


class Payments(PaymentBooks):
    """The payments room's part."""

    def finish(self) -> None:
        """A last run; what is due after it waits for the next."""
        self._last_run = self.world.now()
        check(self.job(EXPIRY), "the expiry did not end")

    def drained(self) -> None:
        """Answers, rows, journals, events and lists all say the same."""
        rows = {row["payment_id"]: row for row in self.payments()}
        answers = self.clients.done("POST", "payments")
        answered = [answer["payment_id"] for answer in answers]
        check(sorted(answered) == sorted(rows), f"answered {answered}, stored {sorted(rows)}")
        self._booked(rows)
        self._published(rows)
        self._listed(rows)
        long_ago = clock.instant(self._last_run - timedelta(minutes=1))
        for row in rows.values():
            due = row["status"] in {"authorized", "in_review"} and row["expires_at"] <= long_ago
            check(not due, f"{row['payment_id']} should have expired")

    def _booked(self, rows: dict[str, Row]) -> None:
        """Nothing was booked for a payment but what its records tell of."""
        journals = {
            key[0]
            for key, row in self.world.stored.rows["ledger-journals"].items()
            if row["kind"] in {"payment", "capture", "refund", "split"}
        }
        records = {
            row["journal_id"] for row in self.rows("payments") if "journal_id" in row and "refusal" not in row
        }
        check(journals == records, f"journals without a record, or the reverse: {journals ^ records}")
        holds = self.world.stored.rows["ledger-holds"]
        used = [row["used_by"] for row in self.rows("payment-codes") if "used_by" in row]
        check(len(used) == len(set(used)), "a payment used two codes")
        check(
            all(rows[name]["status"] != "declined" or _held(name, holds) for name in used),
            "a payment that was declined at once used a code",
        )

    def _published(self, rows: dict[str, Row]) -> None:
        events = {
            "PaymentSucceeded": CAPTURED,
            "PaymentAuthorized": set(),
            "PaymentDeclined": {"declined"},
            "PaymentCancelled": {"cancelled"},
            "PaymentExpired": {"expired"},
        }
        for name, statuses in events.items():
            published = sorted(event["payment_id"] for event in self.world.bus.of_type(name))
            expected = sorted(
                payment_id
                for payment_id, row in rows.items()
                if row["status"] in statuses
                or (
                    name == "PaymentAuthorized"
                    and row["capture"] == "manual"
                    and row["status"] not in {"declined", "in_review"}
                )
            )
            check(published == expected, f"{name} was published of {published}, happened to {expected}")
        refunds = sorted(
            row["refund_id"] for row in self.rows("payments") if "refund_id" in row and "refusal" not in row
        )
        published = sorted(event["refund_id"] for event in self.world.bus.of_type("PaymentRefunded"))
        check(published == refunds, f"published refunds {published}, made were {refunds}")

    def _listed(self, rows: dict[str, Row]) -> None:
        for name in ("merchant_id", "payer_account_id", "merchant_order_no"):
            for value in sorted({row[name] for row in rows.values()}):
                expected = {payment_id for payment_id, row in rows.items() if row[name] == value}
                found = self._pages({name: value, "limit": "4"})
                check(sorted(found) == sorted(expected), f"{name}={value} lists {found}, not {expected}")

    def _pages(self, query: dict[str, str]) -> list[str]:
        found: list[str] = []
        while True:
            page = self.clients.read(app, "/payments", query)
            found += [item["payment_id"] for item in page["items"]]
            if not page["next_cursor"]:
                return found
            query = {**query, "cursor": page["next_cursor"]}


def _held(payment_id: str, holds: dict[tuple[str, ...], Row]) -> bool:
    """Whether there was a hold for it, as for one whose review rejected it."""
    return ("hld_" + payment_id[4:],) in holds
