"""Statements: what was booked on an account, and its balance as of any instant.

A posting's key is its booking time and step; times never go back on an account, so the balance as of an
instant is that after the last posting up to it. Where several rows keep the balance (`bank.ledger.parts`),
all of this is so of each row: the balance that an entry has is then of its row, and of no account.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from bank import ids, store
from bank.ledger import accounts, parts
from bank.ledger.domain import OWN, SHARED, Journal, Leg, kind_of
from bank.ledger.tables import ENTRY_SHARDS, WIDE_SHARDS, AccountRow, EntryRow

END = "~"


def posting_key(booked_at: str, seq: int, row_id: str) -> str:
    """Key of the `seq`-th step of a row's balance in its postings; no other row of its account has it."""
    number = parts.number_of(row_id)
    return f"{booked_at}#{seq:012d}" + (f"{parts.SEPARATOR}{number}" if number else "")


def entry_shard(account_id: str, journal_id: str, *, wide: bool) -> str:
    """The partition of a journal's own entry on an account: spread, as one merchant may take all traffic.

    The journal says itself whether it is `wide`, so that its entry, which is its mark too, has one place.
    """
    return f"{account_id}#e{ids.shard(journal_id, WIDE_SHARDS if wide else ENTRY_SHARDS)}"


def entry_shards(row: AccountRow) -> list[str]:
    """The partitions of an account's own entries. Wide ones are of accounts that had several rows by then."""
    count = WIDE_SHARDS if row.row_count > 1 else ENTRY_SHARDS
    return [f"{row.account_id}#e{shard}" for shard in range(count)]


def entry(
    journal: Journal, leg: Leg, *, seq: int, balance_after: int, part: int | None, applied_at: str
) -> EntryRow:
    """A journal's own entry on a settlement or internal account, booked on its row `part` of several."""
    return EntryRow(
        account_shard=entry_shard(leg.account_id, journal.journal_id, wide=journal.wide),
        entry_key=f"{journal.booked_at}#{journal.journal_id}",
        journal_id=journal.journal_id,
        kind=journal.kind,
        reference=journal.reference,
        counterparty=journal.counterparty(leg.account_id),
        amount=leg.amount,
        balance_after=balance_after,
        booked_at=journal.booked_at,
        seq=seq,
        part=part,
        applied_at=applied_at if kind_of(leg.account_id) in SHARED else None,
    )


def many(count: int) -> dict[str, Any]:
    """Last posting of a balance row after the applier booked `count` journals at once."""
    return {"n": count}


def posting(
    row_id: str,
    *,
    seq: int,
    booked_at: str,
    amount: int,
    balance_after: int,
    count: int,
    part: int | None,
    lines: list[list[object]] | None = None,
) -> EntryRow:
    """A step of a row's balance that sums up `count` journals."""
    return EntryRow(
        account_shard=f"{row_id}#p",
        entry_key=posting_key(booked_at, seq, row_id),
        kind="applied",
        amount=amount,
        balance_after=balance_after,
        booked_at=booked_at,
        seq=seq,
        journal_count=count,
        part=part,
        lines=lines,
    )


def rows_of_change(old: AccountRow, new: AccountRow) -> list[EntryRow]:
    """The rows that one change of a balance row makes; none where the applier wrote them, or nothing moved.

    The same change always gives the same rows, so they may be put any number of times.
    """
    if new.version == old.version or not new.last:
        return []
    last, seq = new.last, int(new.version)
    if "n" in last:
        return [
            posting(
                new.account_id,
                seq=seq,
                booked_at=new.booked_at,
                amount=int(new.balance) - int(old.balance),
                balance_after=int(new.balance),
                count=last["n"],
                part=new.part,
            )
        ]
    facts: dict[str, Any] = {
        "journal_id": last["j"],
        "kind": last["k"],
        "reference": last["r"],
        "counterparty": last["c"],
        "booked_at": new.booked_at,
    }
    step = {"amount": last["a"], "balance_after": int(new.balance), "seq": seq, "part": new.part}
    key = posting_key(new.booked_at, seq, new.account_id)
    rows = [EntryRow(account_shard=f"{new.account_id}#p", entry_key=key, **facts, **step)]
    if kind_of(new.account_id) not in OWN:
        # Of what several rows paid there is one entry, which each of them writes.
        own = {"amount": last["w"], "balance_after": 0, "seq": 0} if "w" in last else step
        shard = entry_shard(parts.account_of(new.account_id), last["j"], wide=False)
        rows.append(EntryRow(account_shard=shard, entry_key=f"{new.booked_at}#{last['j']}", **facts, **own))
    return rows


def entries(
    row: AccountRow, *, since: str = "", until: str = "", after: str | None = None, limit: int = 20
) -> list[EntryRow]:
    """The newest entries of an account booked in [since, until), older than the entry key `after`."""
    upper = min(bound for bound in (after, until, END) if bound)
    if upper <= since:
        # DynamoDB refuses a range that ends before it begins; there is nothing in it.
        return []
    condition = EntryRow.entry_key.between(since or " ", upper)
    shards = [
        _before(store.query(EntryRow, shard, condition, newest_first=True, limit=limit + 1), upper)
        for shard in _shards(row)
    ]
    merged = heapq.merge(*shards, key=lambda entry: entry.entry_key, reverse=True)
    return [entry for entry, _ in zip(merged, range(limit), strict=False)]


def _before(rows: Iterable[EntryRow], upper: str) -> Iterator[EntryRow]:
    return (row for row in rows if row.entry_key < upper)


def _shards(row: AccountRow) -> list[str]:
    if kind_of(row.account_id) in SHARED:
        return entry_shards(row)
    return [f"{row_id}#p" for row_id in row.row_ids]


def balance_as_of(account: AccountRow, instant: str) -> int:
    """The balance after everything booked up to and including `instant`. A round trip for each row."""
    upper = EntryRow.entry_key <= f"{instant}#{END}"

    def of_row(row_id: str) -> int:
        last = store.query(EntryRow, f"{row_id}#p", upper, newest_first=True, limit=1)
        return next((int(row.balance_after) for row in last), 0)

    return sum(of_row(row_id) for row_id in account.row_ids)


def references(owner_id: str, kinds: Collection[str]) -> Iterator[str]:
    """References of all that was booked on an owner's accounts in journals of these kinds, oldest first."""
    for account in accounts.all_of(owner_id):
        for row in postings(account):
            if row.kind in kinds and row.reference:
                yield row.reference


def postings(account: AccountRow) -> Iterator[EntryRow]:
    """Every step of an account's balance, row by row, oldest first."""
    for row_id in account.row_ids:
        yield from steps(row_id)


def steps(row_id: str) -> Iterator[EntryRow]:
    """Every step of one row's balance, oldest first."""
    return EntryRow.query(f"{row_id}#p", consistent_read=True)
