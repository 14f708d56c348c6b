"""Redemption by code: good once, at the merchant where it is shown, and of whom it is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bank import clock, ledger, store
from bank.benefits.tables import EntitlementRow
from bank.ledger.payees import settlement_id
from bank.ledger.wallets import wallet_id
from bank.store import recent
from benefits import events
from benefits.app import app
from benefits.service import codes, redemptions
from benefits.tables import RedemptionCodeRow, RedemptionRow
from tests.support import http, risk
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.benefits.given import (
    PASS,
    claim,
    draft_of,
    entitlement,
    get,
    on_shelf,
    product,
    supplier,
    wallet,
)

SHOP, OTHER_SHOP, CLOSED_SHOP = "mer_wash", "mer_other", "mer_closed"
APP = {"principal": http.CHANNEL, "client_id": "cli_app"}
OTHER_APP = {"principal": http.CHANNEL, "client_id": "cli_other"}
MINE = {"principal": http.customer("cus_1", "dev_1")}


def shop(merchant_id: str, client_id: str, status: str = "active") -> None:
    terms = {"merchant_id": merchant_id, "status": status, "fee": {}, "category": "7542"}
    ledger.accounts.open_account(
        ledger.accounts.new_row(
            account_id=settlement_id(merchant_id, "CNY"),
            owner_id=merchant_id,
            kind=ledger.Kind.SETTLEMENT,
            currency="CNY",
            client_id=client_id,
            metadata={"merchant": terms},
        )
    )


@pytest.fixture
def held(cloud: Cloud) -> Iterator[str]:
    """A pass of five uses, of `cus_1`."""
    risk.forget()
    shop(SHOP, "cli_app")
    shop(OTHER_SHOP, "cli_other")
    shop(CLOSED_SHOP, "cli_app", "suspended")
    wallet()
    yield a_pass(cost=300)
    risk.forget()


def a_pass(**content: Any) -> str:
    product_id = on_shelf(draft_of({**PASS, **content}))
    return entitlement(product_id, wallet_id("cus_1", "CNY"), key=product_id)


def ask(entitlement_id: str, **options: Any) -> Reply:
    return call(app, "POST", f"/entitlements/{entitlement_id}/code", **{**MINE, **options})


def code_of(entitlement_id: str) -> str:
    shown = ask(entitlement_id)
    assert shown.status == 201, shown.body
    return str(shown.json["code"])


def redeem(code: str, merchant_id: str = SHOP, key: str = "r1", **options: Any) -> Reply:
    body = {"code": code, "merchant_id": merchant_id, "store_id": "s1"}
    return call(app, "POST", "/entitlements/redemptions", body, key=key, **{**APP, **options})


def reverse(redemption_id: str, key: str = "x1", **options: Any) -> Reply:
    path = f"/entitlements/redemptions/{redemption_id}/reversal"
    return call(app, "POST", path, key=key, **{**APP, **options})


def row_of(entitlement_id: str) -> EntitlementRow:
    row = store.get(EntitlementRow, entitlement_id)
    assert row is not None
    return row


def later(**span: float) -> Any:
    moment = clock.now() + timedelta(**span)
    return clock.source(lambda: moment)


def test_a_code_redeems_one_use_and_says_nothing_of_whose_it_is(held: str) -> None:
    done = redeem(code_of(held))

    assert done.status == 201, done.body
    assert (done.json["uses_left"], done.json["merchant_id"], done.json["name"]) == (4, SHOP, PASS["name"])
    assert "cus_1" not in done.body
    assert held not in done.body
    assert get(held).json["uses_left"] == 4
    path = f"/entitlements/redemptions/{done.json['redemption_id']}"
    assert call(app, "GET", path, **APP).json == done.json
    assert call(app, "GET", path, **OTHER_APP).status == 404


def test_a_code_is_good_once_and_its_request_is_answered_again(held: str) -> None:
    code = code_of(held)

    first, again, other = redeem(code), redeem(code), redeem(code, key="r2")

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.json["code"] == "redemption_code_unknown"
    assert redeem(code_of(held)).json["code"] == "idempotency_key_reused"
    assert row_of(held).uses_left == 4


def test_of_two_at_once_one_redeems(held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other comes between what this one has read and what it writes."""
    code, write = code_of(held), redemptions._write
    answers: list[Reply] = []

    def overtaken(*args: Any) -> RedemptionRow:
        monkeypatch.setattr(redemptions, "_write", write)
        answers.append(redeem(code, key="r2"))
        return write(*args)

    monkeypatch.setattr(redemptions, "_write", overtaken)
    answers.append(redeem(code))

    assert [answer.status for answer in answers] == [201, 422]
    assert row_of(held).uses_left == 4


