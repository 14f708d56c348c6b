"""What was learned of a customer's payments goes with them; marks of lists do not."""

from bank import ids, store
from bank.privacy import closures
from bank.risk.tables import ProfileRow, profile, short
from tests.support import exported
from tests.support.streams import Cloud
from tests.unit.risk import given

MINE, THEIRS = (f"payer#{ids.derived('wal', customer, 'CNY')}" for customer in ("cus_ann", "cus_ben"))
LEARNED = {"abcd1234": "2026-11-29"}


def leave(customer_id: str) -> list[dict[str, str]]:
    """The room hears that a customer has left."""
    event = exported.event(customer_id, type_=closures.CLOSED, client_id="cli_app", unit_id="unit_head")
    return exported.deliver("risk.app.on_customer_events", event)


def known(key: str) -> ProfileRow:
    """A profile as it is now."""
    row: ProfileRow | None = store.get_many([profile(key)])[0]
    assert row is not None
    return row


def test_devices_and_payees_of_their_accounts_alone_are_forgotten(cloud: Cloud) -> None:
    store.put_many(
        [
            ProfileRow(profile_key=key, devices=LEARNED, payees=LEARNED, block_until="9999")
            for key in (MINE, THEIRS)
        ]
    )

    assert leave("cus_ann") == leave("cus_ann") == []

    assert (known(MINE).devices, known(MINE).payees) == (None, None)
    assert known(MINE).listed("2026-11-29") == "block"
    assert (known(THEIRS).devices, known(THEIRS).payees) == (LEARNED, LEARNED)


def test_no_device_remembers_who_has_left(cloud: Cloud) -> None:
    """A device's profile names accounts that paid with it: that of who has left goes, and no other."""
    for number, account in enumerate((MINE, THEIRS)):
        account_id = account.removeprefix("payer#")
        for device in ("dev_a", "dev_b"):
            given.decided(
                given.decision(f"pay_{number}_{device}", payer_account_id=account_id, device_id=device)
            )
    mine, theirs = (short(account.removeprefix("payer#")) for account in (MINE, THEIRS))
    assert known("device#dev_a").payers.keys() == {mine, theirs}

    assert leave("cus_ann") == leave("cus_ann") == []

    for device in ("dev_a", "dev_b"):
        assert known(f"device#{device}").payers.keys() == {theirs}
    assert known(MINE.replace("payer", "devices")).devices is None
    assert known(THEIRS.replace("payer", "devices")).devices.keys() == {"dev_a", "dev_b"}
