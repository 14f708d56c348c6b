"""Payments as risk judges them: approved, challenged, held for a review, declined, or without an answer."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from accounts.app import app as accounts_app
from accounts.app import on_verification
from bank import ledger, store
from bank.risk import facts, replay
from bank.risk.challenges import ChallengeRow
from bank.risk.tables import ContentRow, ProfileRow, content_key
from payments import app as room
from payments.app import app, on_hold_expiry, on_reviews
from payments.tables import PAYMENT, PaymentRow
from tests.support import funding, http, risk
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud
from tests.unit.payments.test_app import MERCHANT, register

LARGE = ("amount > 5000", "challenge", "large")
LARGER = ("amount > 20000", "review", "larger")
LARGEST = ("amount > 50000", "decline", "largest")


@pytest.fixture
def wallet(cloud: Cloud) -> Iterator[str]:
    risk.forget()
    register(MERCHANT)
    yield risk.customer_wallet("cus_1", 1_000_000, free_limit=100_000)
    risk.forget()


def pay(wallet: str, amount: int, key: str = "p1", **fields: object) -> Reply:
    body = {
        "payer_account_id": wallet,
        "merchant_id": MERCHANT,
        "amount": amount,
        "currency": "CNY",
        "merchant_order_no": f"order-{key}",
        **fields,
    }
    return call(app, "POST", "/payments", body, key=key)


def row_of(reply: Reply) -> PaymentRow:
    row = store.get(PaymentRow, reply.json["payment_id"], PAYMENT)
    assert row is not None
    return row


def balance(account_id: str) -> tuple[int, int]:
    account = ledger.accounts.find(account_id).to_domain()
    return account.balance, account.held


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The events that the room has published: their names and data."""
    published: list[tuple[str, dict[str, Any]]] = []

    def publish(envelopes: Iterable[dict[str, Any]]) -> None:
        published.extend((envelope["type"].split(".")[2], envelope["data"]) for envelope in envelopes)

    monkeypatch.setattr(room, "publish", publish)
    return published


def test_what_no_rule_minds_is_approved_and_the_verdict_recorded(cloud: Cloud, wallet: str) -> None:
    version = risk.live("payment", LARGE, LARGER, LARGEST)

    paid = pay(
        wallet, 5_000, device_id="dev_1", location={"latitude_e6": 31_230_400, "longitude_e6": 121_473_700}
    )

    assert (paid.status, paid.json["status"]) == (201, "succeeded")
    verdict = row_of(paid).verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.rules, verdict.posture) == ("approve", version, False)
    judged = facts.unpack(verdict.input)
    assert (judged["amount"], judged["device"]["given"], judged["device"]["new"]) == (5_000, True, True)
    assert (judged["customer"]["level"], judged["merchant"]["given"]) == (2, True)


def test_a_challenge_books_nothing_and_the_same_key_passes_once_with_a_token(
    cloud: Cloud, wallet: str
) -> None:
    risk.live("payment", LARGE)

    asked = pay(wallet, 6_000)
    assert (asked.status, asked.json["code"]) == (403, "challenge_required")
    assert asked.json["methods"] == ["payment_password", "totp"]
    assert balance(wallet) == (1_000_000, 0)
    kept = store.get(ChallengeRow, next(iter(_challenges())))
    assert kept is not None
    assert (kept.product, kept.owner_id, kept.risk["reasons"]) == ("payment", "cus_1", ["large"])

    token = risk.token("cus_1", 6_000, MERCHANT)
    paid = pay(wallet, 6_000, payment_token=token)
    again = pay(wallet, 6_000, payment_token=token)
    other = pay(wallet, 6_000, key="p2", payment_token=token)
    # The first answer was lost and the token has run out: a fresh one is no other request.
    fresh = pay(wallet, 6_000, payment_token=risk.token("cus_1", 6_000, MERCHANT))

    assert (paid.status, paid.json["status"]) == (201, "succeeded")
    assert again.json == fresh.json == paid.json
    assert fresh.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (403, "payment_token_invalid")
    assert balance(wallet) == (994_000, 0)


def _challenges() -> list[str]:
    return [row.record_id for row in ChallengeRow.scan()]


@pytest.mark.parametrize(
    "bound", [{"amount": 5_999}, {"payee": "mer_other"}, {"customer_id": "cus_2"}, {"currency": "USD"}]
)
def test_a_token_for_anything_else_is_refused(cloud: Cloud, wallet: str, bound: dict[str, object]) -> None:
    risk.live("payment", LARGE)
    wrong = {"customer_id": "cus_1", "amount": 6_000, "payee": MERCHANT, "currency": "CNY", **bound}

    refused = pay(wallet, 6_000, payment_token=risk.token(**wrong))  # type: ignore[arg-type]

    assert (refused.status, refused.json["code"]) == (403, "payment_token_invalid")
    assert balance(wallet) == (1_000_000, 0)


