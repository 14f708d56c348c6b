"""Erasure of the rest when a customer has left: devices, notices, and copies of their data.

The closing transaction itself takes what nobody may find any more; this comes after it, from its event, and
again as often as that is delivered.
"""

from collections.abc import Iterator, Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import store
from bank.privacy.closures import Closure
from bank.store import Key, Transaction
from customers import tables
from customers.service import exports, notices
from customers.tables import DEVICE, DeviceRow, NoticeRow

AT_ONCE = 50
Erasure = tuple[str, Key, Sequence[Action], Condition]


def erase(closure: Closure) -> None:
    """Delete copies of data, and what says anything of devices, forgotten ones too, and of notices."""
    exports.remove_all(closure.customer_id)
    left = [*_devices(closure), *_notices(closure)]
    for start in range(0, len(left), AT_ONCE):
        transaction, some = Transaction(), left[start : start + AT_ONCE]
        for _, key, actions, condition in some:
            transaction.update(key, actions, condition, store.stale)
        erased = sorted({what for what, *_ in some})
        closure.record(transaction, room="customers", erased=erased, kept=[])
        transaction.commit()


def _devices(closure: Closure) -> Iterator[Erasure]:
    rows = store.query(DeviceRow, closure.customer_id, DeviceRow.record.startswith(DEVICE))
    actions = [
        DeviceRow.name.remove(),
        DeviceRow.secret_digest.set(""),
        DeviceRow.purge_at.set(_closed(closure)),
    ]
    left = [tables.device_key(row.customer_id, row.device_id) for row in rows if row.purge_at is None]
    for key in left:
        yield "devices", key, actions, DeviceRow.bound_at.exists()


def _notices(closure: Closure) -> Iterator[Erasure]:
    actions = [
        NoticeRow.device_name.remove(),
        NoticeRow.phone_masked.remove(),
        NoticeRow.phone_sealed.remove(),
        NoticeRow.purge_at.set(_closed(closure)),
    ]
    rows = [row for row in notices.all_of(closure.customer_id) if row.purge_at > _closed(closure)]
    # One that its time has taken meanwhile is not put back.
    for row in rows:
        yield "notices", (NoticeRow, row.customer_id, row.record), actions, NoticeRow.at.exists()


def _closed(closure: Closure) -> int:
    return int(closure.closed_at.timestamp())
