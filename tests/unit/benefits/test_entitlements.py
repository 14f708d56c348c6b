"""Entitlements: reserved for an order, given away, revoked, expired; each with what tells of it."""

from datetime import timedelta
from typing import Any

import pytest

from bank import caps, clock, errors, store
from bank.benefits import payments as benefits
from bank.benefits import tables
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow
from bank.jobs.tables import JobRunRow
from bank.store import recent
from benefits import app as room
from benefits.app import app
from benefits.service import capping, expiry, publishing
from tests.support import http, risk
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.benefits.given import claim, entitlement, get, product, wallet

ORDER = {"merchant_id": "mer_1", "merchant_order_no": "o1"}
OTHER = {"merchant_id": "mer_1", "merchant_order_no": "o2"}


def post(entitlement_id: str, what: str, body: Any, **options: Any) -> Reply:
    return call(app, "POST", f"/entitlements/{entitlement_id}/{what}", body, **options)


@pytest.fixture
def account(cloud: Cloud) -> str:
    return wallet()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    envelopes: list[dict[str, Any]] = []
    monkeypatch.setattr(room, "publish", envelopes.extend)
    return envelopes


def test_an_order_keeps_it_from_others_until_it_lets_go(cloud: Cloud, account: str) -> None:
    mine = entitlement(product(), account)

    assert post(mine, "reservation", ORDER).json["status"] == "reserved"
    assert post(mine, "reservation", OTHER).json["code"] == "entitlement_reserved"
    assert post(mine, "release", OTHER).json["status"] == "reserved"
    assert post(mine, "release", ORDER).json["status"] == "issued"
    assert post(mine, "release", ORDER).json["status"] == "issued"
    assert post(mine, "reservation", OTHER).status == 200


def test_a_reservation_ends_by_itself(cloud: Cloud, account: str) -> None:
    mine = entitlement(product(), account)
    post(mine, "reservation", {**ORDER, "minutes": 5})
    later = clock.now() + timedelta(minutes=5)

    with clock.source(lambda: later):
        assert get(mine).json["status"] == "issued"
        assert post(mine, "reservation", OTHER).json["status"] == "reserved"


def test_a_gift_is_the_other_customers_and_no_longer_ones_own(cloud: Cloud, account: str) -> None:
    mine = entitlement(product(giftable=True), account)
    theirs = wallet("cus_2")

    given = post(mine, "gift", {"account_id": theirs}, key="g1")
    again = post(mine, "gift", {"account_id": theirs}, key="g1")

    assert given.status == 200, given.body
    assert (given.json["customer_id"], given.json["given_from"]) == ("cus_2", mine)
    assert again.json == given.json
    assert get(mine).json["status"] == "given_away"
    assert post(mine, "gift", {"account_id": theirs}, key="g2").json["code"] == "entitlement_given_away"
    assert post(mine, "gift", {"account_id": account}, key="g1").json["code"] == "idempotency_key_reused"


def test_what_is_no_gift_stays(cloud: Cloud, account: str) -> None:
    mine = entitlement(product(), account)

    assert post(mine, "gift", {"account_id": wallet("cus_2")}, key="g1").json["code"] == "not_giftable"
    giftable = entitlement(product(giftable=True), account, key="c2")
    assert post(giftable, "gift", {"account_id": account}, key="g2").json["code"] == "account_kind"


def test_what_was_used_in_part_is_no_gift(cloud: Cloud, account: str) -> None:
    """What it has spent of the budget is told by its own row: another one's would give it back."""
    mine = entitlement(product(giftable=True, uses=3), account)
    row = store.get(EntitlementRow, mine)
    assert row is not None
    transaction = store.Transaction()
    tables.change(transaction, row, row.to_domain().redeemed(clock.instant(), "", 500), {"what": "redeemed"})
    transaction.commit()

    assert post(mine, "gift", {"account_id": wallet("cus_2")}, key="g1").json["code"] == "not_giftable"
    assert get(mine).json["uses_left"] == 2


def test_staff_revoke_what_another_has_approved(cloud: Cloud, account: str) -> None:
    mine = entitlement(product(), account)

    proposed = post(mine, "revocation", {"reason": "fraud"}, key="r1", approve=False)
    assert (proposed.status, get(mine).json["status"]) == (202, "issued")
    revoked = post(mine, "revocation", {"reason": "fraud"}, key="r2")

    assert revoked.json["status"] == "revoked"
    assert post(mine, "reservation", ORDER).json["code"] == "entitlement_revoked"


def test_it_does_not_exist_for_others(cloud: Cloud, account: str) -> None:
    mine = entitlement(product(giftable=True), account)
    others: tuple[dict[str, Any], ...] = (
        {"principal": http.customer("cus_2")},
        {"principal": http.CHANNEL, "client_id": "cli_other"},
    )

    for who in others:
        assert get(mine, **who).status == 404
        assert post(mine, "reservation", ORDER, **who).status == 404
        assert post(mine, "release", ORDER, **who).status == 404
        assert post(mine, "gift", {"account_id": account}, key="g", **who).status == 404
    assert get(mine, principal=http.customer("cus_1")).status == 200


