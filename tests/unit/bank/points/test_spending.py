"""Points are reserved, and taken or given back once; what the bank owes for them moves with each step."""

import pytest

from bank import store
from bank.ledger import (
    AccountClosed,
    AccountFrozen,
    AccountRow,
    Status,
    statements,
    verification,
)
from bank.ledger import (
    accounts as ledger_accounts,
)
from bank.ledger.lots import MAX_MONTHS, MAX_RESERVED, Lots, expiry_month
from bank.points import accounts, booking, spending
from bank.points.worth import price, worth
from bank.store import AlreadyExists, Stale, Transaction
from tests.unit.bank.ledger.given import Books, change_status
from tests.unit.bank.points.given import (
    FEBRUARY,
    JANUARY,
    MARCH,
    book,
    capture,
    earn,
    give_back,
    opened,
    reserve,
    row,
    stands,
)


def figures() -> tuple[int, int, int]:
    """Balance, held and available."""
    found = row()
    return int(found.balance), int(found.held), int(found.available)


def agrees(books: Books) -> None:
    """The verification finds nothing, and the bank owes what the points of the account are worth."""
    books.settle()
    books.time.forward(minutes=5)
    report = verification.verify()
    assert (report["differences"], report["zero_sum"]) == ([], True)
    found = accounts.lots_of(row())
    assert found.total == int(row().balance) == -stands("points", "PTS")
    assert found.value == worth(found.total) == stands("points-liability") == -stands("points-cost")


def test_earned_points_are_lots_with_what_is_owed_for_them(books: Books) -> None:
    opened({MARCH: 1_003})

    assert figures() == (1_003, 0, 1_003)
    agrees(books)
    assert stands("points-liability") == 200


def test_what_is_owed_never_drifts_however_small_the_steps(books: Books) -> None:
    opened()
    for number in range(13):
        earn({MARCH: 3}, f"pay_{number}")

    agrees(books)
    assert stands("points-liability") == 39 // 5


def test_a_reservation_is_one_update_of_two_units_and_moves_no_balance(books: Books) -> None:
    opened({FEBRUARY: 50, MARCH: 30})
    transaction = Transaction()
    spending.reserve(transaction, row(), 60, "pay_1")

    assert len(transaction) == 1
    transaction.commit()
    assert figures() == (80, 60, 20)
    assert accounts.lots_of(row()) == Lots({MARCH: 20}, {"pay_1": {FEBRUARY: 50, MARCH: 10}}, 16)
    agrees(books)


def test_what_is_captured_leaves_with_a_journal_and_the_rest_returns(books: Books) -> None:
    opened({FEBRUARY: 50, MARCH: 30})
    reserve(60, "pay_1")

    assert capture("pay_1", 52) == {FEBRUARY: 50, MARCH: 2}
    assert figures() == (28, 0, 28)
    agrees(books)
    newest = statements.entries(row(), limit=1)[0]
    assert (newest.amount, newest.kind, newest.reference) == (-52, "points-redemption", "pay_1")
    assert newest.counterparty == "int_points_PTS"


def test_what_is_given_back_is_in_its_lots_again(books: Books) -> None:
    opened({FEBRUARY: 50, MARCH: 30})
    before = accounts.lots_of(row())
    reserve(60, "pay_1")
    give_back("pay_1")

    assert accounts.lots_of(row()) == before
    assert figures() == (80, 0, 80)
    agrees(books)


def test_a_reservation_ends_once(books: Books) -> None:
    opened({MARCH: 100})
    reserve(60, "pay_1")
    give_back("pay_1")

    for end in (give_back, capture):
        with pytest.raises(spending.NotReserved):
            end("pay_1")
    reserve(60, "pay_2")
    capture("pay_2")
    for end in (give_back, capture):
        with pytest.raises(spending.NotReserved):
            end("pay_2")
    assert figures() == (40, 0, 40)


def test_of_two_ends_at_once_one_happens(books: Books) -> None:
    opened({MARCH: 100})
    reserve(60, "pay_1")
    read, first, second = row(), Transaction(), Transaction()
    spending.give_back(first, read, "pay_1")
    spending.give_back(second, read, "pay_1")
    first.commit()

    with pytest.raises(Stale):
        second.commit()
    assert figures() == (100, 0, 100)


def test_of_two_payments_at_once_that_want_the_last_points_one_has_them(books: Books) -> None:
    opened({MARCH: 100})
    read, first, second = row(), Transaction(), Transaction()
    spending.reserve(first, read, 80, "pay_1")
    spending.reserve(second, read, 80, "pay_2")
    first.commit()

    with pytest.raises(Stale):
        second.commit()
    with pytest.raises(spending.InsufficientPoints):
        reserve(80, "pay_2")


def test_points_are_good_to_the_last_instant_of_their_month_in_shanghai(books: Books) -> None:
    opened({JANUARY: 100})
    # Noon of the 30th; the month ends at 16:00 UTC of the 31st.
    books.time.forward(days=1, hours=11, minutes=59, seconds=59)
    reserve(60, "pay_1")
    books.time.forward(seconds=1)

    with pytest.raises(spending.InsufficientPoints):
        reserve(1, "pay_2")
    assert sum(accounts.spendable(row()).values()) == 0
    # What was reserved in time is taken; what of it comes back is nobody's to spend.
    capture("pay_1", 50)
    assert accounts.lots_of(row()).past(accounts.month()) == {JANUARY: 50}
    with pytest.raises(spending.InsufficientPoints):
        reserve(1, "pay_2")
    agrees(books)


