"""Audit: every act and journal is chained, twice only alike, whatever fails, and all of it verifies."""

import base64
from collections.abc import Callable, Iterable
from typing import Any

from audit import domain
from audit.adapters import object_store
from audit.service import entries, verifying
from audit.settings import settings
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import check
from tests.support import embedded

ANCHOR, VERIFY = "audit.app.on_anchor", "audit.app.on_recent_verification"
# What a verification may name where streams are late, and the anchoring job has not run for long.
LATE = ("not chained", "missing")
# What each history begins with: put into the tables, as the rules of the bank before, and so by no act.
GIVEN = {"live#payment", "live#transfer", "live#withdrawal"}
PUT_IN = {"what": "authority", "detail": "put in: no act made it"}


class Audit(Room):
    """The audit room's part."""

    def open(self) -> None:
        """A bucket that locks."""
        embedded.forget_objects()
        object_store.client().create_bucket(Bucket=settings.bucket, ObjectLockEnabledForBucket=True)

    def actions(self) -> Iterable[Action]:
        """What the schedule does."""
        yield Action("anchor", 0.5, lambda: self.job(ANCHOR))
        yield Action("verification of the trail", 0.3, self._verify)

    def _verify(self) -> None:
        if self.job(VERIFY):
            report = verifying.last_report() or {}
            self._nothing_but(report, LATE)

    def _nothing_but(self, report: dict[str, Any], allowed: tuple[str, ...] = ()) -> None:
        given = [{**PUT_IN, "id": name} for name in GIVEN]
        named = [each for each in report["differences"] if each not in given]
        found = [each for each in named if not each["detail"].startswith(allowed or "\0")]
        check(not found, f"the audit trail is as it was written, and verification names {found[:3]}")

    def finish(self) -> None:
        """The head is anchored."""
        self.job(ANCHOR)

    def drained(self) -> None:
        """Every act and every journal is chained, each in one wording, and all of it verifies."""
        chained = {domain.leaf(entry): entry["id"] for entry in self._chained()}
        of_rows = [row["entry_id"] for row in self.rows("audit-entries")]
        journals = [row["journal_id"] for row in self.rows("ledger-journals")]
        all_are = sorted(chained.values()) == sorted([*of_rows, *journals])
        check(all_are, "acts and journals are chained, each in one wording")
        self._nothing_but(verifying.verify())
        self._in_many_runs()

    def _in_many_runs(self) -> None:
        """A pass that stops again and again comes to its end, and finds what one in one piece does."""
        while (report := verifying.go_on(enough=self._patience()))["next"]:
            self.world.passes(900)
            # As every five minutes.
            self.job(ANCHOR)
        self._nothing_but(report)

    def _patience(self) -> Callable[[], bool]:
        """Time for some more blocks, steps or rows."""
        left = iter(range(self.random.randint(40, 80)))
        return lambda: next(left, None) is None

    def _chained(self) -> Iterable[domain.Entry]:
        for row in self.rows("audit-chain"):
            if row["record"].startswith("block#"):
                for entry in domain.unpack(base64.b64decode(row["packed"])):
                    if entry["what"] in (entries.ACT, entries.JOURNAL):
                        yield entry
