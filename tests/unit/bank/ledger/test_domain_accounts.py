"""The rules of accounts and holds: why money is refused, and in what order the reasons are named."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest

from bank import errors
from bank.ledger import (
    Account,
    AccountClosed,
    AccountFrozen,
    Hold,
    HoldStatus,
    InsufficientFunds,
    Kind,
    LimitExceeded,
    Limits,
    Status,
    credit_refusal,
    debit_refusal,
    limit_refusal,
)

TODAY = "2026-01-30"


def an_account(kind: Kind = Kind.WALLET, **fields: object) -> Account:
    sound = Account(
        account_id="wal_1",
        owner_id="cus_1",
        kind=kind,
        currency="CNY",
        status=Status.ACTIVE,
        balance=1_000,
        held=0,
        available=1_000,
        limits=Limits(per_payment=500, per_day=600, per_month=700, per_year=800),
        day=TODAY,
        day_left=600,
        month=TODAY[:7],
        month_left=700,
        year=TODAY[:4],
        year_left=800,
        version=1,
        booked_at="",
        opened_at="",
        metadata={},
    )
    return replace(sound, **fields)  # type: ignore[arg-type]


SPOILED: list[tuple[type[errors.Refusal], Callable[[Account], Account]]] = [
    (AccountClosed, lambda account: replace(account, status=Status.CLOSED)),
    (AccountFrozen, lambda account: replace(account, status=Status.FROZEN)),
    (InsufficientFunds, lambda account: replace(account, available=299)),
    (LimitExceeded, lambda account: replace(account, day_left=299)),
]
# Each before each later one; an account cannot be closed and frozen at once.
RANKS = [pair for pair in combinations(range(4), 2) if pair != (0, 1)]


@pytest.mark.parametrize(("first", "second"), RANKS)
def test_a_refusal_names_the_status_before_the_money_and_the_money_before_the_limits(
    first: int, second: int
) -> None:
    account = SPOILED[first][1](SPOILED[second][1](an_account()))

    assert type(limit_refusal(account, 300, TODAY)) is SPOILED[first][0]
    assert type(debit_refusal(account, 300)) is SPOILED[first][0]


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"limits": Limits(per_payment=299)}, "per_payment"),
        ({"day_left": 299}, "per_day"),
        ({"month_left": 299}, "per_month"),
        ({"year_left": 299}, "per_year"),
        ({"day_left": 299, "month_left": 0}, "per_day"),
        ({"month_left": 299, "year_left": 0}, "per_month"),
        ({"limits": Limits(299, 0, 0, 0), "day_left": 0, "month_left": 0}, "per_payment"),
    ],
)
def test_limit_refusal_names_the_narrowest_limit_that_is_passed(
    limits: dict[str, object], named: str
) -> None:
    refusal = limit_refusal(an_account(**limits), 300, TODAY)

    assert isinstance(refusal, LimitExceeded)
    assert str(refusal).endswith(named)


def test_the_last_unit_of_money_and_of_every_limit_may_be_spent() -> None:
    account = an_account(
        limits=Limits(per_payment=300), available=300, day_left=300, month_left=300, year_left=300
    )

    assert limit_refusal(account, 300, TODAY) is None
    assert isinstance(limit_refusal(account, 301, TODAY), InsufficientFunds)


def test_a_new_day_month_and_year_start_with_the_whole_limit() -> None:
    spent = an_account(day_left=0, month_left=100, year_left=200)

    assert spent.remaining_limits(TODAY) == (0, 100, 200)
    assert spent.remaining_limits("2026-01-31") == (600, 100, 200)
    assert spent.remaining_limits("2026-02-01") == (600, 700, 200)
    assert spent.remaining_limits("2027-01-01") == (600, 700, 800)


@pytest.mark.parametrize(
    ("status", "refusal"), [(Status.ACTIVE, None), (Status.FROZEN, None), (Status.CLOSED, AccountClosed)]
)
def test_only_a_closed_account_takes_no_credit(status: Status, refusal: type[errors.Refusal] | None) -> None:
    found = credit_refusal(an_account(status=status))

    assert (found and type(found)) is refusal


def test_only_the_banks_own_accounts_may_be_overdrawn() -> None:
    assert debit_refusal(an_account(Kind.INTERNAL, available=0), 1) is None
    assert isinstance(debit_refusal(an_account(Kind.SETTLEMENT, available=0), 1), InsufficientFunds)


HELD = Hold(
    hold_id="hld_1",
    account_id="wal_1",
    amount=300,
    currency="CNY",
    status=HoldStatus.HELD,
    captured=0,
    returned=0,
    day=TODAY,
    expires_at="2026-01-30T05:00:00.000000Z",
    reference="pay_1",
)


@pytest.mark.parametrize("captured", [0, 1, 299, 300])
def test_what_a_hold_does_not_capture_it_returns(captured: int) -> None:
    ended = HELD.ended(HoldStatus.CAPTURED, captured)

    assert (ended.captured, ended.returned) == (captured, 300 - captured)
    with pytest.raises(ValueError, match="cannot end"):
        ended.ended(HoldStatus.VOIDED, 0)


@pytest.mark.parametrize("captured", [-1, 301])
def test_a_hold_cannot_capture_more_than_it_holds(captured: int) -> None:
    with pytest.raises(ValueError, match="cannot end"):
        HELD.ended(HoldStatus.CAPTURED, captured)


def test_a_hold_is_due_from_its_instant_on_until_it_ends() -> None:
    assert not HELD.due("2026-01-30T04:59:59.999999Z")
    assert HELD.due(HELD.expires_at)
    assert not HELD.ended(HoldStatus.VOIDED, 0).due(HELD.expires_at)