def test_above_the_free_limit_a_token_is_asked_whatever_the_rules_say(cloud: Cloud, wallet: str) -> None:
    risk.live("payment")

    assert pay(wallet, 100_000, key="free").json["status"] == "succeeded"
    asked = pay(wallet, 100_001, key="above")
    paid = pay(wallet, 100_001, key="above", payment_token=risk.token("cus_1", 100_001, MERCHANT))

    assert (asked.status, asked.json["code"]) == (403, "challenge_required")
    assert paid.json["status"] == "succeeded"


def test_the_free_limit_is_a_days_for_all_that_no_token_goes_with(cloud: Cloud, wallet: str) -> None:
    risk.live("payment")
    confirmed = risk.token("cus_1", 90_000, MERCHANT)

    assert pay(wallet, 90_000, key="a", payment_token=confirmed).json["status"] == "succeeded"
    assert pay(wallet, 60_000, key="b").json["status"] == "succeeded"
    assert pay(wallet, 30_000, key="c", capture="manual").json["status"] == "authorized"
    asked = pay(wallet, 10_001, key="d")
    assert (asked.status, asked.json["code"]) == (403, "challenge_required")
    assert pay(wallet, 10_000, key="e").json["status"] == "succeeded"
    assert pay(wallet, 1, key="f").json["code"] == "challenge_required"
    with risk.in_days(1):
        assert pay(wallet, 100_000, key="g").json["status"] == "succeeded"
        assert pay(wallet, 1, key="h").json["code"] == "challenge_required"


def test_a_confirmed_payment_begins_a_day_with_nothing_spent(cloud: Cloud, wallet: str) -> None:
    risk.live("payment")
    assert pay(wallet, 100_000, key="a").json["status"] == "succeeded"

    with risk.in_days(1):
        confirmed = risk.token("cus_1", 200_000, MERCHANT)
        assert pay(wallet, 200_000, key="b", payment_token=confirmed).json["status"] == "succeeded"
        assert pay(wallet, 100_000, key="c").json["status"] == "succeeded"


def test_a_decline_is_a_payment_whose_reasons_the_payer_does_not_see(
    cloud: Cloud, wallet: str, published_events: list[tuple[str, dict[str, Any]]]
) -> None:
    risk.live("payment", LARGE, LARGEST)

    declined = pay(wallet, 50_001)
    cloud.settle()

    assert (declined.status, declined.json["status"]) == (201, "declined")
    assert declined.json["decline"]["code"] == "risk_declined"
    assert "largest" not in declined.body
    assert pay(wallet, 50_001).json == declined.json
    ((name, event),) = published_events
    assert (name, event["risk"]["reasons"], event["customer_id"]) == ("PaymentDeclined", ["largest"], "cus_1")


def test_a_review_holds_the_money_until_it_is_released_once(
    cloud: Cloud, wallet: str, published_events: list[tuple[str, dict[str, Any]]]
) -> None:
    risk.live("payment", LARGER)
    held = pay(wallet, 30_000)
    assert (held.status, held.json["status"]) == (201, "in_review")
    assert balance(wallet) == (1_000_000, 30_000)
    payment_id = held.json["payment_id"]

    for decision in ("release", "release", "reject"):
        assert risk.decided(on_reviews, payment_id, "payment", decision)["batchItemFailures"] == []
    cloud.settle()

    assert row_of(held).status == "succeeded"
    assert balance(wallet) == (970_000, 0)
    assert pay(wallet, 30_000).json == held.json
    assert [name for name, _ in published_events] == ["PaymentHeldForReview", "PaymentSucceeded"]
    assert on_verification({}, context())["difference_count"] == 0


def test_a_rejected_review_returns_the_money_and_a_late_release_changes_nothing(
    cloud: Cloud, wallet: str
) -> None:
    risk.live("payment", LARGER)
    held = pay(wallet, 30_000)

    for decision in ("reject", "release"):
        risk.decided(on_reviews, held.json["payment_id"], "payment", decision)
    cloud.settle()

    row = row_of(held)
    assert (row.status, row.decline["code"], row.case_id) == ("declined", "risk_declined", "cas_1")
    assert balance(wallet) == (1_000_000, 0)
    assert call(app, "GET", f"/payments/{row.payment_id}").json["status"] == "declined"