def test_the_last_code_counts_and_no_code_for_longer_than_five_minutes(held: str) -> None:
    old, new = code_of(held), code_of(held)

    assert redeem(old).json["code"] == "redemption_code_unknown"
    with later(minutes=5):
        assert redeem(new, key="r2").json["code"] == "redemption_code_unknown"
    assert redeem(new, key="r3").status == 201


def test_no_code_is_kept_as_it_is(held: str) -> None:
    code = code_of(held)

    assert len(code) == 18
    rows = [*RedemptionCodeRow.scan(), *EntitlementRow.scan()]
    assert code not in str([row.attribute_values for row in rows])


def test_only_its_customer_has_a_code_of_what_is_redeemed_by_one(held: str) -> None:
    coupon = entitlement(product(), wallet_id("cus_1", "CNY"), key="coupon")

    assert ask(held, principal=http.customer("cus_2")).status == 404
    assert ask(held, **APP).status == 403
    assert ask(coupon).json["code"] == "entitlement_not_by_code"


def test_a_code_is_shown_at_merchants_of_the_channel_that_scans_it(held: str) -> None:
    code = code_of(held)

    assert redeem(code, OTHER_SHOP).json["code"] == "merchant_not_found"
    assert redeem(code, SHOP, **OTHER_APP).json["code"] == "merchant_not_found"
    assert redeem(code, CLOSED_SHOP).json["code"] == "merchant_not_active"
    assert redeem(code).status == 201


def test_where_it_does_not_apply_nothing_is_used_and_the_code_stays_good(held: str) -> None:
    elsewhere = a_pass(where={"merchants": [OTHER_SHOP]})
    code = code_of(elsewhere)

    assert redeem(code).json["code"] == "entitlement_other_merchant"
    assert redeem(code, OTHER_SHOP, **OTHER_APP).status == 201


def test_what_a_supplier_that_left_is_not_paid_for_is_not_redeemed(held: str) -> None:
    supplier("sup_1")
    of_supplier = a_pass(supplier_id="sup_1")
    code = code_of(of_supplier)
    supplier("sup_1", status="exiting", at_exit="refunded", exit_until="2099-01-01")
    recent.forget()

    assert redeem(code).json["code"] == "entitlement_supplier_left"


def test_what_was_revoked_or_given_away_since_is_not_redeemed(held: str) -> None:
    gift = a_pass(giftable=True)
    revoked, given = code_of(held), code_of(gift)
    wallet("cus_2")
    call(app, "POST", f"/entitlements/{held}/revocation", {"reason": "fraud"}, key="v1")
    moved = call(
        app, "POST", f"/entitlements/{gift}/gift", {"account_id": wallet_id("cus_2", "CNY")}, key="g1", **MINE
    )

    assert redeem(revoked).json["code"] == "entitlement_revoked"
    assert moved.status == 200, moved.body
    assert redeem(given, key="r2").json["code"] == "entitlement_given_away"
    code_of_receiver = ask(moved.json["entitlement_id"], principal=http.customer("cus_2")).json["code"]
    assert redeem(code_of_receiver, key="r3").status == 201
    again = call(
        app, "POST", f"/entitlements/{gift}/gift", {"account_id": wallet_id("cus_2", "CNY")}, key="g1", **MINE
    )
    assert again.json["entitlement_id"] == moved.json["entitlement_id"]


