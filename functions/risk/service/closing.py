"""A customer leaves: what was learned of their payments goes. Marks of lists stay until they end."""

import functools

from bank import store
from bank.privacy.closures import Closure
from bank.risk.tables import ProfileRow, payers_of, profile, short
from bank.store import Transaction
from risk.service.decisions import Change, change_profile, unchanged


def close(closure: Closure) -> None:
    """Forget devices and payees of the customer's accounts, and these on devices. Again, it does nothing."""
    payers = payers_of(closure.customer_id)
    rows = store.get_many([profile(key) for key in [*payers, *map(_devices_of, payers)]])
    learned = [row for row in rows if row is not None and (row.devices or row.payees)]
    if not learned:
        return
    for row in learned:
        _, _, account_id = row.profile_key.partition("#")
        if row.profile_key == _devices_of(f"payer#{account_id}"):
            for device in row.devices:
                change_profile(f"device#{device}", functools.partial(_without, short(account_id)))
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


def _devices_of(payer: str) -> str:
    return payer.replace("payer#", "devices#", 1)


def _without(name: str, row: ProfileRow | None) -> Change | None:
    """The change that takes a payer off a device's profile; None where they are not on it."""
    if row is None or name not in (row.payers or {}):
        return None
    left = {payer: day for payer, day in row.payers.items() if payer != name}
    return [ProfileRow.payers.set(left)], unchanged(ProfileRow.payers, row.payers)