def test_a_manual_payment_is_authorized_by_its_release(cloud: Cloud, wallet: str) -> None:
    risk.live("payment", LARGER)
    held = pay(wallet, 30_000, capture="manual")
    early = call(app, "POST", f"/payments/{held.json['payment_id']}/capture", {}, key="c0")

    risk.decided(on_reviews, held.json["payment_id"], "payment", "release")
    captured = call(app, "POST", f"/payments/{held.json['payment_id']}/capture", {"amount": 20_000}, key="c1")

    assert early.json["code"] == "payment_not_authorized"
    assert captured.json["status"] == "succeeded"
    assert balance(wallet) == (980_000, 0)


def test_a_review_that_nobody_decides_is_declined_visibly(
    cloud: Cloud, wallet: str, published_events: list[tuple[str, dict[str, Any]]]
) -> None:
    risk.live("payment", LARGER)
    held = pay(wallet, 30_000)
    with risk.in_days(8):
        risk.decided(on_reviews, held.json["payment_id"], "payment", "release")
        assert on_hold_expiry({}, context()) == {"expired": 1, "failed": 0}
        cloud.settle()

    assert (row_of(held).status, row_of(held).decline["code"]) == ("declined", "review_expired")
    assert balance(wallet) == (1_000_000, 0)
    assert [name for name, _ in published_events] == [
        "PaymentHeldForReview",
        "PaymentDeclined",
        "PaymentReviewLapsed",
    ]


def test_a_review_of_another_product_or_of_nothing_is_left_alone(cloud: Cloud, wallet: str) -> None:
    risk.live("payment", LARGER)
    held = pay(wallet, 30_000)

    assert risk.decided(on_reviews, held.json["payment_id"], "transfer", "reject")["batchItemFailures"] == []
    assert risk.decided(on_reviews, "pay_nobody", "payment", "reject")["batchItemFailures"] == []
    assert risk.decided(on_reviews, held.json["payment_id"], "payment", "maybe")["batchItemFailures"]

    assert row_of(held).status == "in_review"


def test_velocity_caps_of_the_rule_set_decline(cloud: Cloud, wallet: str) -> None:
    risk.live("payment", caps={"1h": {"count": 2}})

    answers = [pay(wallet, 100, key=f"k{number}") for number in range(3)]

    assert [answer.json["status"] for answer in answers] == ["succeeded", "succeeded", "declined"]
    assert answers[2].json["decline"]["code"] == "velocity_exceeded"


def test_the_lists_have_their_say(cloud: Cloud, wallet: str) -> None:
    risk.live("payment", LARGE)
    store.put_many([ProfileRow(profile_key=f"payer#{wallet}", allow_until="9999")])
    assert pay(wallet, 6_000, key="allowed").json["status"] == "succeeded"
    store.put_many([ProfileRow(profile_key="device#dev_bad", block_until="9999")])

    blocked = pay(wallet, 10, key="blocked", device_id="dev_bad")

    assert blocked.json["decline"]["code"] == "risk_declined"
    verdict = row_of(blocked).verdict
    assert verdict is not None
    assert verdict.reasons == ("blocked_device",)


@pytest.mark.parametrize("broken", ["missing", "unreadable", "strange", "caps", *risk.BROKEN])
@pytest.mark.parametrize(
    ("posture", "status"), [("approve", "succeeded"), ("review", "in_review"), ("decline", "declined")]
)
def test_when_risk_cannot_answer_the_stated_posture_applies_and_is_published(
    cloud: Cloud, wallet: str, capsys: pytest.CaptureFixture[str], broken: str, posture: str, status: str
) -> None:
    content = risk.BROKEN.get(broken, risk.model(("amount > 0", "approve", "")))
    caps = None
    if broken == "unreadable":
        content = {"nodes": "none"}
    if broken == "strange":
        content = risk.model(("amount > 0", "perhaps", ""))
    if broken == "caps":
        caps = {"1y": {"count": 1}}
    if broken != "missing":
        store.put_many([ContentRow(rules_key=content_key("rls_x"), content=content, caps=caps)])
    risk.point("payment", "rls_x", posture)

    paid = pay(wallet, 1_000)

    assert paid.json["status"] == status
    verdict = row_of(paid).verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.posture, verdict.rules) == (posture, True, "rls_x")
    assert "RiskPostureApplied" in capsys.readouterr().out


def test_without_any_rules_the_stages_posture_applies(cloud: Cloud, wallet: str) -> None:
    verdict = row_of(pay(wallet, 1_000)).verdict

    assert verdict is not None
    assert (verdict.outcome, verdict.posture, verdict.rules) == ("approve", True, "")


