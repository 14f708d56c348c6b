"""Voucher codes: each once, its customer's alone, and never more than there are."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from bank.benefits.tables import EntitlementRow, OfferRow
from bank.control.audit import AuditEntryRow
from bank.store import recent
from benefits import app as edge
from benefits.app import app
from benefits.domain import vouchers as domain
from benefits.service import vouchers
from benefits.tables import VoucherCodeRow
from tests.support import http
from tests.support.http import Reply, call
from tests.support.organisation import OTHER_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.benefits.given import claim, draft_of, entitlement, get, on_shelf, product, wallet

VOUCHER: dict[str, Any] = {
    "kind": "voucher_code",
    "name": "咖啡券",
    "currency": "CNY",
    "validity": {"days": 30},
    "per_customer": 10,
    "stock": {"units": 1_000},
    "low_stock": 3,
}
CODES = [f"CAFE-{number:04d}" for number in range(5)]
MINE = {"principal": http.customer("cus_1")}


@pytest.fixture
def account(cloud: Cloud) -> Iterator[str]:
    vouchers.forget()
    yield wallet()
    vouchers.forget()


def vouchers_of(*codes: str, **content: Any) -> str:
    product_id = on_shelf(draft_of({**VOUCHER, **content}))
    if codes:
        assert load(product_id, *codes).status == 200
    return product_id


def load(product_id: str, *codes: str, **options: Any) -> Reply:
    return call(app, "POST", f"/benefit-products/{product_id}/codes", {"codes": list(codes)}, **options)


def generate(product_id: str, pattern: str, count: int, key: str | None = None, **fields: Any) -> Reply:
    body = {"generate": {"pattern": pattern, "count": count, **fields}}
    return call(app, "POST", f"/benefit-products/{product_id}/codes", body, key=key)


def claimed(product_id: str, account: str, count: int) -> list[Reply]:
    return [claim(product_id, account, key=f"{product_id}{number}") for number in range(count)]


def code_of(reply: Reply, **options: Any) -> Any:
    return get(reply.json["entitlement_id"], **{**MINE, **options}).json["voucher_code"]


def test_each_claim_has_a_code_of_its_own_until_there_are_none(account: str) -> None:
    product_id = vouchers_of(*CODES)

    replies = claimed(product_id, account, 7)

    assert [reply.status for reply in replies] == [201] * 5 + [409] * 2
    assert {reply.json["code"] for reply in replies[5:]} == {"sold_out"}
    assert sorted(code_of(reply) for reply in replies[:5]) == CODES
    recent.forget()
    left = call(app, "GET", f"/benefit-products/{product_id}/caps").json
    assert (left["units"], left["codes"]) == (995, {"free": 0, "issued": 5})


def test_a_claim_that_comes_again_has_the_same_code(account: str) -> None:
    product_id = vouchers_of(*CODES)

    first, again = claim(product_id, account), claim(product_id, account)

    assert (again.json, code_of(again)) == (first.json, code_of(first))
    assert vouchers.counts(product_id) == (4, 1)


def test_who_loses_the_race_for_a_code_takes_another(account: str) -> None:
    product_id = vouchers_of(*CODES)
    claim(product_id, account)
    known = list(vouchers._blocks[product_id])
    vouchers.forget()
    theirs = wallet("cus_2")
    other = [claim(product_id, theirs, "cus_2", f"o{number}") for number in range(3)]
    # As the process that had read these before the other took three of them.
    vouchers._blocks[product_id] = known

    late = claim(product_id, account, key="late")

    assert late.status == 201, late.body
    assert code_of(late) not in [code_of(each, principal=http.customer("cus_2")) for each in other]


def test_a_code_is_shown_to_its_customer_and_their_channel_alone(account: str) -> None:
    product_id = vouchers_of(CODES[0])
    issued = claim(product_id, account)

    assert code_of(issued) == CODES[0]
    assert code_of(issued, principal=http.CHANNEL) == CODES[0]
    assert code_of(issued, principal=http.staff()) is None
    assert get(issued.json["entitlement_id"], principal=http.customer("cus_2")).status == 404
    assert CODES[0] not in issued.body


def test_a_code_stands_nowhere_in_plain(account: str) -> None:
    product_id = vouchers_of(*CODES)
    claim(product_id, account)

    rows = [*VoucherCodeRow.scan(), *EntitlementRow.scan(), *AuditEntryRow.scan(), *OfferRow.scan()]

    assert len(rows) > len(CODES)
    assert "CAFE-" not in str([row.attribute_values for row in rows])


def test_the_same_file_again_changes_nothing_and_bad_lines_are_named(account: str) -> None:
    product_id = vouchers_of()

    first = load(product_id, "CAFE-1", "a b", "CAFE-2", "CAFE-1", "=1+1")
    again = load(product_id, "CAFE-1", "CAFE-2")

    assert (first.json["loaded"], first.json["known"], first.json["free"]) == (2, 1, 2)
    assert [each["line"] for each in first.json["refused"]] == [2, 5]
    assert (again.json["loaded"], again.json["known"], again.json["free"]) == (0, 2, 2)


def test_a_code_that_was_issued_is_not_free_again_by_loading_or_revoking_it(account: str) -> None:
    product_id = vouchers_of(CODES[0])
    issued = claim(product_id, account).json["entitlement_id"]

    call(app, "POST", f"/entitlements/{issued}/revocation", {"reason": "fraud"}, key="v1")
    load(product_id, CODES[0])

    assert vouchers.counts(product_id) == (0, 1)
    assert claim(product_id, account, key="again").json["code"] == "sold_out"


def test_a_code_that_another_pool_of_the_supplier_has_is_refused(account: str) -> None:
    ones, others = vouchers_of(), vouchers_of()
    for product_id in (ones, others):
        row = edge.vouchers.products.load(product_id)
        row.update([type(row).draft.set({**row.draft, "supplier_id": "sup_1"})])

    assert load(ones, CODES[0]).json["loaded"] == 1
    assert load(others, CODES[0]).json["refused"] == [{"line": 1, "reason": "in_another_pool"}]
    assert load(vouchers_of(), CODES[0]).json["loaded"] == 1


def test_codes_are_made_by_a_pattern_the_same_for_a_request_that_comes_again(account: str) -> None:
    product_id = vouchers_of()

    first = generate(product_id, "SUMMER-####-####", 20, "g1")
    again = generate(product_id, "SUMMER-####-####", 20, "g1")
    more = generate(product_id, "SUMMER-####-####", 20, "g2")

    assert [(each.json["loaded"], each.json["known"]) for each in (first, again, more)] == [
        (20, 0),
        (0, 20),
        (20, 0),
    ]
    code = code_of(claim(product_id, account))
    assert re.fullmatch(rf"SUMMER-[{domain.LEGIBLE}]{{4}}-[{domain.LEGIBLE}]{{4}}", code)
    assert "SUMMER" not in first.body


def test_a_pattern_that_can_be_guessed_is_refused(account: str) -> None:
    product_id = vouchers_of()

    for fields in ({"pattern": "AB##"}, {"pattern": "####", "charset": "AA"}, {"pattern": "#### ####"}):
        refused = generate(product_id, count=1, **fields)
        assert (refused.status, refused.json["errors"][0]["field"][:9]) == (422, "generate."), fields


def test_only_a_product_of_codes_of_the_caller_s_has_a_pool(account: str) -> None:
    units()
    product_id = vouchers_of()

    assert load(product(), "CAFE-1").json["code"] == "no_voucher_codes"
    assert load(product_id, "CAFE-1", principal=http.staff(OTHER_BRANCH)).status == 404
    assert draft_of({**VOUCHER, "giftable": True}).status == 422


def test_a_code_is_not_for_payments_nor_for_tills(account: str) -> None:
    held = entitlement(vouchers_of(CODES[0]), account)

    assert call(app, "POST", f"/entitlements/{held}/code", **MINE).json["code"] == "entitlement_not_by_code"


def test_staff_are_told_once_each_time_that_few_are_left(
    cloud: Cloud, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(edge, "publish", lambda envelopes: told.extend(envelopes))

    def low() -> list[str]:
        recent.forget()
        cloud.settle()
        return [each["id"] for each in told if "CodesRunningLow" in each["type"]]

    product_id = vouchers_of(*CODES)
    claimed(product_id, account, 2)
    assert low() == []
    claim(product_id, account, key="third")
    first = low()
    claim(product_id, account, key="fourth")
    assert len(first) == 1
    assert low() == first
    load(product_id, *[f"MORE-{number}" for number in range(4)])
    claim(product_id, account, key="fifth")
    assert low() == first
    for number in range(3):
        claim(product_id, account, key=f"more{number}")
    assert len(set(low())) == 2


def test_who_was_told_and_did_not_get_to_keep_it_is_told_with_the_same_id(account: str) -> None:
    product_id = vouchers_of(CODES[0])
    first, second = (vouchers.crossing(product_id, 3) for _ in range(2))

    assert first is not None
    assert second is not None
    assert first.times_low == second.times_low
    vouchers.told(first)
    vouchers.told(second)
    assert vouchers.crossing(product_id, 3) is None
    assert edge.vouchers.products.load(product_id).times_low == 1


@given_any(
    st.integers(1, 40),
    st.binary(min_size=32, max_size=32),
    st.sampled_from([domain.LEGIBLE, "AB", "0123456789"]),
)
def test_made_codes_are_different_and_of_their_pattern(count: int, secret: bytes, charset: str) -> None:
    codes = domain.made("X-########", charset, count, secret)

    assert len(set(codes)) == count
    assert all(re.fullmatch(rf"X-[{charset}]{{8}}", code) for code in codes)
    assert codes == domain.made("X-########", charset, count, secret)
