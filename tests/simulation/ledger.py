"""The ledger's oracle: what must hold of accounts, journals, entries and holds after every single write."""

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bank import clock
from tests.simulation.spending import Spending
from tests.simulation.stored import Change, Row, check, parsed

if TYPE_CHECKING:
    from tests.simulation.world import World

# The bank's own accounts, by name: 1 where it may stand above zero alone, -1 below, 0 on either side.
SIDES = {
    "fees": 1,
    "funding": -1,
    "payouts": 1,
    "points": -1,
    "points-liability": 1,
    "points-cost": -1,
    "marketing": -1,
    "marketing-unit_a": -1,
    "suppliers": 0,
}
# Accounts of one customer, booked at once both ways.
OWN = ("wal_", "pts_")
# Merchants' settlement accounts and clients' clearing accounts, which many credit at once.
SHARED = ("stl_", "clr_")
PARTS = 16
FIXED = ("account_id", "owner_id", "kind", "currency", "opened_at", "request_digest")


class Ledger:
    """Its own account of what is booked, built from the journals and checked against what is stored."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._spending = Spending(world.stored, world.now)
        # (journal, account) -> what the applier has still to book
        self.in_flight: dict[tuple[str, str], int] = {}
        # row of an account -> [(booked_at, balance)], a step each, from zero
        self.steps: dict[str, list[tuple[str, int]]] = defaultdict(lambda: [("", 0)])
        # internal account -> where it stands with all that is booked, in flight or not
        self._internal: dict[str, int] = defaultdict(int)
        self._own_entries: set[tuple[str, str]] = set()
        self._sums: dict[str, int] = defaultdict(int)

    def changed(self, changes: list[Change]) -> None:
        """Check the changes of one call, which are atomic together only if it was a transaction."""
        by_table: dict[str, list[Change]] = defaultdict(list)
        for change in changes:
            by_table[change.table].append(change)
        for change in [*by_table["ledger-journals"], *by_table["ledger-entries"]]:
            again = change.table == "ledger-entries" and self._at_once(change.new or {})
            check(change.old is None or again, f"{change.table} {change.key} was changed")
        for journal in by_table["ledger-journals"]:
            self._journal(journal.new or {})
        explained = self._explained(by_table)
        for change in by_table["ledger-accounts"]:
            self._account(change)
        self._moved_as_booked(by_table["ledger-accounts"], explained)
        self._rows_agree({account_of(change.key[0]) for change in by_table["ledger-accounts"]})
        for change in by_table["ledger-entries"]:
            self._entry(change.new or {})
        for change in by_table["ledger-holds"]:
            _hold(change)
            self._in_time(change.new or {}, by_table["ledger-journals"])
        self._held({change.key[0] for change in by_table["ledger-accounts"]})
        self._spending.changed(by_table)
        check(not any(self._sums.values()), f"all balances with what is in flight sum to {dict(self._sums)}")

    def _in_time(self, hold: Row, journals: list[Change]) -> None:
        """A hold is captured while it lasts, and expires after; clocks may be a second apart."""
        soon = clock.instant(self._world.now() + timedelta(seconds=1))
        check(hold["status"] != "expired" or hold["expires_at"] <= soon, f"{hold} expired before its time")
        booked = [(change.new or {})["booked_at"] for change in journals]
        late = hold["status"] == "captured" and booked[0] >= hold["expires_at"]
        check(not late, f"{hold} was captured at {booked}")

    def _journal(self, row: Row) -> None:
        legs = parsed(row["legs"])
        check(sum(amount for _, amount in legs) == 0, f"journal {row['journal_id']} does not balance: {legs}")
        check(bool(row.get("made_by")), f"journal {row['journal_id']} names nobody")
        for account_id, amount in legs:
            if account_id.startswith("int_"):
                self._on_its_side(account_id, amount)
            if not _immediate(account_id, amount):
                self.in_flight[row["journal_id"], account_id] = amount
                self._sums[row["currency"]] += amount

    def _on_its_side(self, account_id: str, amount: int) -> None:
        """Count a leg on an account of the bank's, which must be one that it has, on the side that is its."""
        side = SIDES.get(account_id[4:-4])
        if side is None:
            check(False, f"{account_id} is none of the bank's accounts")
            return
        self._internal[account_id] += amount
        stands = self._internal[account_id]
        check(stands * side >= 0, f"{account_id} stands at {stands}")

    def _explained(self, by_table: dict[str, list[Change]]) -> dict[str, int]:
        """By account, what the journals and the applied legs among these changes move.

        Over how many rows a debit goes is the code's to choose.
        """
        moved: dict[str, int] = defaultdict(int)
        for change in by_table["ledger-journals"]:
            for account_id, amount in parsed((change.new or {})["legs"]):
                moved[account_id] += amount if _immediate(account_id, amount) else 0
        for change in by_table["ledger-entries"]:
            for (_, account_id), amount in _applied(change.new or {}):
                moved[account_id] += amount
        return moved

    def _moved_as_booked(self, changes: list[Change], explained: dict[str, int]) -> None:
        """What the rows of each account moved together is what is booked on it, each in its direction."""
        moved: dict[str, list[int]] = defaultdict(list)
        for change in changes:
            by = (change.new or {})["balance"] - (change.old or {"balance": 0})["balance"]
            moved[account_of(change.key[0])] += [by] if by else []
        for account_id in {*moved, *explained}:
            total, booked = sum(moved[account_id]), explained.get(account_id, 0)
            check(total == booked, f"{account_id} moved by {total}, booked is {booked}")
            together = all((by < 0) == (booked < 0) for by in moved[account_id])
            check(together, f"money went from one part of {account_id} to another: {moved[account_id]}")

    def _rows_agree(self, account_ids: set[str]) -> None:
        """An account has the parts that it counts, and each has its currency, status and freezes."""
        rows = self._world.stored.rows["ledger-accounts"]
        for account_id in account_ids:
            own = rows.get((account_id,))
            check(own is not None, f"{account_id} has parts and no row of its own")
            found = [row for (row_id,), row in rows.items() if row_id.startswith(f"{account_id}~")]
            count = 1 + len(found)
            expected = PARTS if own["kind"] == "internal" else own.get("pt", 1)
            check(
                count <= expected if own["kind"] == "internal" else count == expected,
                f"{account_id} has {count} rows, it counts {expected}",
            )
            for row in found:
                same = all(own.get(fact) == row.get(fact) for fact in ("kind", "currency", "status", "fz"))
                check(same, f"{row['account_id']} is not as its account is")
                apart = row["owner_id"] == account_id and not row["held"]
                check(apart, f"{row['account_id']} has what parts have not")

    def _account(self, change: Change) -> None:
        new, old = change.new or {}, change.old
        name = change.key[0]
        credit = new.get("cl", 0)
        check(
            new.get("available") == new["balance"] - new["held"] + credit,
            f"{name}: available is not balance - held + credit limit",
        )
        check(not credit or new["kind"] == "clearing", f"{name} has a credit limit")
        check(new["kind"] == "internal" or new["available"] >= 0, f"{name} is overdrawn: {new['available']}")
        check(new["held"] >= 0, f"{name} holds {new['held']}")
        before = old or {"balance": 0, "version": 0, "booked_at": "", "status": "active"}
        moved = new["balance"] - before["balance"]
        if old:
            check(all(old.get(fact) == new.get(fact) for fact in FIXED), f"{name} became another account")
            check(old["status"] != "closed" or new["status"] == "closed", f"{name} was closed and is not")
            frozen = moved < 0 and old["status"] != "active" and new["held"] == old["held"]
            check(not frozen, f"{name} is {old['status']} and was debited")
        empty = new["kind"] not in {"wallet", "points"} or not (new["balance"] or new["held"])
        check(new["status"] != "closed" or empty, f"{name} is closed with {new['balance']} on it")
        if moved or new["version"] != before["version"]:
            check(new["version"] == before["version"] + 1, f"{name} went from step {before['version']}")
            check(new["booked_at"] >= before["booked_at"], f"{name}: its booking times went back")
            self.steps[name].append((new["booked_at"], new["balance"]))
        self._sums[new["currency"]] += moved

    def _entry(self, entry: Row) -> None:
        for leg, amount in _applied(entry):
            self._landed(leg, amount)
        account_id, _, part = entry["account_shard"].rpartition("#")
        if part == "p":
            self._posting(account_id, entry)
            return
        check(account_of(account_id) == account_id, f"{account_id} is no account, and has an entry")
        self._own_balance(account_id, entry)
        key = (entry["journal_id"], account_id)
        check(key not in self._own_entries, f"journal {key[0]} has two entries on {account_id}")
        self._own_entries.add(key)
        check(entry["amount"] == self._leg(*key), f"the entry of {key} is of {entry['amount']}")

    def _own_balance(self, account_id: str, entry: Row) -> None:
        """An entry that tells a balance without its part is of an account that had one row then."""
        if "part" in entry or not entry["seq"]:
            return
        row = self._world.stored.rows["ledger-accounts"][account_id,]
        # An entry from the stream comes later than its step: the account may have grown since.
        step = self.steps[account_id][entry["seq"]]
        check(step[1] >= entry["balance_after"] or "pt" in row, f"{entry} is no balance of {account_id}")

    def _posting(self, account_id: str, entry: Row) -> None:
        steps, seq = self.steps[account_id], entry["seq"]
        check(0 < seq < len(steps), f"{account_id} has a posting of step {seq} of {len(steps) - 1}")
        expected = (steps[seq][0], steps[seq][1], steps[seq][1] - steps[seq - 1][1])
        given = (entry["booked_at"], entry["balance_after"], entry["amount"])
        if given != expected and self._at_once(entry):
            follows = given[1] - given[2] == steps[seq - 1][1] and given[0] == expected[0]
            check(follows, f"the posting {account_id}#{seq} says {given} after {steps[seq - 1]}")
            steps[seq] = given[:2]
            return
        check(given == expected, f"the posting {account_id}#{seq} says {given}, it was {expected}")

    def _at_once(self, entry: Row) -> bool:
        """A posting of which a sweep cannot know the place: its row took another step at the same instant."""
        row_id, _, part = entry.get("account_shard", "").rpartition("#")
        if part != "p" or not self._world.deliveries.has_missing():
            return False
        return sum(booked_at == entry["booked_at"] for booked_at, _ in self.steps[row_id]) > 1

    def _landed(self, leg: tuple[str, str], amount: int) -> None:
        check(
            self.in_flight.get(leg) == amount,
            f"{leg} was applied with {amount}, due is {self.in_flight.get(leg)}",
        )
        del self.in_flight[leg]
        self._sums[self._world.stored.rows["ledger-accounts"][leg[1],]["currency"]] -= amount

    def _leg(self, journal_id: str, account_id: str) -> Any:
        row = self._world.stored.rows["ledger-journals"].get((journal_id,))
        return dict(parsed(row["legs"])).get(account_id) if row else None

    def _held(self, account_ids: set[str]) -> None:
        held: dict[str, int] = defaultdict(int)
        for hold in self._world.stored.rows["ledger-holds"].values():
            if hold["status"] == "held":
                held[hold["account_id"]] += hold["amount"]
        for account_id in account_ids:
            row = self._world.stored.rows["ledger-accounts"][account_id,]
            held[account_id] += _of_lots(row)
            check(
                row["held"] == held[account_id],
                f"{account_id} holds {row['held']}, its holds are {held[account_id]}",
            )

    def drained(self) -> None:
        """All has arrived: nothing is in flight, and every step and leg has its entries."""
        check(not self.in_flight, f"never booked: {sorted(self.in_flight)}")
        entries = self._world.stored.rows["ledger-entries"]
        for account_id, steps in self.steps.items():
            found = sorted(row["seq"] for key, row in entries.items() if key[0] == f"{account_id}#p")
            check(
                found == list(range(1, len(steps))),
                f"{account_id} has the postings {found} of {len(steps) - 1}",
            )
        for (journal_id,), row in self._world.stored.rows["ledger-journals"].items():
            for account_id, _ in parsed(row["legs"]):
                own = (journal_id, account_id) in self._own_entries
                check(own or not account_id.startswith(SHARED), f"{account_id} has no entry of {journal_id}")

    def as_of(self, account_id: str, instant: str) -> int:
        """The balance after everything booked up to `instant`."""
        return sum(
            [balance for booked_at, balance in steps if booked_at <= instant][-1]
            for steps in self._steps_of(account_id)
        )

    def _steps_of(self, account_id: str) -> list[list[tuple[str, int]]]:
        """The steps of each row of an account."""
        return [self.steps[account_id]] + [
            steps for row_id, steps in self.steps.items() if row_id.startswith(f"{account_id}~")
        ]

    def instants(self, account_id: str) -> list[str]:
        """Every booking time of an account, and those just before and after."""
        moments = [
            clock.parse(booked_at) for steps in self._steps_of(account_id) for booked_at, _ in steps[1:]
        ]
        step = timedelta(microseconds=1)
        return [clock.instant(moment + offset) for moment in moments for offset in (-step, 0 * step, step)]


