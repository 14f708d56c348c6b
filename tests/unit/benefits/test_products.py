"""Products: drafted by a unit, approved by another, on the shelf and off it."""

from typing import Any

import pytest

from bank import errors, store
from bank.benefits.offers import Offer
from bank.benefits.tables import OfferRow
from bank.money import MAX_AMOUNT
from bank.store import recent
from benefits.app import app
from benefits.domain.products import at_stake
from benefits.service import publishing
from tests.support import http
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.benefits.given import COUPON, PASS, claim, draft, draft_of, on_shelf, product, publish, wallet
from tests.unit.payments.test_app import MERCHANT, register

FALLING = [{"threshold": 2, "amount": 1}, {"threshold": 1, "amount": 2}]
BACKWARDS = {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}


def get(product_id: str, **options: Any) -> Reply:
    return call(app, "GET", f"/benefit-products/{product_id}", **options)


def post(product_id: str, what: str, body: Any = None, **options: Any) -> Reply:
    return call(app, "POST", f"/benefit-products/{product_id}/{what}", body, **options)


def of_branch(unit: str = BRANCH, **content: Any) -> Reply:
    """A product that a branch bears itself."""
    own = {"bearers": {f"unit:{unit}": 10_000}, **content}
    return draft(principal=http.staff(unit), **own)


def test_a_draft_is_handed_out_by_nobody_until_another_has_approved_it(cloud: Cloud) -> None:
    product_id = draft().json["product_id"]

    proposed = publish(product_id, approve=False)
    refused = claim(product_id, wallet())

    assert proposed.status == 202
    assert (refused.status, refused.json["code"]) == (409, "not_on_shelf")
    assert get(product_id).json["status"] == "draft"


def test_what_was_approved_is_handed_out_and_no_other_draft(cloud: Cloud) -> None:
    product_id = draft().json["product_id"]
    proposal = publish(product_id, approve=False).json
    approval_id = http.approved(proposal)
    post(product_id, "draft", {"content": {**COUPON, "discount": {"type": "amount_off", "amount": 9_999}}})

    done = publish(product_id, approve=False, headers={"approval-id": approval_id})

    assert done.status == 409, done.body
    assert get(product_id).json["status"] == "draft"


def test_a_new_version_leaves_what_was_handed_out_as_it_was(cloud: Cloud) -> None:
    product_id = product()
    first = claim(product_id, wallet()).json
    post(product_id, "draft", {"content": {**COUPON, "name": "满200减30"}})
    published = call(app, "POST", f"/benefit-products/{product_id}/publication", key="second")
    recent.forget()

    assert published.status == 200, published.body
    assert (published.json["version"], published.json["draft"]) == (2, None)
    assert claim(product_id, wallet("cus_2"), "cus_2", "c2").json["name"] == "满200减30"
    assert call(app, "GET", f"/entitlements/{first['entitlement_id']}").json == first


def test_the_same_draft_is_not_published_twice(cloud: Cloud) -> None:
    product_id = product()

    again = call(app, "POST", f"/benefit-products/{product_id}/publication", key="second")

    assert again.json["code"] == "product_status"


def test_off_the_shelf_it_is_not_handed_out_and_back_on_it_it_is(cloud: Cloud) -> None:
    product_id, account = product(per_customer=2), wallet()
    first = claim(product_id, account, key="c0")
    off = post(product_id, "withdrawal", {"reason": "sold too well"})
    recent.forget()

    assert off.json["status"] == "off_shelf"
    assert claim(product_id, account).json["code"] == "not_on_shelf"
    assert claim(product_id, account, key="c0").json == first.json
    assert post(product_id, "withdrawal", {"reason": "again"}).json["code"] == "product_status"

    back = post(product_id, "return", {"reason": "refilled"}, key="b1")
    recent.forget()

    assert back.json["status"] == "on_shelf"
    assert claim(product_id, account).status == 201


