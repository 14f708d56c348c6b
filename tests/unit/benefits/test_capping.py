"""What each branch and each channel may hand out: never passed, in two round trips, given back to all."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank import caps, clock, ledger, store
from bank.access.organisation import HEAD_OFFICE
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.store import Stale, Transaction, recent
from bench.meter import Meter
from benefits import app as room
from benefits.service import capping
from benefits.service.capping import Limit
from tests.support import http, mocked
from tests.support.http import Reply
from tests.support.organisation import BRANCH, OTHER_BRANCH
from tests.support.streams import Cloud
from tests.unit.benefits.given import COUPON, claim, product, wallet

WORTH = COUPON["discount"]["steps"][0]["amount"]
PLENTY = {"units": 1_000, "budget": 1_000 * WORTH}
APP, SCANNER = "cli_app", "cli_scanner"


def kept_by(unit: str, customer_id: str) -> str:
    """A customer's wallet that a unit keeps."""
    account_id = wallet(customer_id)
    ledger.AccountRow(account_id).update([ledger.AccountRow.unit_id.set(unit)])
    return account_id


def claims(product_id: str, number: int, *, unit: str = BRANCH, client: str = APP) -> Reply:
    """A claim of customer `number`, whose wallet a unit keeps, through a channel."""
    customer_id = f"cus_{number}"
    return claim(product_id, kept_by(unit, customer_id), customer_id, f"c{number}", client_id=client)


def left(product_id: str, **query: str) -> Any:
    recent.forget()
    found = http.call(room.app, "GET", f"/benefit-products/{product_id}/caps", query=query)
    assert found.status == 200, found.body
    return found.json


@pytest.mark.parametrize(
    ("each", "bounds", "code"),
    [
        ("each_branch", {"units": 1}, "sold_out_in_branch"),
        ("each_branch", {"budget": 2 * WORTH - 1}, "budget_used_up_in_branch"),
        ("each_channel", {"units": 1}, "sold_out_on_channel"),
        ("each_channel", {"budget": 2 * WORTH - 1}, "budget_used_up_on_channel"),
    ],
)
@pytest.mark.parametrize("warm", [True, False])
def test_one_is_refused_what_it_has_had_and_another_has_its_own(
    cloud: Cloud, each: str, bounds: dict[str, int], code: str, warm: bool
) -> None:
    product_id = product(stock={**PLENTY, each: bounds})
    answers = [claims(product_id, 1)]
    if not warm:
        recent.forget()

    answers += [claims(product_id, 2), claims(product_id, 3, unit=OTHER_BRANCH, client=SCANNER)]

    assert [answer.json.get("code") for answer in answers] == [None, code, None]
    assert answers[1].status == 409
    rest = left(product_id, unit_id=BRANCH, client_id=APP)
    assert rest["units"] == PLENTY["units"] - 2, "who is refused takes nothing"
    of = rest["branch" if each == "each_branch" else "channel"]
    assert of == {"units": None, "budget": None} | {
        name: bound - (1 if name == "units" else WORTH) for name, bound in bounds.items()
    }


def test_what_is_left_of_a_branch_or_channel_is_told_where_it_is_asked_for(cloud: Cloud) -> None:
    product_id = product(stock={**PLENTY, "each_branch": {"units": 5}})
    claims(product_id, 1)

    none, asked = left(product_id), left(product_id, unit_id=BRANCH, client_id=APP)

    assert (none["branch"], none["channel"]) == (None, None)
    assert (asked["branch"], asked["channel"]) == ({"units": 4, "budget": None}, None)


def test_a_claim_of_three_caps_is_two_round_trips_and_two_units_each(cloud: Cloud) -> None:
    product_id = product(stock={**PLENTY, "each_branch": {"units": 100}, "each_channel": {"units": 100}})
    # What very many share is read by the first.
    claims(product_id, 1)
    account_id = kept_by(BRANCH, "cus_2")

    with Meter() as meter:
        answer = claim(product_id, account_id, "cus_2", "c2", client_id=APP)

    assert answer.status == 201, answer.body
    assert (meter.usage.round_trips, meter.usage.writes) == (2, 8)


def test_once_a_branch_is_known_to_have_none_a_claim_is_refused_without_a_write(cloud: Cloud) -> None:
    product_id = product(stock={**PLENTY, "each_branch": {"units": 1}})
    claims(product_id, 1)
    recent.forget()
    claims(product_id, 2)
    account_id = kept_by(BRANCH, "cus_3")

    with Meter() as meter:
        refused = claim(product_id, account_id, "cus_3", "c3", client_id=APP)

    assert refused.json["code"] == "sold_out_in_branch"
    assert (meter.usage.round_trips, meter.usage.writes) == (1, 0)