def test_what_expires_has_its_journal(books: Books) -> None:
    opened({JANUARY: 100, MARCH: 5})
    books.time.forward(days=2)
    before = accounts.lots_of(row())
    book(before.without_free(before.past(accounts.month())), "points-expired", "2026-01")

    assert figures() == (5, 0, 5)
    agrees(books)
    assert statements.entries(row(), limit=1)[0].kind == "points-expired"


def test_a_journal_is_booked_once(books: Books) -> None:
    opened()
    earn({MARCH: 5}, "pay_1")

    with pytest.raises(AlreadyExists):
        earn({MARCH: 5}, "pay_1")
    assert figures() == (5, 0, 5)


def test_what_the_points_are_worth_changes_with_the_next_movement(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened({MARCH: 100})
    monkeypatch.setattr(booking, "worth", lambda points: points * 2)
    earn({MARCH: 1})
    books.settle()

    assert accounts.lots_of(row()).value == stands("points-liability") == 202
    assert stands("points-cost") == -202


@pytest.mark.parametrize(
    ("status", "refused"), [(Status.FROZEN, AccountFrozen), (Status.CLOSED, AccountClosed)]
)
def test_a_frozen_or_closed_account_spends_nothing(
    books: Books, status: Status, refused: type[Exception]
) -> None:
    opened({MARCH: 100} if status is Status.FROZEN else None)
    change_status(row().account_id, status)

    with pytest.raises(refused):
        reserve(1, "pay_1")


def test_a_freeze_between_read_and_write_stops_a_reservation(books: Books) -> None:
    opened({MARCH: 100})
    read, transaction = row(), Transaction()
    spending.reserve(transaction, read, 1, "pay_1")
    change_status(read.account_id, Status.FROZEN)

    with pytest.raises(Stale):
        transaction.commit()


def test_who_has_no_account_has_no_points(books: Books) -> None:
    with pytest.raises(spending.NoPointsAccount):
        spending.reserve(Transaction(), None, 1, "pay_1")


def test_only_so_many_reservations_are_open_as_fit_the_row(books: Books) -> None:
    opened({expiry_month("2026-01-01", months): 999_999 for months in range(MAX_MONTHS + 1)})
    row().update(actions=[AccountRow.client_id.set("cli_" + "x" * 26), AccountRow.unit_id.set("u" * 32)])
    for number in range(MAX_RESERVED):
        reserve(333_333, f"pay_{number:026}")

    with pytest.raises(spending.TooManyReserved):
        reserve(1, "pay_further")
    # An item of up to 1 KB is written for two units in a transaction.
    item = store.client().get_item(
        TableName=AccountRow.Meta.table_name, Key={"account_id": {"S": row().account_id}}
    )["Item"]
    size = sum(len(name) + _bytes(value) for name, value in item.items())
    assert size <= 1024, size


def _bytes(value: dict[str, str]) -> int:
    """Bytes of a value as DynamoDB counts them; a number takes a byte for two digits, and one more."""
    [(kind, text)] = value.items()
    return len(text) if kind == "S" else len(text.strip("0")) // 2 + 2


def test_nothing_and_less_is_not_reserved_nor_anything_twice(books: Books) -> None:
    opened({MARCH: 100})
    reserve(10, "pay_1")
    for points, reference in ((0, "pay_2"), (-5, "pay_2"), (5, "pay_1")):
        with pytest.raises(ValueError, match="cannot be reserved"):
            spending.reserve(Transaction(), row(), points, reference)
    with pytest.raises(ValueError, match="points"):
        capture("pay_1", 11)


def test_points_move_by_no_posting_that_does_not_say_what_becomes_of_their_lots(books: Books) -> None:
    from tests.unit.bank.ledger.given import post, wallet

    opened({MARCH: 100})
    with pytest.raises(AssertionError):
        post({row().account_id: -10, wallet(): 10})


def test_what_points_pay_is_priced_exactly() -> None:
    assert [worth(price(amount)) for amount in range(50)] == list(range(50))


ALTERED = {
    "a lot": {"lt": "2603:101||16"},
    "a reservation": {"lt": "2603:20|pay_1=2603:61|16"},
    "a reservation that is forgotten": {"lt": "2603:80||16"},
    "lots that nobody packed": {"lt": "x"},
    "no lots": {"lt": ""},
    "a lot of less than nothing": {"lt": "2602:-5,2603:25|pay_1=2603:60|16"},
}


@pytest.mark.parametrize("what", ALTERED)
def test_altered_lots_are_named(books: Books, what: str) -> None:
    opened({MARCH: 80})
    reserve(60, "pay_1")
    agrees(books)
    row().update(actions=[AccountRow.lots.set(ALTERED[what]["lt"])])

    report = verification.verify()

    assert {each["id"] for each in report["differences"]} == {row().account_id}


def test_the_walk_through_all_accounts_of_points_finds_each(books: Books) -> None:
    from bank.ledger import Kind, payees

    opened()
    found = [
        account_id
        for shard in range(payees.SHARDS)
        for account_id in payees.page(shard, after=None, limit=10, kind=Kind.POINTS)
    ]

    assert found == [row().account_id]
    assert ledger_accounts.find(found[0]).currency == "PTS"
