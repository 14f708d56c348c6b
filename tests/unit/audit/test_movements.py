"""Money that was booked otherwise than it was held, decided by nobody, or given back wrongly is named."""

from datetime import timedelta
from typing import Any

import pytest

from audit.service import chaining, entries
from bank import clock, ids, ledger, store
from bank.ledger import JournalRow
from tests.support.streams import Cloud
from tests.unit.audit.given import NOON, acted, differences, entry

SHOP = ids.derived("stl", "mer_1", "CNY")
CLEARING = ids.derived("clr", "cli_app", "CNY")
LATER = NOON + timedelta(minutes=20)
EVENT: dict[str, Any] = {"currency": "CNY", "amount": 500, "client_id": "cli_app"}
TRANSFER = {**EVENT, "transfer_id": "trf_1", "from_account_id": "wal_1", "to_account_id": "wal_2"}
PAYMENT = {
    **EVENT,
    "payment_id": "pay_1",
    "payer_account_id": "wal_1",
    "merchant_id": "mer_1",
    "capture": "automatic",
}
WITHDRAWAL = {**EVENT, "movement_id": "wdr_1", "account_id": "wal_1"}
HELD: dict[str, tuple[str, dict[str, Any], str]] = {
    "transfer": ("transfers.TransferHeldForReview", TRANSFER, "wal_2"),
    "payment": ("payments.PaymentHeldForReview", PAYMENT, SHOP),
    "capture": ("payments.PaymentAuthorized", {**PAYMENT, "capture": "manual"}, SHOP),
    "withdrawal": ("accounts.WithdrawalHeldForReview", WITHDRAWAL, CLEARING),
}


def told(name: str, data: dict[str, Any]) -> None:
    """The chain hears an event from the bus."""
    envelope = {
        "id": ids.new("evt"),
        "type": f"perkbank.{name}.v1",
        "subject": "s",
        "time": clock.instant(),
        "data": data,
    }
    chaining.append([entries.of_event(envelope)])


def booked(number: str, amounts: dict[str, int]) -> None:
    """A journal, chained as the stream has it."""
    journal = ledger.journal(
        f"jrn_{number}", kind="k", reference="r", currency="CNY", amounts=amounts, booked_at=clock.instant()
    )
    row = JournalRow.of(journal)
    transaction = store.Transaction()
    transaction.create(row)
    transaction.commit()
    chaining.append([entries.of_journal(row)])


def named() -> list[tuple[str, str]]:
    """What verification names, of which record."""
    return [(each["what"], each["id"]) for each in differences(LATER) if each["what"] != "anchor"]


@pytest.mark.parametrize("kind", HELD)
def test_what_is_booked_as_it_was_held_is_no_difference(trail: Cloud, kind: str) -> None:
    name, data, payee = HELD[kind]
    told(name, data)
    fee = {"int_fees_CNY": 3} if payee == SHOP else {}
    booked("1", {"wal_1": -500, payee: 500 - sum(fee.values()), **fee})

    assert named() == []


@pytest.mark.parametrize("kind", HELD)
@pytest.mark.parametrize(
    "amounts",
    [{"wal_1": -500, "wal_thief": 500}, {"wal_1": -600, "PAYEE": 600}, {"wal_9": -500, "PAYEE": 500}],
    ids=["payee", "amount", "payer"],
)
def test_what_is_booked_otherwise_than_it_was_held_is_named(
    trail: Cloud, kind: str, amounts: dict[str, int]
) -> None:
    """However well the rows of transfers, payments and holds were made to fit by then."""
    name, data, payee = HELD[kind]
    told(name, data)
    booked("1", {account.replace("PAYEE", payee): amount for account, amount in amounts.items()})

    record = next(value for key, value in data.items() if key in ("transfer_id", "payment_id", "movement_id"))
    assert named() == [("movement", record)]


def test_a_part_of_what_was_authorized_may_be_captured_and_of_a_review_none(trail: Cloud) -> None:
    for kind, number in (("capture", "1"), ("transfer", "2")):
        name, data, payee = HELD[kind]
        told(name, {**data, "transfer_id": "trf_2"})
        booked(number, {"wal_1": -400, payee: 400})

    assert named() == [("movement", "trf_2")]


