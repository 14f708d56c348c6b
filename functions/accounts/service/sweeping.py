"""Sweeps: what the streams of journals and balances have lost is booked and stated, twice a day.

Three stages, each in segments side by side. First every account that changed lately is compared with its
postings. Then every journal of late is looked at: one without its mark is booked, and those of accounts with
missing postings are noted. Last, the changes of each such account are made up from its journals
(`bank.ledger.recovery`). Whoever ends a stage begins the next; all of it may be done again, and beside the
streams' consumers.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from accounts.adapters import queue
from accounts.adapters.queue import Part
from accounts.service import statements
from accounts.settings import settings
from accounts.tables import GapRow
from bank import clock, ids, jobs, ledger, store
from bank.events import streams
from bank.ledger import AccountRow, JournalRow, applier, recovery
from bank.ledger.domain import Journal, Kind
from bank.ledger.recovery import Gap
from bank.observability import logger
from bank.store import scans

ACCOUNTS, JOURNALS, GAPS = STAGES = ("accounts", "journals", "gaps")
# Each is read by one function at a time: what makes a sweep quicker.
SEGMENTS = settings.sweep_segments
# What is younger is left to the streams' consumers.
ARRIVING = timedelta(minutes=15)
# Two sweeps that fail are made up for by the next.
LATELY = timedelta(days=3)
# The applier may have booked a journal so long after it was made.
APPLIED_WITHIN = timedelta(days=3)
KEPT = timedelta(days=7)
# Of a row, noted at once; the next sweep goes on.
MOST_GAPS = 100
# Journals of a row whose postings are made up at once: some seconds, and 100 MB.
MOST_JOURNALS = 20_000
# Accounts looked at between two looks at the clock.
ACCOUNTS_AT_ONCE = 100
# A part stops before its time is up, so that what is left goes on: more than the largest row takes.
RESERVE_MS = 300_000

Left = Callable[[], int]
Done = tuple[Counter[str], str | None]


def start(*, run: str, now: datetime, since: str | None = None) -> int:
    """Put the parts of the first stage on the queue; how many the run has. It looks back to `since`."""
    first = Part(run, ACCOUNTS, 0, since or clock.instant(now - LATELY), clock.instant(now - ARRIVING))
    queue.send(_segments(first))
    return len(STAGES) * SEGMENTS


def _segments(like: Part) -> list[Part]:
    return [replace(like, segment=segment, after=None) for segment in range(SEGMENTS)]


def take(part: Part, *, left_ms: Left) -> Counter[str]:
    """Do a part once, and begin the next stage where it ended its own; what it counted."""
    counted = Counter[str]()

    def work() -> jobs.PartDone:
        counts, after = WORK[part.stage](part, left_ms)
        counted.update(counts)
        further = [part.rest(after)] if after else []
        queue.send(further)
        return jobs.PartDone(dict(counts), tuple(each.name for each in further))

    jobs.do_part(jobs.RunKey.of(part.run), part.name, work, further=part.is_further)
    if part.stage != GAPS:
        _begin_next(part)
    return counted


def _begin_next(part: Part) -> None:
    """Begin the stage after a part's own, if that has ended and the next one has not."""
    found = _counts(part)
    stage = STAGES[STAGES.index(part.stage) + 1]
    if found is not None:
        following = replace(part, stage=stage, after=None, gaps=part.gaps or bool(found.get("gaps")))
        if _counts(following) is None:
            queue.send(_segments(following))


def _counts(part: Part) -> dict[str, int] | None:
    """Sums of what the stage of a part has counted; None until it has ended."""
    return jobs.counts_of(jobs.RunKey.of(part.run), [each.name for each in _segments(part)])


# What cannot be taken costs no other ----------------------------------------------------------------


def _attempt(work: Callable[[], Counter[str]], **about: str) -> Counter[str]:
    """Do `work`, and return what it counts; one failure, named, where no further delivery will change it."""
    try:
        return work()
    except Exception as error:
        if streams.passes(error):
            raise
        logger.exception("a sweep cannot take something", extra=about)
        return Counter(failed=1)


# Accounts: which have steps without a posting? ------------------------------------------------------


def _find_gaps(part: Part, left_ms: Left) -> Done:
    counts = Counter[str]()
    lately = (AccountRow.booked_at >= part.since) | AccountRow.parts.exists()
    for rows, unread, after in scans.pages(
        AccountRow, part.segment, SEGMENTS, lately, after=part.after, size=ACCOUNTS_AT_ONCE
    ):
        own = [
            row for row in rows if row.kind != Kind.INTERNAL and not ledger.parts.is_further(row.account_id)
        ]
        counts.update(failed=unread)
        for row in ledger.rows.wholes(own):
            counts.update(_attempt(partial(_note_gaps, row, part), account_id=row.account_id))
        if after and left_ms() < RESERVE_MS:
            return counts, after
    return counts, None


def _note_gaps(account: AccountRow, part: Part) -> Counter[str]:
    """Note the gaps in the postings of each row of an account that was read whole."""
    counts = Counter(accounts=1)
    for row in (account, *(account.further or ())):
        found = itertools.islice(recovery.gaps(row, since=part.since, until=part.until), MOST_GAPS)
        gaps = [gap.pack() for gap in found]
        if gaps:
            _note(part, [GapRow(place=_place(part, row.account_id), item=row.account_id, gaps=gaps)])
        counts["gaps"] += len(gaps)
    return counts


