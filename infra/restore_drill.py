"""Lose every table of a stage and restore it: `make restore-drill`, on a stack of its own.

    python -m infra.restore_drill

Money moves, the ledger's consumers fall behind, all tables are backed up, money moves once more, all tables
are deleted and restored, consumers read the new streams, a sweep books what the old ones had not told, and
all that had moved money is sent again. Ends with 1 where the ledger's verification, a balance, an answer or
the audit trail is not as it must be. Only for stages without customers (`local`, `test`).
"""

import os
import sys
import time
import uuid
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bank.config import SIMULATED
from infra import restoring
from infra.channel import Answer
from tests.e2e import stack
from tests.e2e.deployed import Deployed, created

FUNDS, PRICE, PAYMENTS = 100_000, 1_000, 5
NET = 994
# Their consumers are behind at the backup.
LEDGER = ("ledger-journals", "ledger-accounts")
# A sweep leaves to the streams what is younger than a quarter of an hour.
ARRIVED = timedelta(minutes=30)
# Of the audit trail's differences, those that anchors of after the backup make: what they hold is gone.
BEYOND_BACKUP = {"tail", "anchor"}


class Drill:
    """One rehearsal on a deployed stage; `figures` is what came of it, by what it is."""

    def __init__(self, deployed: Deployed) -> None:
        if deployed.env.stage not in SIMULATED:
            raise SystemExit(f"stage {deployed.env.stage} has customers: the drill deletes all tables")
        self.figures: dict[str, Any] = {}
        self.wrong: list[str] = []
        self._deployed = deployed
        self._dynamodb, self._lambda = deployed.env.aws("dynamodb"), deployed.env.aws("lambda")
        self._tables = {each.name: each for each in restoring.declared()}
        self._physical = {name: deployed.env.tables[name] for name in self._tables}
        self._started = time.monotonic()

    def run(self) -> None:
        """Rehearse it once."""
        merchant, wallet = self._deployed.merchant(), self._deployed.wallet(FUNDS)
        before = self._pay(wallet, merchant, _keys())
        self._deployed.settled(merchant, PAYMENTS * NET)
        self._verify("before")
        self._expect("audit trail's differences, before", self._deployed.audited()["differences"], [])
        self._anchor()
        self._clock("seconds of money before")
        behind = restoring.disconnect(self._lambda, [self._physical[name] for name in LEDGER])
        before |= self._pay(wallet, merchant, _keys())
        backups = {name: restoring.back_up(self._dynamodb, table) for name, table in self._physical.items()}
        self._clock("seconds of backing up")
        backed_up = datetime.now(UTC)
        lost = self._pay(wallet, merchant, _keys())
        self._deployed.eventually(lambda: self._anchor() > 0, True)
        self._clock("seconds of money that is lost")
        self._lose(backups, behind)
        self._sweep(backed_up)
        self._clock("seconds of losing, restoring and sweeping")
        self._after(wallet, merchant, before, lost)
        self._clock("seconds of money after")

    def _lose(self, backups: dict[str, str], behind: list[restoring.Resource]) -> None:
        """Delete all tables and restore them, with their streams' consumers and those that were `behind`."""
        mappings = [*behind, *restoring.disconnect(self._lambda, self._physical.values())]
        for table in self._physical.values():
            restoring.lose(self._dynamodb, table)
        streams = self._restore(backups)
        # Processes remember what is gone: where the audit trail's chains ended, for one.
        ended = sum(self._deployed.kill(function) for function in self._deployed.env.functions)
        self.figures |= {
            "processes ended": ended,
            "mappings made again": restoring.connect(self._lambda, mappings, streams),
        }

    def _sweep(self, backed_up: datetime) -> None:
        """Have booked and stated what the old streams had not told.

        As of so much later that nothing is left to the streams, whose consumers were behind.
        """
        later, since = backed_up + ARRIVED, backed_up - ARRIVED
        self._deployed.env.invoke(
            "accounts-on-sweep", {"time": later.isoformat(), "since": since.isoformat()}
        )

    def _restore(self, backups: dict[str, str]) -> dict[str, str]:
        """Restore all tables; their new streams by physical name."""
        streams = {}
        for name, table in self._physical.items():
            restoring.restore(self._dynamodb, table, backups[name])
            stream = restoring.furnish(self._dynamodb, table, self._tables[name])
            if stream:
                streams[table] = stream
        self.figures |= {"tables restored": len(backups), "streams enabled again": len(streams)}
        return streams

    def _after(self, wallet: str, merchant: str, before: dict[str, Answer], lost: dict[str, Answer]) -> None:
        """All is as it was at the backup, and goes on; what is lost is done anew when it is sent again."""
        self._expect("balance as of the backup", self._balance(wallet), FUNDS - 2 * PAYMENTS * PRICE)
        self._deployed.settled(merchant, 2 * PAYMENTS * NET)
        self._verify("restored")
        self._audit("restored")
        paid = (*before.values(), *lost.values())
        known = [self._deployed.get(f"/payments/{each.json['payment_id']}").status for each in paid]
        self._expect("payments known, then those since the backup", known, [200] * 10 + [404] * 5)
        again = self._pay(wallet, merchant, before)
        same = sum(each.replayed and each.json == before[key].json for key, each in again.items())
        self._expect("sent again, answered as before", same, 2 * PAYMENTS)
        anew = self._pay(wallet, merchant, lost)
        self._expect("sent again, done anew", sum(not each.replayed for each in anew.values()), PAYMENTS)
        self._expect("balance after that", self._balance(wallet), FUNDS - 3 * PAYMENTS * PRICE)
        self._deployed.settled(merchant, 3 * PAYMENTS * NET)
        self._verify("at the end")
        self._deployed.eventually(lambda: self._anchor() > 0, True)
        self._audit("at the end")

    def _pay(self, wallet: str, merchant: str, keys: Iterable[str]) -> dict[str, Answer]:
        """The answers to payments, by their keys."""
        pay = partial(self._deployed.pay, wallet, merchant, PRICE)
        answers = {key: pay(key=key, merchant_order_no=key) for key in keys}
        for answer in answers.values():
            created(answer)
        return answers

    def _balance(self, wallet: str) -> int:
        balance: int = self._deployed.account(wallet)["balance"]
        return balance

    def _anchor(self) -> int:
        """Have the heads of the audit trail anchored; how many documents were put."""
        anchors: int = self._deployed.env.invoke("audit-on-anchor")["anchors"]
        return anchors

    def _verify(self, when: str) -> None:
        report = self._deployed.verified()
        found = (report["differences"], report["late"], report["zero_sum"])
        self._expect(f"ledger's differences, late, sum is zero, {when}", found, ([], [], True))
        self.figures[f"journals verified, {when}"] = report["journals"]

    def _audit(self, when: str) -> None:
        """Expect that the audit trail differs from anchors of after the backup alone; all is shown."""
        differences = self._deployed.audited()["differences"]
        for each in differences:
            self.figures[f"audit trail, {when}: {each['what']} {each['id']}"] = each["detail"]
        kinds = {each["what"] for each in differences}
        self._expect(f"audit trail's differences, {when}", kinds, kinds & BEYOND_BACKUP)

    def _expect(self, what: str, found: object, wanted: object) -> None:
        self.figures[what] = found
        if found != wanted:
            self.wrong.append(f"{what}: {found}, not {wanted}")

    def _clock(self, what: str) -> None:
        now = time.monotonic()
        self.figures[what], self._started = round(now - self._started, 1), now


def _keys() -> list[str]:
    return [uuid.uuid4().hex for _ in range(PAYMENTS)]


def main() -> int:
    """Run the drill on the stack that PERKBANK_ENV names, or its own; print the figures."""
    named = os.environ.get("PERKBANK_ENV")
    with nullcontext(Path(named)) if named else stack.own() as path:
        drill = Drill(Deployed(stack.read(path), path.resolve().parent))
        drill.run()
    for what, found in drill.figures.items():
        print(f"{what:58} {found}")
    for what in drill.wrong:
        print(f"WRONG {what}")
    return 1 if drill.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