def test_what_is_over_expires_and_gives_its_budget_back(cloud: Cloud, account: str) -> None:
    product_id = product(validity={"days": 1}, stock={"units": 10, "budget": 5_000})
    mine = entitlement(product_id, account)
    cloud.settle()
    tomorrow = clock.now() + timedelta(days=1, minutes=2)

    with clock.source(lambda: tomorrow):
        assert get(mine).json["status"] == "expired"
        assert post(mine, "reservation", ORDER).json["code"] == "entitlement_expired"
        first = room.on_expiry({"time": clock.instant(), "source": "aws.scheduler"}, http.context())
        again = room.on_expiry({"time": clock.instant(tomorrow + timedelta(hours=1))}, http.context())
        recent.forget()
        _, offer = publishing.last_version(product_id)
        cap = capping.cap_of(offer)
        assert cap is not None
        left = caps.left(cap, store.get_many(caps.keys(cap)), at=clock.now())

    assert (first, again) == ({"ended": 1}, {})
    assert (left.units, left.budget) == (9, 5_000)
    row = store.get(EntitlementRow, mine)
    assert row is not None
    assert (row.status, row.taken) == ("expired", None)


def test_what_a_refund_revives_by_a_clock_that_is_behind_ends_all_the_same(
    cloud: Cloud, account: str
) -> None:
    mine = entitlement(product(validity={"days": 1}, stock={"units": 1}), account)
    over = clock.parse(get(mine).json["valid_to"])

    def change(at: str, how: str) -> None:
        row = store.get(EntitlementRow, mine)
        assert row is not None
        before, transaction = row.to_domain(), store.Transaction()
        used = before.redeemed(at, "", 500) if how == "redeemed" else before.refunded(at, 500, whole=True)
        last = {"what": how, "by": "pay_1", "of": "pay_1", "amount": 500, "shares": {}, "whole": True}
        tables.change(transaction, row, used, last)
        transaction.commit()
        cloud.settle()

    def ends() -> dict[str, int]:
        return room.on_expiry({"time": clock.instant()}, http.context())

    change(clock.instant(), "redeemed")
    with clock.source(lambda: over + timedelta(seconds=1)):
        assert ends() == {"ended": 1}
    change(clock.instant(over - timedelta(seconds=1)), "refunded")
    with clock.source(lambda: over + timedelta(seconds=2)):
        assert ends() == {"ended": 1}

    row = store.get(EntitlementRow, mine)
    assert row is not None
    assert (row.status, row.taken, row.uses_left) == ("expired", None, 1)


def test_one_that_cannot_be_ended_wakes_a_person_and_leaves_the_rest(
    cloud: Cloud, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    product_id = product(validity={"days": 1}, per_customer=2)
    broken, sound = (entitlement(product_id, account, key=f"c{number}") for number in range(2))
    cloud.settle()
    end = expiry.expire

    def fails(entitlement_id: str, found_by: EntitlementIndexRow) -> str:
        if entitlement_id == broken:
            raise errors.Altered("not what it was")
        return end(entitlement_id, found_by)

    monkeypatch.setattr(expiry, "expire", fails)
    tomorrow = clock.now() + timedelta(days=1, minutes=2)

    with clock.source(lambda: tomorrow):
        assert room.on_expiry({"time": clock.instant()}, http.context()) == {"ended": 1, "failed": 1}

    (run,) = store.query(JobRunRow, "benefits.expiry")
    assert run.status == "unfinished"
    row = store.get(EntitlementRow, sound)
    assert row is not None
    assert row.status == "expired"


def test_one_that_is_released_when_its_time_is_over_is_told_as_expired(
    cloud: Cloud, account: str, published: list[dict[str, Any]]
) -> None:
    mine = entitlement(product(validity={"days": 1}), account)
    row = store.get(EntitlementRow, mine)
    assert row is not None
    transaction = store.Transaction()
    tables.change(
        transaction, row, row.to_domain().reserved(clock.instant(), "pay_1", ""), {"what": "reserved"}
    )
    transaction.commit()
    tomorrow = clock.now() + timedelta(days=1)

    with clock.source(lambda: tomorrow):
        row = store.get(EntitlementRow, mine)
        assert row is not None
        transaction = store.Transaction()
        benefits.release(transaction, [row], payment_id="pay_1", at=clock.instant())
        transaction.commit()
        cloud.settle()
        room.on_expiry({"time": clock.instant()}, http.context())
        cloud.settle()

    assert [each["type"].split(".")[2] for each in published] == ["EntitlementIssued", "EntitlementExpired"]


def test_each_change_is_told(cloud: Cloud, account: str, published: list[dict[str, Any]]) -> None:
    mine = entitlement(product(giftable=True), account)
    post(mine, "gift", {"account_id": wallet("cus_2")}, key="g1")
    cloud.settle()

    assert sorted(each["type"].split(".")[2] for each in published) == [
        "EntitlementGiven",
        "EntitlementIssued",
        "EntitlementIssued",
    ]
    assert published[0]["data"]["kind"] == "coupon"


def test_a_customer_claims_and_reads_for_themselves_alone(cloud: Cloud, account: str) -> None:
    product_id, me = product(), http.customer("cus_1")
    body = {"product_id": product_id, "account_id": account}

    mine = call(app, "POST", "/entitlements", body, key="m1", principal=me)
    theirs = claim(product_id, wallet("cus_2"), "cus_2", "m2", principal=me)

    assert mine.status == 201, mine.body
    assert theirs.status == 404
    assert claim(product_id, account, "cus_2", "m3").json["code"] == "not_the_customers"


def test_what_risk_declines_is_not_issued(cloud: Cloud, account: str) -> None:
    risk.forget()
    risk.live("benefit", ("amount > 500", "decline", "large"))

    assert claim(product(), account).json["code"] == "risk_declined"
    risk.forget()
