"""Lists: announced with their digests, uploaded, published; and those in force, in memory."""

import functools
import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aml.adapters import object_store
from aml.domain import sanctions
from aml.tables import LIVE, ListRow, LiveRow
from bank import clock, errors, ids, store
from bank.access.principal import THE_BANK
from bank.control import audit
from bank.observability import logger
from bank.store import AlreadyExists, Transaction

if TYPE_CHECKING:
    from aml.domain.index import Index

# How long a process goes on with the version that it knows.
KEPT = timedelta(seconds=30)


class NoList(errors.Conflict):
    """409: no list has been published yet, so nobody can be screened."""

    code, title = "no_list", "No list"


class NotThatFile(errors.Unprocessable):
    """422: a file is not the one that was announced, or no list."""

    code, title = "not_that_file", "Not that file"


def announce(*, name: str, digests: dict[str, str], actor: audit.Actor) -> tuple[ListRow, bool]:
    """A version of a list that will be uploaded; the same files are the same version. And if it was known."""
    list_id = ids.derived("lst", name, *(digests[file] for file in object_store.FILES))
    row = ListRow(record_id=list_id, name=name, digests=digests, created_at=clock.instant())
    transaction = Transaction()
    transaction.create(row)
    audit.record(
        transaction,
        actor=actor,
        action="aml.list_announced",
        subject_id=list_id,
        ownership=THE_BANK,
        after={"name": name, **digests},
    )
    try:
        transaction.commit()
    except AlreadyExists:
        return find(list_id), True
    return row, False


def find(list_id: str) -> ListRow:
    """A version of a list."""
    row = store.get(ListRow, list_id) if list_id.startswith("lst_") else None
    if row is None:
        raise errors.NotFound("there is no such list")
    return row


def publish(*, list_id: str, actor: audit.Actor) -> tuple[ListRow, bool]:
    """Screen against this version from now on; whether it was published before, which changes nothing."""
    row = find(list_id)
    if row.status == "published":
        return row, True
    entries = _entries(row)
    object_store.write_entries(list_id, [asdict(entry) for entry in entries])
    store.retry_on_conflict(lambda: _go_live(row, entries, actor))
    return find(list_id), False


def _entries(row: ListRow) -> list[sanctions.Entry]:
    texts = []
    for name in object_store.FILES:
        content = object_store.uploaded(row.record_id, name)
        if hashlib.sha256(content).hexdigest() != row.digests[name]:
            raise NotThatFile(f"the file {name} has another SHA-256 than was announced")
        texts.append(object_store.inflated(content).decode("latin-1"))
    try:
        return sanctions.read_ofac(*texts)
    except sanctions.UnreadableList as error:
        raise NotThatFile(f"this is no list as OFAC publishes it: {error}") from None


def _go_live(row: ListRow, entries: list[sanctions.Entry], actor: audit.Actor) -> None:
    live = store.get(LiveRow, LIVE)
    now = clock.instant()
    names = sum(len(entry.names) + len(entry.weak) for entry in entries)
    transaction = Transaction()
    transaction.update(
        (ListRow, row.record_id),
        [
            ListRow.status.set("published"),
            ListRow.entries.set(len(entries)),
            ListRow.names.set(names),
            ListRow.published_at.set(now),
        ],
        ListRow.status == "announced",
        store.stale,
    )
    if live is None:
        transaction.create(
            LiveRow(record_id=LIVE, lists={row.name: row.record_id}, created_at=now), store.stale
        )
    else:
        transaction.update(
            (LiveRow, LIVE),
            [
                LiveRow.lists.set({**live.lists, row.name: row.record_id}),
                LiveRow.revision.set(int(live.revision) + 1),
            ],
            LiveRow.revision == live.revision,
            store.stale,
        )
    audit.record(
        transaction,
        actor=actor,
        action="aml.list_published",
        subject_id=row.record_id,
        ownership=THE_BANK,
        before={"live": (live.lists if live else {}).get(row.name)},
        after={"live": row.record_id, "entries": len(entries), "names": names},
    )
    transaction.commit()


# What is screened against --------------------------------------------------------------------------


@dataclass(frozen=True)
class Live:
    """The lists in force: what identifies them together, and their entries ready to be asked."""

    version: str
    index: "Index"


_known: tuple[datetime, dict[str, str]] | None = None


def live() -> Live:
    """The lists in force. A process learns of a new version within `KEPT`. Raises NoList."""
    lists = _live_lists()
    if not lists:
        raise NoList("no sanctions list has been published yet")
    return _built(tuple(sorted(lists.items())))


def _live_lists() -> dict[str, str]:
    global _known
    now = clock.now()
    if _known is None or not _known[1] or not timedelta(0) <= now - _known[0] < KEPT:
        row = store.get(LiveRow, LIVE)
        _known = now, row.lists if row else {}
    return _known[1]


def forget() -> None:
    """Let go of what is known of the lists in force (a run that must have the newest; tests)."""
    global _known
    _known = None


@functools.lru_cache(maxsize=1)
def _built(lists: tuple[tuple[str, str], ...]) -> Live:
    # Imported here: functions that screen nobody do without these libraries.
    from aml.domain.index import Index

    entries = [
        sanctions.Entry.of({**kept, "entry_id": f"{name}:{kept['entry_id']}"})
        for name, list_id in lists
        for kept in object_store.read_entries(list_id)
    ]
    index = Index(entries)
    logger.info("lists are in memory", entries=len(entries), names=len(index.aliases))
    return Live(ids.digest(lists)[:32], index)