def _place(part: Part, row_id: str) -> str:
    """The partition of a run's rows with gaps that a row stands in."""
    return f"{part.run}#{ids.shard(ledger.parts.account_of(row_id), SEGMENTS)}"


def _note(part: Part, rows: list[GapRow]) -> None:
    for row in rows:
        row.purge_at = int((clock.now() + KEPT).timestamp())
    store.put_many(rows)


# Journals: which have no mark, and which are of accounts with gaps? ---------------------------------


def _look_at_journals(part: Part, left_ms: Left) -> Done:
    counts, with_gaps = Counter[str](), _rows_with_gaps(part)
    since = clock.instant(clock.parse(part.since) - APPLIED_WITHIN) if with_gaps else part.since
    lately = (JournalRow.booked_at >= since) & (JournalRow.booked_at <= part.until)
    for rows, unread, after in scans.pages(JournalRow, part.segment, SEGMENTS, lately, after=part.after):
        altered = [row.journal_id for row in rows if not row.intact()]
        sound = [row for row in rows if row.journal_id not in altered]
        if altered:
            logger.error("altered journals are not booked", extra={"journal_ids": altered})
        counts.update(journals=len(rows), altered=len(altered), failed=unread)
        counts.update(_book(recovery.unmarked(sound)))
        _note_missing(part, sound, with_gaps)
        if after and left_ms() < RESERVE_MS:
            return counts, after
    return counts, None


def _rows_with_gaps(part: Part) -> dict[str, list[str]]:
    """The ids of the rows for which the stage before has noted gaps, by account."""
    by_account = defaultdict[str, list[str]](list)
    for shard in range(SEGMENTS if part.gaps else 0):
        for found in store.query(GapRow, f"{part.run}#{shard}"):
            by_account[ledger.parts.account_of(found.item)].append(found.item)
    return by_account


def _book(journals: Sequence[Journal]) -> Counter[str]:
    """Book journals together; where that fails, each alone, so that one costs no other."""
    if not journals:
        return Counter()
    about = {"journal_ids": [journal.journal_id for journal in journals]}
    logger.warning("journals without a mark are booked", extra=about)
    try:
        return Counter(booked=applier.apply(journals))
    except Exception as error:
        if streams.passes(error):
            raise
    counts = Counter[str]()
    for each in journals:
        counts.update(_attempt(partial(_book_alone, each), journal_id=each.journal_id))
    return counts


def _book_alone(journal: Journal) -> Counter[str]:
    return Counter(booked=applier.apply([journal]))


def _note_missing(part: Part, rows: Sequence[JournalRow], with_gaps: dict[str, list[str]]) -> None:
    """Note the journals that are what is missing in the postings of rows with gaps."""
    accounts = {leg.account_id for row in rows for leg in row.to_domain().legs} & with_gaps.keys()
    row_ids = [row_id for account_id in accounts for row_id in with_gaps[account_id]]
    found = store.get_many([(GapRow, _place(part, row_id), row_id) for row_id in row_ids])
    missing = recovery.missing(rows, [Gap.unpack(packed) for each in found for packed in each.gaps])
    _note(part, [GapRow(place=f"{part.run}#{row_id}", item=journal_id) for row_id, journal_id in missing])


# Gaps: what is missing of an account's postings follows from its journals ---------------------------


def _fill_gaps(part: Part, left_ms: Left) -> Done:
    counts = Counter[str]()
    beyond = GapRow.item > part.after if part.after else None
    for found in store.query(GapRow, f"{part.run}#{part.segment}", beyond):
        counts.update(_attempt(partial(_fill, part, found), row_id=found.item))
        if left_ms() < RESERVE_MS:
            return counts, found.item
    return counts, None


def _fill(part: Part, found: GapRow) -> Counter[str]:
    """Write the postings that a row misses; what its journals do not explain stays for people to see.

    What has arrived meanwhile stays as it is.
    """
    noted = list(store.query(GapRow, f"{part.run}#{found.item}", limit=MOST_JOURNALS))
    stored = store.get_many([(JournalRow, each.item) for each in noted])
    journals = [journal for journal in stored if journal and journal.intact()]
    row = store.get(AccountRow, found.item)
    assert row is not None, f"account {found.item} has gone"
    applied = recovery.applied_steps(found.item, journals)
    counts = Counter[str]()
    for gap in map(Gap.unpack, found.gaps):
        changes = recovery.lost_changes(row, gap, journals, applied)
        told = "missing postings " + ("cannot be made up" if changes is None else "are made up")
        logger.error(told, extra={"gap": gap.pack()})
        counts["failed"] += changes is None
        counts["stated"] += sum([store.put_new(each) for each in statements.rows_of_changes(changes or [])])
    return counts


WORK: dict[str, Callable[[Part, Left], Done]] = {
    ACCOUNTS: _find_gaps,
    JOURNALS: _look_at_journals,
    GAPS: _fill_gaps,
}
