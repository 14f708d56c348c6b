"""Block, allow and watch lists: an entry with its story on the desk, and the instant that profiles carry."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from bank import clock, store
from bank.access.principal import THE_BANK
from bank.control import audit
from bank.risk.tables import ALWAYS, ProfileRow, payers_of
from bank.store import Transaction
from risk.domain.lists import AlreadyListed, Entry, Kind, ListName, NotListed, TooManyAccounts
from risk.tables import ListRow

END = "~"
# Of one entry: its row, its audit entry and an approval go along in the transaction.
MOST_PROFILES = 90
UNTIL: dict[ListName, UnicodeAttribute] = {
    ListName.BLOCK: ProfileRow.block_until,
    ListName.ALLOW: ProfileRow.allow_until,
    ListName.WATCH: ProfileRow.watch_until,
}


def profiles_of(kind: Kind, subject: str) -> list[str]:
    """The profiles that carry an entry: a customer's stand at the accounts that payments name.

    Raises TooManyAccounts for who has more than one transaction takes: none of them would be left out.
    """
    profiles = payers_of(subject) if kind is Kind.CUSTOMER else [f"{kind.value}#{subject}"]
    if len(profiles) > MOST_PROFILES:
        raise TooManyAccounts(f"{subject} has more than {MOST_PROFILES} accounts")
    return profiles


def add(*, entry: Entry, actor: audit.Actor) -> ListRow:
    """Put it on the list from now on. Raises AlreadyListed while an entry of the same stands."""
    now = clock.instant()
    transaction = Transaction()
    before = store.get(ListRow, entry.desk, entry.key)
    row = put(transaction, entry, before, actor.subject, now)
    audit.record(
        transaction,
        actor=actor,
        action="risk.listed",
        subject_id=entry.subject,
        ownership=THE_BANK,
        before=_shown(before) if before else None,
        after={"list": entry.list.value, "kind": entry.kind.value, "expires_at": entry.expires_at},
        reason=entry.reason,
    )
    transaction.commit()
    return row


def _shown(row: ListRow) -> dict[str, Any]:
    """Return what was on the list before: by its version one ending of it differs from the next."""
    return {"expires_at": row.expires_at, "ended_at": row.ended_at, "version": int(row.version)}


def put(transaction: Transaction, entry: Entry, before: ListRow | None, by: str, now: str) -> ListRow:
    """Add the entry, in place of an ended one, and its profiles' instants to a transaction."""
    row = ListRow(
        desk=entry.desk,
        entry=entry.key,
        reason=entry.reason,
        source=entry.source,
        added_by=by,
        added_at=now,
        expires_at=entry.expires_at or ALWAYS,
        version=1,
    )

    def already(_: Any) -> Exception:
        return AlreadyListed(f"{entry.key} is on the list {entry.list.value} already")

    if before is None:
        transaction.create(row, already)
    else:
        attributes = ("reason", "source", "added_by", "added_at", "expires_at")
        actions = [getattr(ListRow, name).set(getattr(row, name)) for name in attributes]
        over = ListRow.ended_at.exists() | (ListRow.expires_at <= now)
        actions += [ListRow.version.add(1), ListRow.ended_at.remove()]
        transaction.update((ListRow, entry.desk, entry.key), actions, over, already)
    for profile in profiles_of(entry.kind, entry.subject):
        _until(transaction, profile, entry.list, row.expires_at)
    return row


def end(*, name: ListName, kind: Kind, subject: str, reason: str, actor: audit.Actor) -> ListRow:
    """Take it off the list now. Raises NotListed where it is not on it, or no longer."""
    now, key = clock.instant(), f"{kind.value}#{subject}"
    row = store.get(ListRow, f"list#{name.value}", key)
    transaction = Transaction()
    transaction.update(
        (ListRow, f"list#{name.value}", key),
        [ListRow.ended_at.set(now), ListRow.version.add(1)],
        ListRow.entry.exists() & ListRow.ended_at.does_not_exist() & (ListRow.expires_at > now),
        lambda _: NotListed(f"{key} is not on the list {name.value}"),
    )
    for profile in profiles_of(kind, subject):
        _until(transaction, profile, name, None)
    audit.record(
        transaction,
        actor=actor,
        action="risk.unlisted",
        subject_id=subject,
        ownership=THE_BANK,
        before={"list": name.value, "kind": kind.value, **(_shown(row) if row else {})},
        reason=reason,
    )
    transaction.commit()
    ended = store.get(ListRow, f"list#{name.value}", key)
    assert ended is not None
    return ended


def _until(transaction: Transaction, profile: str, name: ListName, until: str | None) -> None:
    """Set a profile's list instant. The entry's condition, in the same transaction, orders its changes."""
    attribute = UNTIL[name]
    action = attribute.remove() if until is None else attribute.set(until)
    anyway = ProfileRow.profile_key.exists() | ProfileRow.profile_key.does_not_exist()
    transaction.update((ProfileRow, profile), [action], anyway, store.stale)


def list_entries(
    *, name: ListName, kind: Kind | None, after: str | None, limit: int
) -> tuple[list[ListRow], str | None]:
    """A page of the entries that stand, and the key to go on after. What has ended is passed over."""
    now = clock.instant()

    def shown(batch: list[ListRow]) -> list[ListRow | None]:
        return [row if row.ended_at is None and row.expires_at > now else None for row in batch]

    first = f"{kind.value}#" if kind else " "
    condition = ListRow.entry.between(max(after or "", first), f"{first}{END}" if kind else END)
    rows = (row for row in store.query(ListRow, f"list#{name.value}", condition) if row.entry != after)
    return store.sift(rows, shown, limit=limit, place=lambda row: str(row.entry))