def _applied(entry: Row) -> list[tuple[tuple[str, str], int]]:
    """The deferred legs that an entry shows to be booked: (journal, account) with the amount.

    The own entry of a credit on a shared account, or the lines of a posting on one of the bank's accounts.
    """
    account_id, _, part = entry["account_shard"].rpartition("#")
    if account_id.startswith(SHARED) and part != "p" and entry["amount"] > 0:
        return [((entry["journal_id"], account_id), entry["amount"])]
    account_id = account_of(account_id)
    return [((journal_id, account_id), amount) for journal_id, amount in parsed(entry.get("lines")) or ()]


def account_of(row_id: str) -> str:
    """The id of the account that a row keeps a part of."""
    return row_id.partition("~")[0]


def _immediate(account_id: str, amount: int) -> bool:
    return account_id.startswith(OWN) or (account_id.startswith(SHARED) and amount < 0)


def _of_lots(row: Row) -> int:
    """Points that are reserved by the lots of an account, which must make up what is available there."""
    free, reserved, _ = row.get("lt", "||").split("|")
    available = sum(int(lot.partition(":")[2]) for lot in free.split(",") if lot)
    check(row["kind"] != "points" or row["available"] == available, f"{row} has lots of {available}")
    return sum(
        int(lot.partition(":")[2])
        for each in reserved.split(";")
        if each
        for lot in each.partition("=")[2].split(",")
    )


def _hold(change: Change) -> None:
    old, new = change.old, change.new or {}
    if old is None:
        check(new["status"] == "held", f"hold {change.key} began as {new['status']}")
        product = f"open#{new['reference'][:3]}#"
        check(new["open_shard"].startswith(product), f"hold {change.key} is not among {product}")
        return
    check(
        old["status"] == "held" != new["status"], f"hold {change.key} went {old['status']} -> {new['status']}"
    )
    check(
        new["captured"] + new["returned"] == new["amount"] == old["amount"], f"hold {change.key} lost money"
    )
    check(new["captured"] >= 0 and new["returned"] >= 0, f"hold {change.key} ended as {new}")
    check("open_shard" not in new, f"hold {change.key} has ended and is still listed as open")