@pytest.mark.parametrize("decision", ["release", "reject"])
def test_a_review_that_no_act_decided_is_named(trail: Cloud, decision: str) -> None:
    data = {"case_id": "cas_1", "record_id": "trf_1", "product": "transfer", "decision": decision}
    told("cases.ReviewDecided", data)
    other = acted("cas_1", action="cases.released", after={"what": "released trf_2"})
    chaining.append([entry(other)])

    assert named() == [("review", "trf_1")]

    done = {"release": "released", "reject": "rejected"}[decision]
    act = acted("cas_1", action=f"cases.{done}", after={"what": f"{done} trf_1"})
    chaining.append([entry(act)])
    assert named() == []


def recorded(record: str) -> None:
    """The payment's record of a refund or a split, as far as it matters here."""
    key = {"payment_id": {"S": "pay_1"}, "record": {"S": record}}
    store.client().put_item(TableName=store.table_name("payments"), Item=key)


def refunded(number: str, amount: int, to: str = "wal_1") -> None:
    recorded(f"refund#ref_{number}")
    told(
        "payments.PaymentRefunded",
        {"payment_id": "pay_1", "refund_id": f"ref_{number}", "amount": amount, "currency": "CNY"},
    )
    booked(number, {SHOP: -amount, to: amount})


def test_refunds_go_to_who_paid_and_are_no_more_than_was_paid(trail: Cloud) -> None:
    booked("1", {"wal_1": -500, SHOP: 497, "int_fees_CNY": 3})
    refunded("r1", 300)
    assert named() == []

    refunded("r2", 100, to="wal_thief")
    assert named() == [("movement", "ref_r2")]

    refunded("r3", 200)
    assert ("movement", "ref_r3") in named()


def test_refunds_count_together_however_many_days_are_between_them(trail: Cloud) -> None:
    """Also where the verified days have the last of them alone."""
    booked("1", {"wal_1": -500, SHOP: 500})
    refunded("r1", 300)
    with clock.source(lambda: NOON + timedelta(days=9)):
        refunded("r2", 201)
    with clock.source(lambda: NOON + timedelta(days=10)):
        chaining.append([entry(acted())])

    found = differences(NOON + timedelta(days=10), newest=2)

    assert ("movement", "ref_r2") in [(each["what"], each["id"]) for each in found]


def test_a_refund_whose_record_was_removed_so_that_it_counts_no_more_is_named(trail: Cloud) -> None:
    booked("1", {"wal_1": -500, SHOP: 500})
    refunded("r1", 300)
    refunded("r2", 300)
    key = {"payment_id": {"S": "pay_1"}, "record": {"S": "refund#ref_r1"}}
    store.client().delete_item(TableName=store.table_name("payments"), Key=key)

    assert named() == [("movement", "ref_r1")]


def test_splits_are_no_more_than_was_paid(trail: Cloud) -> None:
    booked("1", {"wal_1": -500, SHOP: 500})
    for number, amount in (("s1", 400), ("s2", 101)):
        recorded(f"split#spl_{number}")
        told("payments.PaymentSplit", {"payment_id": "pay_1", "split_id": f"spl_{number}", "amount": amount})
        booked(number, {SHOP: -amount, "stl_2": amount})

    assert named() == [("movement", "spl_s1"), ("movement", "spl_s2")]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("payments.PaymentHeldForReview", {"payment_id": "pay_1"}),
        ("payments.PaymentAuthorized", {**PAYMENT, "amount": "500"}),
        ("transfers.TransferHeldForReview", {**TRANSFER, "to_account_id": None}),
        ("accounts.WithdrawalHeldForReview", {**WITHDRAWAL, "movement_id": ""}),
        ("payments.PaymentRefunded", {"payment_id": ["pay_1"], "refund_id": "ref_1", "amount": 1}),
        ("payments.PaymentSplit", {"payment_id": "pay_1", "split_id": "x" * 3_000, "amount": 1}),
        ("cases.ReviewDecided", {"case_id": "cas_1", "record_id": "trf_1", "decision": "forget"}),
        ("cases.ReviewDecided", "released"),
    ],
)
def test_an_event_that_no_room_has_told_is_named_and_keeps_nothing_else_from_being_named(
    trail: Cloud, name: str, data: Any
) -> None:
    told(name, data)
    told("transfers.TransferHeldForReview", TRANSFER)
    booked("1", {"wal_1": -500, "wal_thief": 500})

    assert [what for what, _ in named()] == ["decision", "movement"]
