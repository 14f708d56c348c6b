"""Erasure of the rest when a customer has left: devices, and copies of their data.

The closing transaction itself takes what nobody may find any more; this comes after it, from its event, and
again as often as that is delivered.
"""

from bank import store
from bank.privacy.closures import Closure
from bank.store import Transaction
from customers import tables
from customers.service import exports
from customers.tables import DEVICE, DeviceRow

DEVICES_AT_ONCE = 50


def erase(closure: Closure) -> None:
    """Delete copies of data, and what says anything of devices, forgotten ones too."""
    exports.remove_all(closure.customer_id)
    rows = store.query(DeviceRow, closure.customer_id, DeviceRow.record.startswith(DEVICE))
    left = [row for row in rows if row.purge_at is None]
    for start in range(0, len(left), DEVICES_AT_ONCE):
        transaction = Transaction()
        for row in left[start : start + DEVICES_AT_ONCE]:
            transaction.update(
                tables.device_key(row.customer_id, row.device_id),
                [
                    DeviceRow.name.remove(),
                    DeviceRow.secret_digest.set(""),
                    DeviceRow.purge_at.set(int(closure.closed_at.timestamp())),
                ],
                DeviceRow.bound_at.exists(),
                store.stale,
            )
        closure.record(transaction, room="customers", erased=["devices"], kept=[])
        transaction.commit()
