"""Transfers, one by one and in batches whose files and lines come late, again and in any order."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Change, Row, check, parsed
from tests.support import batch_files
from transfers.app import app
from transfers.settings import settings

if TYPE_CHECKING:
    from tests.simulation.world import World

# What a batch's status may become.
NEXT = {
    None: {"awaiting_file"},
    "awaiting_file": {"awaiting_file", "processing", "rejected"},
    "processing": {"processing", "completed"},
    "completed": set(),
    "rejected": set(),
}
HEADER = "to_account_id,amount,currency,reference"
BAD_LINES = ("nobody,5,USD,r", "not a line", "wal_nobody,x,USD,r", "wal_nobody,7,USD,r", "wal_nobody,0,CNY,r")


class Transfers(Room):
    """The transfers room's part."""

    queues = {settings.batch_lines_queue_url: "transfers.app.on_batch_lines"}

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        # The files that were announced, by their digests.
        self.files: dict[str, str] = {}

    def actions(self) -> Iterable[Action]:
        """What owners of accounts do."""
        yield Action("transfer", 2.0, self._transfer)
        yield Action("announce", 0.6, self._announce)
        if self.batches():
            yield Action("upload", 0.9, self._upload)
            yield Action("look at transfers", 0.4, self._look)

    def batches(self) -> list[Row]:
        """Every batch there is."""
        return [row for row in self.rows("transfer-batches") if row["record"] == "batch"]

    def _accounts(self, currency: str | None = None) -> list[Row]:
        """All accounts, the bank's own included, which nobody may name."""
        return [row for row in self.rows("ledger-accounts") if currency in (None, row["currency"])]

    def _transfer(self) -> None:
        source = self.random.choice(self._accounts())
        target = self.random.choice(self._accounts(self.random.choice([source["currency"]] * 5 + [None])))
        body = {
            "from_account_id": source["account_id"],
            "to_account_id": target["account_id"],
            "amount": self.random.randint(1, 15_000),
            "currency": source["currency"],
        }
        self.clients.post(app, "/transfers", body)

    def _announce(self) -> None:
        """A batch, and the file that its owner means to bring; some announcements are wrong."""
        source = self.random.choice(self._accounts())
        lines = [self._line(source["currency"]) for _ in range(self.random.choice([1, 4, 9, 30]))]
        amounts = [
            int(line.split(",")[1]) for line in lines if line.count(",") == 3 and line.split(",")[1].isdigit()
        ]
        content = "\n".join([HEADER, *lines])
        facts = batch_files.facts(content)
        self.files[facts["file_sha256"]] = content
        body = {
            "from_account_id": source["account_id"],
            "file_name": "pay.csv",
            **facts,
            "total_count": len(lines) + self.random.choice([0, 0, 0, 0, 0, 1]),
            "total_amount": max(1, sum(amounts)),
        }
        self.clients.post(
            app,
            "/transfer-batches",
            body,
            changing="upload",
            on_success=lambda answer: self._bring(answer["batch_id"], content),
        )

    def _line(self, currency: str) -> str:
        if self.random.random() < 0.15:
            return self.random.choice(BAD_LINES)
        target = self.random.choice(self._accounts(currency))
        return f"{target['account_id']},{self.random.randint(1, 3_000)},{currency},r"

    def _bring(self, batch_id: str, content: str, media_type: str = "text/csv") -> None:
        self.world.say(f"  {batch_id} gets a file of {content.count(chr(10))} lines")
        place = (settings.batch_bucket, f"uploads/{batch_id}.csv")
        self.world.files.upload(place, content, media_type, "transfers.app.on_batch_file")

    def _upload(self) -> None:
        """The announced file, now and then as a page, or another with the same sums."""
        batch = self.random.choice(self.batches())
        kind = self.random.choice(["announced", "page", "another"])
        if kind != "another":
            media_type = "text/csv" if kind == "announced" else "text/html"
            self._bring(batch["batch_id"], self.files[batch["announced_sha256"]], media_type)
            return
        target = self.random.choice(self._accounts(batch["currency"]))
        lines = [f"{target['account_id']},1,{batch['currency']},again"] * (batch["total_count"] - 1)
        rest = max(1, batch["total_amount"] - len(lines))
        lines.append(f"{target['account_id']},{rest},{batch['currency']},again")
        self._bring(batch["batch_id"], "\n".join([HEADER, *lines]))

    def _look(self) -> None:
        batch = self.random.choice(self.batches())
        self.clients.read(app, f"/transfer-batches/{batch['batch_id']}")
        self.clients.read(app, "/transfers", {"account_id": batch["from_account_id"], "limit": "2"})

    def changed(self, changes: list[Change]) -> None:
        """A transfer is decided once, with its journal, maybe after a review; a batch goes forward only."""
        for change in changes:
            if change.table == "transfers":
                ended = change.old is not None and change.old["status"] == "in_review"
                check(change.old is None or ended, f"transfer {change.key} was changed")
                self._decided(change.new or {})
            elif change.table == "transfer-batches":
                self._batch(change)
            elif change.table == "transfer-lanes" and change.key[1] == "turn":
                _turned(change)

    def _decided(self, row: Row) -> None:
        journal_id = "jrn_" + row["transfer_id"][4:]
        journal = self.world.stored.rows["ledger-journals"].get((journal_id,), {})
        legs = dict(parsed(journal.get("legs")) or {})
        moved = {row["from_account_id"]: -row["amount"], row["to_account_id"]: row["amount"]}
        expected = moved if row["status"] == "succeeded" else {}
        check(legs == expected, f"transfer {row['transfer_id']} is {row['status']}, its journal moved {legs}")
        waits = row["status"] == "in_review" and "batch_id" in row
        check(not waits, f"a line of a batch waits for a review: {row}")

    def _batch(self, change: Change) -> None:
        old, new = change.old, change.new or {}
        if change.key[1] != "batch":
            check(old is None or old == new, f"{change.key} was changed")
            return
        before = old["status"] if old else None
        allowed = NEXT[before] | ({before} if old and _final(old) == _final(new) else set())
        check(new["status"] in allowed, f"batch {change.key}: {before} -> {new['status']}")

    def drained(self) -> None:
        """Answers and transfers agree; each announced line of each batch has one outcome, and they add up."""
        singles = {row["transfer_id"] for row in self.rows("transfers") if "batch_id" not in row}
        answered = [answer["transfer_id"] for answer in self.clients.done("POST", "transfers")]
        check(sorted(answered) == sorted(singles), f"answered {answered}, stored {sorted(singles)}")
        for kind, status in (("TransferSucceeded", "succeeded"), ("TransferDeclined", "declined")):
            published = sorted(event["transfer_id"] for event in self.world.bus.of_type(kind))
            made = sorted(row["transfer_id"] for row in self.rows("transfers") if row["status"] == status)
            check(published == made, f"{kind} was published of {published}, happened to {made}")
        for batch in self.batches():
            self._ended(batch)
        for row in self.rows("transfer-lanes"):
            check(row["record"] == "turn", f"{row} waits for ever")
            check(row["begun"] == row["ended"], f"the lane {row} stands in a turn")

    def _lines_of(self, batch: Row) -> list[str]:
        """The lines of the file that the batch was announced with."""
        return self.files[batch["announced_sha256"]].split("\n")[1:]

    def _ended(self, batch: Row) -> None:
        name = batch["batch_id"]
        rows = [row for row in self.rows("transfers") if row.get("batch_id") == name]
        shown: Any = self.clients.read(app, f"/transfer-batches/{name}")
        counts = shown["counts"]
        check(
            sum(counts.values()) == batch["total_count"], f"{name} counts {counts} of {batch['total_count']}"
        )
        if batch["status"] != "completed":
            check(batch["status"] in {"awaiting_file", "rejected"}, f"{name} never ended")
            check(not rows, f"{name} is {batch['status']} and has paid {rows}")
            return
        check(len({row["line"] for row in rows}) == len(rows), f"{name} paid a line twice")
        results = list(
            csv.DictReader(io.StringIO(self.clients.read(app, f"/transfer-batches/{name}/results")["body"]))
        )
        numbers = [int(line["line"]) for line in results]
        check(numbers == list(range(1, batch["total_count"] + 1)), f"{name} has results for {numbers}")
        given = [[line[column] for column in HEADER.split(",")] for line in results]
        asked = [(line.split(",") + [""] * 4)[:4] for line in self._lines_of(batch)]
        check(given == asked, f"{name} was paid as {given}, not as it was announced")
        outcomes = Counter(line["outcome"] for line in results)
        check(Counter(counts) == outcomes, f"{name} counts {counts}, its results say {outcomes}")
        paid = {row["transfer_id"]: row["amount"] for row in rows if row["status"] == "succeeded"}
        said = {
            line["transfer_id"]: int(line["amount"]) for line in results if line["outcome"] == "succeeded"
        }
        check(paid == said, f"{name} says it paid {said}, it paid {paid}")
        check(shown["amounts"]["succeeded"] == sum(paid.values()), f"{name} says it paid {shown['amounts']}")


def _turned(change: Change) -> None:
    """A lane takes its turns one by one, each begun by one message and ended once."""
    old, new = change.old or {"begun": 0, "ended": 0}, change.new or {}
    steps = new["begun"] - old["begun"], new["ended"] - old["ended"]
    check(steps in {(0, 0), (1, 0), (0, 1)}, f"the lane {change.key} went from {old} to {new}")
    check(0 <= new["begun"] - new["ended"] <= 1, f"the lane {change.key} has turns at once: {new}")
    # One of which nothing was heard for long is given up, and nobody's then.
    kept = steps == (1, 0) or change.old is None or new["holder"] in {old["holder"], ""}
    check(kept, f"the lane {change.key} changed hands")


def _final(row: Row) -> Any:
    """A batch without what may still be written in the status that it has."""
    later = {"refused_file"} if row["status"] == "awaiting_file" else set()
    return {name: value for name, value in row.items() if name not in later}
