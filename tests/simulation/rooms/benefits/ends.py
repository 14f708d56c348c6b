"""What must hold of all entitlements once everything has arrived."""

from collections import Counter
from datetime import timedelta

from bank import clock
from benefits.app import app
from tests.simulation.rooms.benefits.acts import EXPIRY
from tests.simulation.rooms.benefits.books import BenefitBooks
from tests.simulation.stored import Row, check

ENDED = {"redeemed", "expired", "revoked", "given_away"}
# Events of what became of an entitlement, each told once.
TOLD = {"EntitlementExpired": "expired", "EntitlementRevoked": "revoked", "EntitlementGiven": "given_away"}


class Benefits(BenefitBooks):
    """The benefits room's part."""

    def finish(self) -> None:
        """A last run of the job; what is due after it waits for the next."""
        check(self.job(EXPIRY), "the expiry of benefits did not end")

    def drained(self) -> None:
        """What is over has ended and is settled; events, lists and payments say the same."""
        self._days_go_by()
        rows = {row["entitlement_id"]: row for row in self.entitlements()}
        for name, row in rows.items():
            check(row["st"] in ENDED, f"{name} is {row['st']}, and its time is over")
            check("tk" not in row, f"{name} has not given back what it has of its caps")
        self._published(rows)
        self._listed(rows)
        self._used(rows)

    def _days_go_by(self) -> None:
        """All that was issued comes to its end, and the job settles it: for this room alone."""
        now = clock.instant(self.world.now())
        last = max([now, *(max(row["vt"], row["ru"]) for row in self.entitlements())])
        seconds = (clock.parse(last) - self.world.now() + timedelta(minutes=2)).total_seconds()
        self.world.passes(seconds)
        self.finish()
        self.world.deliveries.deliver_all()
        self.world.passes(-seconds)

    def _published(self, rows: dict[str, Row]) -> None:
        """Each change was told once: redemptions and reversals add up to what was given."""
        issued = self._told("EntitlementIssued")
        check(issued == Counter(list(rows)), f"published {issued}, issued {list(rows)}")
        for event, status in TOLD.items():
            ended = Counter(name for name, row in rows.items() if row["st"] == status)
            check(self._told(event) == ended, f"{event} was published of {self._told(event)}, was {ended}")
        given = Counter[str]()
        for event, sign in (("EntitlementRedeemed", 1), ("RedemptionReversed", -1)):
            for told in self.world.bus.of_type(event):
                given[told["entitlement_id"]] += sign * told["discount"]
                check(sum(told["shares"].values()) == told["discount"], f"{event}: {told}")
        spent = Counter({name: row["s"] for name, row in rows.items()})
        check(+given == +spent, f"events say that {given} was given, it was {spent}")

    def _told(self, event: str) -> Counter[str]:
        return Counter(told["entitlement_id"] for told in self.world.bus.of_type(event))

    def _listed(self, rows: dict[str, Row]) -> None:
        for account_id in sorted({row["ac"] for row in rows.values()}):
            for ended in (False, True):
                expected = {
                    name
                    for name, row in rows.items()
                    if row["ac"] == account_id and (row["st"] in ENDED) is ended
                }
                found = self._pages({"account_id": account_id, "ended": str(ended).lower(), "limit": "4"})
                check(sorted(found) == sorted(expected), f"{account_id} lists {found}, not {expected}")

    def _pages(self, query: dict[str, str]) -> list[str]:
        found: list[str] = []
        while True:
            page = self.clients.read(app, "/entitlements", query)
            found += [item["entitlement_id"] for item in page["items"]]
            if not page["next_cursor"]:
                return found
            query = {**query, "cursor": page["next_cursor"]}

    def _used(self, rows: dict[str, Row]) -> None:
        """A payment that was refunded wholly has given back every use that it made."""
        for name, payment_id in self.used:
            payment = self.world.stored.rows["payments"][payment_id, "payment"]
            back = (name, payment_id) in self.returned
            check(back == (payment["status"] == "refunded"), f"{payment_id} is {payment['status']}: {name}")