def test_no_more_uses_than_there_are(held: str) -> None:
    once = a_pass(uses=1)
    redeem(code_of(once))

    assert ask(once).json["code"] == "entitlement_used_up"


def test_who_guesses_is_stopped_for_the_hour(held: str) -> None:
    guesses = [redeem(f"89{number:016d}", key=f"g{number}") for number in range(codes.MOST_WRONG + 1)]
    right = redeem(code_of(held))

    assert [each.status for each in guesses[-2:]] == [422, 429]
    assert (right.status, right.json["code"]) == (429, "too_many_wrong_codes")
    assert int(right.headers["Retry-After"]) > 0
    assert redeem(code_of(held), OTHER_SHOP, **OTHER_APP).status == 201
    with later(hours=1):
        assert redeem(code_of(held), key="r2").status == 201


def test_risk_judges_it_and_nobody_is_there_to_confirm_it(held: str) -> None:
    risk.live("benefit", ("amount >= 300", "decline", "large"))
    refused = redeem(code_of(held))
    risk.live("benefit", ("amount >= 300", "challenge", "large"))
    challenged = redeem(code_of(held), key="r2")
    risk.live("benefit", ("amount > 300", "decline", "large"))
    done = redeem(code_of(held), key="r3")

    assert (refused.status, refused.json["code"]) == (409, "risk_declined")
    assert (challenged.status, challenged.json["code"]) == (409, "risk_declined")
    row = store.get(RedemptionRow, done.json["redemption_id"])
    assert row is not None
    assert row.risk.startswith("approve")


def test_a_reversal_gives_the_use_back_once_within_a_day(held: str, cloud: Cloud) -> None:
    once = a_pass(uses=1, cost=300)
    redemption_id = redeem(code_of(once)).json["redemption_id"]
    assert get(once).json["status"] == "redeemed"

    assert reverse(redemption_id, **OTHER_APP).status == 404
    back, again, other = reverse(redemption_id), reverse(redemption_id), reverse(redemption_id, "x2")

    assert (back.status, back.json["reversed_at"] is not None) == (200, True), back.body
    assert again.json == back.json
    assert other.json["code"] == "not_reversible"
    assert (get(once).json["status"], row_of(once).spent) == ("issued", 0)
    late = redeem(code_of(once), key="r2").json["redemption_id"]
    with later(days=1):
        assert reverse(late, "x3").json["code"] == "not_reversible"


def test_what_it_costs_is_told_with_the_redemption_s_own_id(held: str, cloud: Cloud) -> None:
    redemption_id = redeem(code_of(held)).json["redemption_id"]
    redeemed, offer = row_of(held), redemptions.offer_of(RedemptionRow.get(redemption_id))
    reverse(redemption_id)

    [used] = events.of_change(None, redeemed, offer, clock.instant())
    [back] = events.of_change(redeemed, row_of(held), offer, clock.instant())

    assert isinstance(used, events.EntitlementRedeemed)
    assert (used.redemption_id, used.merchant_id, used.cost) == (redemption_id, SHOP, 300)
    assert (used.discount, used.payment_id) == (0, None)
    assert isinstance(back, events.RedemptionReversed)
    assert (back.redemption_id, back.whole) == (redemption_id, True)


def test_a_budget_has_back_what_was_not_redeemed(held: str) -> None:
    product_id = on_shelf(draft_of(PASS | {"stock": {"budget": 1_500}}))
    of_budget = entitlement(product_id, wallet_id("cus_1", "CNY"), key="budget")
    recent.forget()

    assert claim(product_id, wallet_id("cus_1", "CNY"), key="more").status == 409
    redeem(code_of(of_budget))
    assert row_of(of_budget).spent == 300