def test_recorded_payments_replay_to_the_verdict_that_they_had(cloud: Cloud, wallet: str) -> None:
    rows = [
        LARGER,
        LARGEST,
        ("customer.count_1h >= 3", "review", "many"),
        ("customer.ratio > 500", "review", "unusual"),
    ]
    version = risk.live("payment", *rows)
    amounts = [100, 100, 900, 21_000, 60_000, 50, 50, 7_000]
    made = [row_of(pay(wallet, amount, key=f"k{number}")) for number, amount in enumerate(amounts)]
    content = store.get(ContentRow, content_key(version))
    assert content is not None
    risk.forget()

    outcomes = set()
    for row in made:
        verdict = row.verdict
        assert verdict is not None
        assert replay(content.content, verdict.input, version=version) == (verdict.outcome, verdict.reasons)
        outcomes.add(verdict.outcome.value)
    assert outcomes == {"approve", "review", "decline"}


def test_a_customer_whose_session_ended_pays_nothing(cloud: Cloud, wallet: str) -> None:
    body = {
        "payer_account_id": wallet,
        "merchant_id": MERCHANT,
        "amount": 100,
        "currency": "CNY",
        "merchant_order_no": "o1",
    }
    ended = {**http.customer("cus_1"), "session": "ses_ended"}

    refused = call(app, "POST", "/payments", body, key="p1", principal=ended)
    paid = call(app, "POST", "/payments", body, key="p1", principal=http.customer("cus_1"))

    assert (refused.status, refused.json["code"]) == (401, "session_ended")
    assert paid.json["status"] == "succeeded"


def test_a_description_of_more_bytes_than_the_row_has_room_for_is_refused(cloud: Cloud, wallet: str) -> None:
    assert pay(wallet, 100, description="\u5531" * 85).status == 201
    assert pay(wallet, 100, key="p2", description="\u5531" * 86).status == 422


def test_accounts_of_channels_are_assessed_too(cloud: Cloud, wallet: str) -> None:
    risk.live("payment", LARGE)
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "CNY"}
    account_id = str(call(accounts_app, "POST", "/accounts", body).json["account_id"])
    funding.deposit(account_id, 10_000, key="d1")

    asked = pay(account_id, 6_000)

    assert (asked.status, asked.json["methods"]) == (403, [])


# The device ---------------------------------------------------------------------------------------

NEW_DEVICE = ("device.new", "challenge", "new_device")


def known_device(wallet: str, device_id: str) -> None:
    """The payer has paid with it: by the channel, while no rule minds."""
    risk.live("payment")
    assert pay(wallet, 10, key="before", device_id=device_id).json["status"] == "succeeded"
    risk.live("payment", NEW_DEVICE)


def test_a_customer_s_device_is_that_of_the_session_whatever_the_body_says(cloud: Cloud, wallet: str) -> None:
    known_device(wallet, "dev_known")
    known, stolen = http.customer("cus_1", "dev_known"), http.customer("cus_1", "dev_thief")
    body = {
        "payer_account_id": wallet,
        "merchant_id": MERCHANT,
        "amount": 10,
        "currency": "CNY",
        "merchant_order_no": "order",
    }

    def paid(key: str, principal: dict[str, str], **said: str) -> Reply:
        return call(app, "POST", "/payments", body | said, key=key, principal=principal)

    for number, said in enumerate(({}, {"device_id": "dev_known"}, {"device_id": "dev_thief"})):
        assert paid(f"stolen{number}", stolen, **said).json["code"] == "challenge_required"
        # A token from before devices were named in it.
        assert paid(f"old{number}", http.customer("cus_1"), **said).json["code"] == "challenge_required"
        answer = paid(f"known{number}", known, **said)
        assert answer.json["status"] == "succeeded"
        assert row_of(answer).device_id == "dev_known"


def test_a_channel_that_names_no_device_is_judged_as_one_with_a_new_one(cloud: Cloud, wallet: str) -> None:
    known_device(wallet, "dev_known")

    assert pay(wallet, 10, key="none").json["code"] == "challenge_required"
    assert pay(wallet, 10, key="new", device_id="dev_2").json["code"] == "challenge_required"
    assert pay(wallet, 10, key="known", device_id="dev_known").json["status"] == "succeeded"


def test_a_code_comes_from_the_device_that_shows_it(cloud: Cloud, wallet: str) -> None:
    known_device(wallet, "dev_known")

    def by_code(key: str, device: str, **said: str) -> Reply:
        customer = http.customer("cus_1", device)
        code = call(app, "POST", "/payment-codes", {"account_id": wallet}, principal=customer).json["code"]
        body = {
            "payment_code": code,
            "merchant_id": MERCHANT,
            "amount": 10,
            "currency": "CNY",
            "merchant_order_no": key,
            **said,
        }
        return call(app, "POST", "/payments", body, key=key)

    paid = by_code("a", "dev_known", device_id="dev_scanner")
    assert paid.json["status"] == "succeeded"
    assert row_of(paid).device_id == "dev_known"
    assert by_code("b", "dev_thief", device_id="dev_known").json["code"] == "challenge_required"
    assert by_code("c", "").json["code"] == "challenge_required"
