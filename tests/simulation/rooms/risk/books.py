"""What must hold of verdicts, caps, tokens and reviews after every write."""

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from bank import clock
from bank.benefits import bearers
from bank.ledger.metadata import WalletCustomer
from bank.ledger.velocity import WINDOWS
from bank.risk import Outcome, Verdict, replay
from bank.risk.reviews import NOT_REVIEWED
from bank.risk.verdict import posture
from tests.simulation.rooms.risk.acts import (
    BROKEN,
    EXPIRIES,
    IDS,
    TABLES,
    RiskActs,
    case_of,
    verdict_of,
)
from tests.simulation.stored import Change, Row, check, parsed

if TYPE_CHECKING:
    from tests.simulation.world import World

# A spend so soon before a window ends may count in the next one: clocks are a little apart.
EDGE_SECONDS = 2
# What becomes of the hold of a record that was in review.
ENDS = {
    "succeeded": {"captured"},
    "booked": {"captured"},
    "authorized": {"held"},
    "declined": {"voided", "expired"},
}


class Risk(RiskActs):
    """The risk room's part: it makes nothing, and looks at what others have made."""

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        # (account, window, which of them) -> [how often, how much]
        self._spent: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        # (customer's account, day in Shanghai) -> what left it without a token
        self._free: dict[tuple[str, str], int] = defaultdict(int)

    def changed(self, changes: list[Change]) -> None:
        """Each new record's verdict, each end of a review, each use of a token."""
        for change in changes:
            new = change.new or {}
            if change.table == "payment-tokens":
                self._token(change)
            elif (
                change.table in TABLES
                and change.key[1:] in ((), ("payment",))
                and new.get("type") != "deposit"
            ):
                if change.old is None:
                    self._made(change.table, new)
                else:
                    self._ended(change.table, change.old, new)

    def _made(self, table: str, row: Row) -> None:
        verdict = verdict_of(row)
        if verdict:
            self._same_again(verdict)
        if row["status"] == "declined":
            return
        name = row[IDS[table]]
        check(verdict is not None, f"{name} was not judged")
        assert verdict is not None
        check(verdict.outcome is not Outcome.DECLINE, f"{name} is {row['status']} and was declined by risk")
        in_review = row["status"] == "in_review"
        check(in_review == (verdict.outcome is Outcome.REVIEW), f"{name}: {verdict.outcome}, {row['status']}")
        account = self.world.stored.rows["ledger-accounts"][_payer(row),]
        used = any(token.get("used_by") == name for token in self.rows("payment-tokens"))
        holder = WalletCustomer.of(parsed(account.get("metadata")))
        if not used and holder:
            self._within_free_limit(row, holder.free_limit)
        if verdict.outcome is Outcome.CHALLENGE or used:
            self._confirmed(table, row, account)
        if account["kind"] == "wallet":
            self._within_caps(row, capped=not verdict.posture and table != "transfers")

    def _same_again(self, verdict: Verdict) -> None:
        """Invariant 18: its input gives it again. Invariant 19: without rules, it is the stated posture."""
        said = (verdict.outcome, verdict.reasons)
        stated = BROKEN.get(verdict.rules, "approve")
        if verdict.posture:
            failed = verdict.rules in BROKEN or self.world.faults.count > 0
            check(failed, f"{verdict.rules} did not answer, and nothing has failed")
            expected = posture(Outcome(stated), verdict.input)
        else:
            check(verdict.rules in self.versions.values(), f"{verdict.rules} has answered")
            expected = replay(self.content, verdict.input, version="simulation")
        check(said == expected, f"a verdict was {said}, and is {expected} again")

    def _confirmed(self, table: str, row: Row, account: Row) -> None:
        """What was asked about has used up a token of its own in the same write."""
        name = row[IDS[table]]
        used = [token for token in self.rows("payment-tokens") if token.get("used_by") == name]
        payee = row.get("merchant_id") or row.get("to_account_id") or "withdrawal"
        wanted = (account["owner_id"], _confirmed(row), row["currency"], payee)
        bound = [(token["customer_id"], token["amount"], token["currency"], token["payee"]) for token in used]
        check(bound == [wanted], f"{name} needed a token for {wanted} and has used {bound}")

    def _within_free_limit(self, row: Row, limit: int) -> None:
        """What left a customer's wallet without a token in a business day, counted here."""
        moment = clock.parse(row.get("created_at") or row["booked_at"])
        day = clock.business_date(moment)
        if clock.business_date(moment + timedelta(seconds=EDGE_SECONDS)) != day:
            return
        self._free[_payer(row), day.isoformat()] += _paid(row)
        free = self._free[_payer(row), day.isoformat()]
        check(free <= limit, f"{free} left {_payer(row)} on {day} without a token")

    def _within_caps(self, row: Row, *, capped: bool) -> None:
        """Spends of each window, counted here: the bucket that the kernel weighs is never beyond the cap."""
        moment = clock.parse(row.get("created_at") or row["booked_at"]).timestamp()
        for window, cap in self.caps.items():
            length = WINDOWS[window] * 60
            if length - moment % length <= EDGE_SECONDS:
                continue
            spent = self._spent[_payer(row), window, int(moment // length)]
            spent[0] += 1
            spent[1] += row["amount"]
            within = spent[0] <= cap.get("count", spent[0]) and spent[1] <= cap.get("sum", spent[1])
            check(within or not capped, f"{_payer(row)} spent {spent} in {window}, its cap is {cap}")

    def _ended(self, table: str, old: Row, new: Row) -> None:
        """A review ends once, as its case says or because nobody decided it."""
        name = new[IDS[table]]
        if old["status"] != "in_review":
            check(new["status"] != "in_review", f"{name} went from {old['status']} into review")
            check(case_of(old) == case_of(new), f"{name} was decided by another case")
            return
        check(new["status"] in ENDS, f"{name} went from review to {new['status']}")
        hold = self.world.stored.rows["ledger-holds"]["hld_" + name[4:],]
        check(hold["status"] in ENDS[new["status"]], f"{name} is {new['status']}, its hold {hold['status']}")
        declined, decline = new["status"] == "declined", parsed(new.get("decline"))
        case_id = case_of(new)
        if case_id is None:
            until = new.get("review_until") or new["expires_at"]
            soon = clock.instant(self.world.now() + timedelta(seconds=1))
            check(declined and decline == NOT_REVIEWED and until <= soon, f"{name} ended as {new}")
            return
        decision = self.decided[name][case_id]
        # A receiver that takes nothing any more makes a release of a transfer a rejection.
        closed = decision == "release" and (decline or {}).get("code") == "account_closed"
        check(declined == (decision == "reject" or closed), f"{name} is {new['status']} by {decision}")

    def _token(self, change: Change) -> None:
        """A token is used once, by a record that is not declined."""
        new, old = change.new or {}, change.old
        check(bool(old) or "used_by" not in new, "a token was made that is used")
        if old is None:
            return
        check("used_by" not in old, f"a token was used by {old.get('used_by')} and {new.get('used_by')}")
        made = {row[IDS[table]]: row for table, row in self.judged()}
        row = made.get(new["used_by"])
        check(
            row is not None and row["status"] != "declined", f"{new['used_by']} has used a token for nothing"
        )

    def finish(self) -> None:
        """Reviews that nobody has decided are, mostly; the others end when their time is over."""
        self._last_run = self.world.now()
        for name in EXPIRIES:
            check(self.job(name), f"{name} did not end")
        for table, row in list(self.judged()):
            if row["status"] == "in_review" and self.random.random() < 0.7:
                self.tell(TABLES[table], row[IDS[table]], self.random.choice(["release", "reject"]))

    def drained(self) -> None:
        """No review is left over that was decided, or whose time is over."""
        long_ago = clock.instant(self._last_run - timedelta(minutes=1))
        for table, row in self.judged():
            if row["status"] == "in_review":
                until = row.get("review_until") or row["expires_at"]
                check(row[IDS[table]] not in self.decided, f"{row} was decided and has not ended")
                check(until > long_ago, f"{row} was to end by {until}")


def _payer(row: Row) -> str:
    return str(row.get("payer_account_id") or row.get("from_account_id") or row["account_id"])


def _paid(row: Row) -> int:
    """What the payer pays of it in money: benefits may give a part, and points pay one."""
    return int(row["amount"] - bearers.total(parsed(row.get("shr") or "{}")))


def _confirmed(row: Row) -> int:
    """What the payer confirms of it: money and points."""
    return int(row["amount"] - bearers.of_benefits(parsed(row.get("shr") or "{}")))
