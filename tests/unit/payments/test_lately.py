"""What of a payment may be judged by some seconds old: stated here, with what may not."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bank import clock, ledger, store
from bank.ledger import AccountRow, JournalRow, growing, statements
from bank.ledger.payees import settlement_id
from bank.risk.tables import ALWAYS, LiveRow, ProfileRow, live_key
from bank.store import recent
from bench.meter import Meter
from payments.app import app
from payments.domain import journals
from tests.support import risk
from tests.support.http import call
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import Clock
from tests.unit.payments.test_app import MERCHANT, register, restate
from tests.unit.payments.test_risk import pay

BLOCKED = tuple(
    (f'lists.{who} == "block"', "decline", f"{who}_blocked") for who in ("customer", "device", "merchant")
)
DEVICE = "dev_1"


@pytest.fixture
def time(cloud: Cloud) -> Iterator[Clock]:
    """A clock that stands still until it is moved."""
    moved = Clock()
    with clock.source(moved):
        yield moved


@pytest.fixture
def wallet(time: Clock) -> str:
    """A customer's wallet, and a merchant that it has paid by rules that mind lists alone."""
    register(MERCHANT)
    made = risk.customer_wallet("cus_1", 1_000_000, free_limit=100_000)
    risk.live("payment", *BLOCKED)
    assert pay(made, 10, key="before", device_id=DEVICE).json["status"] == "succeeded"
    return made


def busy() -> None:
    """Give the merchant's account two rows, as one that takes in much has."""
    row, transaction = ledger.accounts.find(settlement_id(MERCHANT, "CNY")), store.Transaction()
    anyway = AccountRow.account_id.exists()
    transaction.update((AccountRow, row.account_id), [AccountRow.parts.set(2)], anyway, store.stale)
    transaction.create(growing.further(row, 1))
    transaction.commit()


def outcome(wallet: str, key: str) -> str:
    """Return the status of a payment, or why it was refused."""
    answer = pay(wallet, 10, key=key, device_id=DEVICE).json
    return str(
        answer["decline"]["code"] if answer.get("decline") else answer.get("status", answer.get("code"))
    )


def block(profile: str) -> None:
    store.put_many([ProfileRow(profile_key=profile, block_until=ALWAYS)])


def declining() -> None:
    """Another rule set goes live. Its content is put as if nothing had been read since."""
    kept = dict(recent._kept)
    risk.live("payment", ("amount > 0", "decline", "any"))
    recent._kept.update(kept)


def suspended() -> None:
    restate(MERCHANT, status="suspended")


CHANGES: dict[str, tuple[Callable[[], None], str]] = {
    "rules": (declining, "risk_declined"),
    "posture": (
        lambda: store.put_many([LiveRow(rules_key=live_key("payment"), posture="decline")]),
        "risk_declined",
    ),
    "the merchant on a list": (lambda: block(f"merchant#{MERCHANT}"), "risk_declined"),
    "a busy merchant's suspension": (suspended, "merchant_suspended"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_very_many_share_counts_after_some_seconds_at_most(time: Clock, wallet: str, what: str) -> None:
    change, refused = CHANGES[what]
    busy()
    time.moment += timedelta(seconds=recent.SECONDS)
    assert outcome(wallet, "before-it") == "succeeded"
    change()

    time.moment += timedelta(seconds=recent.SECONDS - 0.01)
    assert outcome(wallet, "as-before") == "succeeded"
    time.moment += timedelta(seconds=0.01)
    assert outcome(wallet, "after-it") == refused


AT_ONCE: dict[str, tuple[Callable[[str], None], str]] = {
    "the payer on a list": (lambda wallet: block(f"payer#{wallet}"), "risk_declined"),
    "the device on a list": (lambda _: block(f"device#{DEVICE}"), "risk_declined"),
    "a merchant's suspension": (lambda _: suspended(), "merchant_suspended"),
    "the payer's freeze": (
        lambda wallet: ledger.accounts.find(wallet).update([AccountRow.status.set("frozen")]) and None,
        "account_frozen",
    ),
}


@pytest.mark.parametrize("what", AT_ONCE)
def test_what_is_one_payer_s_or_one_of_many_merchants_counts_at_once(wallet: str, what: str) -> None:
    change, refused = AT_ONCE[what]
    change(wallet)

    assert outcome(wallet, "after-it") == refused


def test_a_payment_to_a_busy_merchant_reads_nothing_that_all_share(time: Clock, wallet: str) -> None:
    busy()
    time.moment += timedelta(seconds=recent.SECONDS)
    assert outcome(wallet, "first") == "succeeded"

    with Meter() as meter:
        assert outcome(wallet, "second") == "succeeded"
    # The payment, the payer's account and profile, and the device's.
    assert (meter.usage.round_trips, meter.usage.reads, meter.usage.writes) == (2, 4, 6)


@pytest.mark.parametrize("manual", [False, True])
def test_journals_of_a_busy_merchant_s_payments_are_wide_and_its_lists_are_whole(
    cloud: Cloud, time: Clock, wallet: str, manual: bool
) -> None:
    quiet = paid_one(wallet, "quiet", manual=manual)
    busy()
    many = [paid_one(wallet, f"busy-{number}", manual=manual) for number in range(20)]
    cloud.settle()

    rows = [store.get(JournalRow, journals.journal_id(each)) for each in (quiet, *many)]
    assert [row is not None and bool(row.wide) for row in rows] == [False, *(True for _ in many)]
    query = {"merchant_id": MERCHANT, "limit": "100"}
    listed = call(app, "GET", "/payments", query=query).json["items"]
    assert {each["payment_id"] for each in listed} >= {quiet, *many}
    account = ledger.accounts.find(settlement_id(MERCHANT, "CNY"))
    assert {quiet, *many} <= {entry.reference for entry in statements.entries(account, limit=100)}
    refunded = call(app, "POST", f"/payments/{many[0]}/refunds", {"amount": 1, "reason": "x"}, key="r")
    assert refunded.status == 201


def paid_one(wallet: str, key: str, *, manual: bool) -> str:
    """The id of a payment of 10, captured at once or by a call of its own."""
    how = {"capture": "manual"} if manual else {}
    payment_id = str(pay(wallet, 10, key=key, device_id=DEVICE, **how).json["payment_id"])
    if manual:
        assert call(app, "POST", f"/payments/{payment_id}/capture", {}, key=f"c-{key}").status == 200
    return payment_id