def test_what_was_not_used_goes_back_to_each_budget(cloud: Cloud) -> None:
    of_each = {"units": 10, "budget": 10 * WORTH}
    product_id = product(
        validity={"days": 1}, stock={**of_each, "each_branch": of_each, "each_channel": of_each}
    )
    claims(product_id, 1)
    cloud.settle()
    tomorrow = clock.now() + timedelta(days=1, minutes=2)
    taken = left(product_id, unit_id=BRANCH, client_id=APP)

    with clock.source(lambda: tomorrow):
        ended = room.on_expiry({"time": clock.instant(), "source": "aws.scheduler"}, http.context())

    assert ended == {"ended": 1}
    assert [each["budget"] for each in (taken, taken["branch"], taken["channel"])] == [9 * WORTH] * 3
    back = left(product_id, unit_id=BRANCH, client_id=APP)
    for each in (back, back["branch"], back["channel"]):
        assert (each["units"], each["budget"]) == (9, 10 * WORTH)


def test_one_that_was_issued_when_there_was_one_cap_gives_back_too(cloud: Cloud) -> None:
    product_id = product(validity={"days": 1}, stock=PLENTY)
    issued = claims(product_id, 1).json["entitlement_id"]
    row = store.get(EntitlementRow, issued)
    assert row is not None
    assert row.taken is not None
    row.update([EntitlementRow.taken.set(row.taken[0])])
    cloud.settle()
    tomorrow = clock.now() + timedelta(days=1, minutes=2)

    with clock.source(lambda: tomorrow):
        ended = room.on_expiry({"time": clock.instant(), "source": "aws.scheduler"}, http.context())

    assert ended == {"ended": 1}
    assert left(product_id)["budget"] == PLENTY["budget"]


@pytest.mark.parametrize("each", ["each_branch", "each_channel"])
def test_a_budget_of_each_needs_a_discount_with_a_bound(cloud: Cloud, each: str) -> None:
    refused = http.call(
        room.app,
        "POST",
        "/benefit-products",
        {
            "content": {
                **COUPON,
                "discount": {"type": "percent_off", "basis_points": 1_000},
                "stock": {"units": 10, each: {"budget": 5_000}},
            }
        },
        key="k",
    )

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "stock.budget")


# Any history -----------------------------------------------------------------------------------------

BOUNDS = {"units": 6, "each_branch": {"units": 3}, "each_channel": {"units": 2}}
MOST = {"all": 6, "branch": 3, "channel": 2}
CODES = {"all": "sold_out", "channel": "sold_out_on_channel", "branch": "sold_out_in_branch"}


def offer() -> OfferRow:
    content = {**COUPON, "stock": BOUNDS, "cycle": "ever"}
    return OfferRow.of("ben_1.1", content, product_id="ben_1", unit_id=HEAD_OFFICE, approved_at="")


def decided(row: OfferRow, unit: str, client: str, by: str, knows: bool) -> Transaction:
    """A claim, ready to be written. `knows`: it has read the cap of its branch, as one that decides again."""
    transaction = Transaction()
    seen = capping.limits(row, client_id=client, unit_id=unit if knows else "")
    keys = capping.keys(seen, by)
    read = {name: store.get_many(each) for name, each in keys.items()}
    of: list[Limit] = capping.limits(row, client_id=client, unit_id=unit)
    capping.take(transaction, of, read, amount=0, at=clock.now(), by=by)
    return transaction


def ends(row: OfferRow, unit: str, client: str, by: str) -> str:
    """How a claim ends that decides as often as it must."""
    for attempt in range(3):
        try:
            decided(row, unit, client, by, knows=attempt > 0).commit()
        except caps.SoldOut as refused:
            return refused.code
        except Stale:
            continue
        return "issued"
    raise AssertionError("who decides again has read all there is")


one = st.tuples(st.sampled_from([BRANCH, OTHER_BRANCH]), st.sampled_from(["a", "b", "c"]), st.booleans())


@settings(max_examples=40, deadline=None)
@given(history=st.lists(one, max_size=14))
def test_any_history_is_that_of_one_number_for_each(history: list[tuple[str, str, bool]]) -> None:
    """Of claims by processes that have just read, or have read nothing."""
    had = Counter[tuple[str, str]]()
    with mocked.cloud():
        row = offer()
        for number, (unit, client, forgets) in enumerate(history):
            if forgets:
                recent.forget()
            of = {"all": "", "channel": client, "branch": unit}
            full = [CODES[name] for name, which in of.items() if had[name, which] == MOST[name]]

            outcome = ends(row, unit, client, f"cus_{number}")

            assert outcome in (full or ["issued"])
            if outcome == "issued":
                had.update((name, which) for name, which in of.items())


def test_claims_that_were_decided_together_never_pass_a_branch(cloud: Cloud) -> None:
    row = offer()
    ready = [
        decided(row, BRANCH, f"cli_{number}", f"cus_{number}", knows=number % 2 > 0) for number in range(6)
    ]
    written = 0
    for transaction in ready:
        try:
            transaction.commit()
            written += 1
        except Stale:
            continue

    assert written == MOST["branch"]
    assert ends(row, BRANCH, "cli_9", "cus_9") == "sold_out_in_branch"
    assert ends(row, OTHER_BRANCH, "cli_9", "cus_9") == "issued"
