"""A customer leaves: what was learned of their payments goes. Marks of lists stay until they end."""

from bank import store
from bank.privacy.closures import Closure
from bank.risk.tables import ProfileRow, payers_of, profile
from bank.store import Transaction


def close(closure: Closure) -> None:
    """Forget devices and payees of the customer's accounts. Again, it changes nothing."""
    rows = store.get_many([profile(key) for key in payers_of(closure.customer_id)])
    learned = [row for row in rows if row is not None and (row.devices or row.payees)]
    if not learned:
        return
    transaction = Transaction()
    for row in learned:
        transaction.update(
            profile(row.profile_key),
            [ProfileRow.devices.remove(), ProfileRow.payees.remove()],
            ProfileRow.profile_key.exists(),
            store.stale,
        )
    closure.record(transaction, room="risk", erased=["devices", "payees"], kept=[])
    transaction.commit()
