"""History as tables of DuckDB: decisions, each record's first telling once, with the last label it was given.

DuckDB is imported when it is used: it is a layer of few functions.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from bank import clock, errors
from risk.adapters import object_store
from risk.adapters.object_store import DECISIONS, LABELS

# What one function run reads: about a minute of downloads, and well inside its /tmp and memory.
MAX_DAYS = 62
MAX_OBJECTS = 20_000
MAX_BYTES = 256 * 1024 * 1024
READERS = 8

_TEXT = (
    *(
        "event_id",
        "record_id",
        "product",
        "status",
        "decided_at",
        "day",
        "customer_id",
        "unit_id",
        "client_id",
    ),
    *("merchant_id", "device_id", "payer_id", "payee_id", "currency", "outcome", "rules"),
)
_DECISION = {
    **dict.fromkeys(_TEXT, "VARCHAR"),
    "amount": "BIGINT",
    "posture": "BOOLEAN",
    "reasons": "VARCHAR[]",
    "input": "JSON",
}
_LABEL = {
    **dict.fromkeys(["label_id", "record_id", "label", "at", "day", "unit_id", "currency"], "VARCHAR"),
    "amount": "BIGINT",
}

# Delivered twice, or told again by a later step of the same record: the first telling is the decision, the
# last its end. A label given anew replaces the one before.
_VIEWS = """
create view decisions as
  select d.* replace (coalesce(e.status, d.status) as status), l.label
  from (select * from decision_lines
        qualify row_number() over (partition by record_id order by decided_at, event_id) = 1) d
  left join (select record_id, status from decision_lines
        qualify row_number() over (partition by record_id order by decided_at desc, event_id desc) = 1) e
    using (record_id)
  left join (select record_id, label from label_lines
        qualify row_number() over (partition by record_id order by "at" desc, label_id desc) = 1) l
    using (record_id);
create view labels as
  select * from label_lines
  qualify row_number() over (partition by record_id order by "at" desc, label_id desc) = 1;
"""


class HistoryTooLarge(errors.Unprocessable):
    """422: more history than one run reads; ask for fewer days."""

    code, title = "history_too_large", "History too large"


def check_span(first: date, last: date) -> None:
    """Raise HistoryTooLarge for more days than a run reads, Invalid where they are no days of the past."""
    if not first <= last <= clock.business_date():
        message = "is before the first day, or still to come"
        raise errors.Invalid("the request is not valid", errors=[{"field": "last_day", "message": message}])
    if (last - first).days >= MAX_DAYS:
        raise HistoryTooLarge(f"a run reads {MAX_DAYS} days at most")


@contextlib.contextmanager
def opened(first: date, last: date, *, labelled_until: date) -> Iterator[Any]:
    """A DuckDB connection with views `decisions` (decided on the days given) and `labels` (given until then).

    Raises HistoryTooLarge before anything is read.
    """
    import duckdb

    decided = list(_bounded(DECISIONS, first, last))
    given = list(_bounded(LABELS, first, min(labelled_until, first + timedelta(days=2 * MAX_DAYS))))
    with tempfile.TemporaryDirectory(prefix="risk-") as folder:
        connection = duckdb.connect(config={"temp_directory": folder, "threads": 2})
        try:
            _load(connection, "decision_lines", _DECISION, _fetched(decided, os.path.join(folder, DECISIONS)))
            _load(connection, "label_lines", _LABEL, _fetched(given, os.path.join(folder, LABELS)))
            connection.execute(_VIEWS)
            yield connection
        finally:
            connection.close()


def _bounded(kind: str, first: date, last: date) -> Iterator[object_store.Stored]:
    size = 0
    for number, each in enumerate(object_store.stored(kind, first, last)):
        size += each.size
        if number >= MAX_OBJECTS or size > MAX_BYTES:
            raise HistoryTooLarge(
                f"more than {MAX_OBJECTS} objects or {MAX_BYTES >> 20} MB: ask for fewer days"
            )
        yield each


def _fetched(objects: list[object_store.Stored], path: str) -> str:
    with open(path, "wb") as target, ThreadPoolExecutor(READERS) as readers:
        for content in readers.map(object_store.read, [each.key for each in objects]):
            target.write(content)
    return path


def _load(connection: Any, name: str, columns: dict[str, str], path: str) -> None:
    # The names and types are this module's own: nothing of a request stands in them.
    typed = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    read = f"read_json(?, format = 'newline_delimited', columns = {{{typed}}})"
    connection.execute(f"create table {name} as select * from {read}", [path])