def test_a_version_that_somebody_altered_is_handed_out_to_nobody(cloud: Cloud) -> None:
    product_id = product()
    offer = store.get(OfferRow, f"{product_id}.1")
    assert offer is not None
    offer.update(
        [OfferRow.content.set({**offer.content, "discount": {"type": "amount_off", "amount": 10**6}})]
    )
    recent.forget()

    assert claim(product_id, wallet()).status == 500
    with pytest.raises(errors.Altered):
        publishing.last_version(product_id)[1].to_domain()


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"discount": None}, "content.coupon.discount"),
        ({"stock": None}, "stock"),
        ({"stock": {"day_units": 10}}, "stock"),
        (
            {
                "discount": {
                    "type": "tiers",
                    "steps": FALLING,
                }
            },
            "discount",
        ),
        ({"bearers": {"head_office": 9_000}}, "bearers"),
        ({"bearers": {"points": 10_000}}, "bearers"),
        ({"bearers": {"unit:": 10_000}}, "bearers"),
        ({"bearers": {"Head_office": 10_000}}, "bearers"),
        ({"bearers": {"head_office": 5_000, "supplier:sup_1": 5_000}}, "bearers"),
        (
            {"validity": BACKWARDS},
            "validity.ends_at",
        ),
        ({"where": {"rule": "amount >"}}, "where.rule"),
        ({"where": {"rule": "merchant == 'x'"}}, "where.rule"),
        (
            {"discount": {"type": "percent_off", "basis_points": 500}, "stock": {"budget": 1_000}},
            "stock.budget",
        ),
        ({"bearers": {"head_office": 5_000, "merchant": 5_000}}, "where.merchants"),
        ({"validity": {}}, "content.coupon.validity"),
        ({"kind": "lottery"}, "content"),
    ],
)
def test_what_a_product_cannot_be_is_said_by_field(cloud: Cloud, content: dict[str, Any], field: str) -> None:
    refused = draft(**content)

    assert refused.status == 422, refused.body
    assert [each["field"] for each in refused.json["errors"]] == [field]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"discount": {"type": "amount_off", "amount": 1}}, "content.service_pass.discount"),
        ({"uses": None}, "content.service_pass.uses"),
        ({"cost": 0, "stock": {"budget": 1_000}}, "stock.budget"),
    ],
)
def test_a_pass_is_for_uses_and_no_discount(cloud: Cloud, content: dict[str, Any], field: str) -> None:
    refused = call(app, "POST", "/benefit-products", {"content": {**PASS, **content}})

    assert refused.status == 422, refused.body
    assert [each["field"] for each in refused.json["errors"]] == [field]


def test_a_pass_costs_a_budget_what_its_uses_cost(cloud: Cloud) -> None:
    product_id = on_shelf(draft_of(PASS | {"cost": 300, "uses": 5, "stock": {"budget": 4_000}}))
    claimed = claim(product_id, wallet())
    recent.forget()

    assert (claimed.json["kind"], claimed.json["uses_left"]) == ("service_pass", 5)
    assert call(app, "GET", f"/benefit-products/{product_id}/caps").json["budget"] == 4_000 - 5 * 300


@pytest.mark.parametrize(
    ("content", "most"),
    [
        (COUPON | {"cost": 200, "uses": 2}, 1_000 * 2 * (1_000 + 200)),
        (COUPON | {"stock": {"budget": 7_000}}, 7_000),
        (COUPON | {"discount": {"type": "percent_off", "basis_points": 1}}, MAX_AMOUNT),
        (PASS | {"cost": 300, "uses": 5, "stock": {"units": 10}}, 10 * 5 * 300),
    ],
)
def test_what_a_version_can_cost_is_shown_to_who_approves_it(content: dict[str, Any], most: int) -> None:
    assert at_stake(content, Offer.of("ben_1.1", content)) == most


def test_a_branch_has_nobody_bear_but_itself_and_what_is_below_it(cloud: Cloud) -> None:
    units()
    register(MERCHANT)

    assert of_branch().status == 201
    assert of_branch(bearers={f"unit:{SUB_BRANCH}": 10_000}).status == 201
    assert of_branch(bearers={f"unit:{OTHER_BRANCH}": 10_000}).json["code"] == "bearer_not_yours"
    assert of_branch(bearers={"head_office": 10_000}).json["code"] == "head_office_only"
    theirs = {"bearers": {"merchant": 10_000}, "where": {"merchants": [MERCHANT]}}
    assert of_branch(**theirs).json["code"] == "bearer_not_yours"
    assert draft(**theirs).status == 201


def test_a_product_does_not_exist_for_other_branches(cloud: Cloud) -> None:
    units()
    product_id = of_branch().json["product_id"]

    for unit, status in ((BRANCH, 200), ("unit_head", 200), (OTHER_BRANCH, 404), (SUB_BRANCH, 404)):
        assert get(product_id, principal=http.staff(unit)).status == status
        assert post(product_id, "draft", {"content": COUPON}, principal=http.staff(unit)).status in (
            status,
            403,
        )
    theirs = http.staff(OTHER_BRANCH)
    assert post(product_id, "publication", principal=theirs, key="k").status == 404
    assert post(product_id, "withdrawal", {"reason": "x"}, principal=theirs).status == 404
    assert post(product_id, "return", {"reason": "x"}, principal=theirs, key="k2").status == 404
    assert call(app, "GET", f"/benefit-products/{product_id}/caps", principal=theirs).status == 404


def test_what_is_left_is_told(cloud: Cloud) -> None:
    product_id = product(stock={"units": 300, "budget": 300_000, "day_units": 200})
    claim(product_id, wallet())
    recent.forget()

    left = call(app, "GET", f"/benefit-products/{product_id}/caps").json

    assert left == {
        "offer_id": f"{product_id}.1",
        "units": 299,
        "budget": 299_000,
        "day_units": 199,
        "day_budget": None,
        "branch": None,
        "channel": None,
        "codes": None,
    }


def test_the_shelf_shows_what_can_be_claimed(cloud: Cloud) -> None:
    product_id = product()

    shelf = call(app, "GET", "/benefit-shelf").json

    assert [(each["product_id"], each["content"]["name"]) for each in shelf["items"]] == [
        (product_id, COUPON["name"])
    ]
