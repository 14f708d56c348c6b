"""Use of a supplier's benefits becomes statements, once each, and these become what it is paid."""

from typing import Any

import pytest

from bank import ledger, store
from bank.ledger import AccountRow, JournalRow
from suppliers import app as room
from suppliers.app import app
from suppliers.service import closing, usage
from suppliers.tables import StatementRow
from tests.support import bus, http
from tests.support.http import Reply, call, context
from tests.support.organisation import OTHER_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.suppliers.given import WHY, Clock, act, get, leave, row, supplier

NOVEMBER, DECEMBER = "2026-11-20T01:00:00.000000Z", "2026-12-10T01:00:00.000000Z"


def used(supplier_id: str | None, number: int, at: str = NOVEMBER, **facts: Any) -> dict[str, Any]:
    """The event of a redemption: 100 due to the supplier, who bears 20 of the discount."""
    data = {
        "redemption_id": f"rdm_{number}",
        "entitlement_id": f"ent_{number}",
        "product_id": "prd_1",
        "supplier_id": supplier_id,
        "currency": "CNY",
        "shares": {"head_office": 30, f"supplier:{supplier_id}": 20},
        "cost": 100,
        "redeemed_at": at,
        **facts,
    }
    return _event("EntitlementRedeemed", data)


def reversed_(supplier_id: str, number: int, at: str = NOVEMBER, **facts: Any) -> dict[str, Any]:
    """The event of a reversal of all of it."""
    data = (
        used(supplier_id, number)["data"] | {"reversal_id": "rfd_1", "reversed_at": at, "whole": True} | facts
    )
    return _event("RedemptionReversed", data)


def _event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    kind = f"perkbank.benefits.{name}.v1"
    return {"id": "evt_1", "type": kind, "source": "/perkbank/benefits", "data": data}


def deliver(*events: dict[str, Any]) -> list[str]:
    """Hand events to the consumer as SQS does; those that have to come again."""
    records = [
        {"messageId": f"m{number}", "receiptHandle": "r", "body": bus.body(each), "eventSource": "aws:sqs"}
        | {"attributes": {}, "messageAttributes": {}, "eventSourceARN": "a:b:c:d:e:f"}
        for number, each in enumerate(events)
    ]
    answer = room.on_usage({"Records": records}, context())
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def close(at: Clock, moment: str) -> dict[str, int]:
    at(moment)
    return room.on_statements({}, context())


def statement(supplier_id: str, period: str = "2026-11") -> dict[str, Any]:
    found: dict[str, Any] = get(f"/suppliers/{supplier_id}/statements/{period}").json
    return found


def agree(supplier_id: str, amount: int, period: str = "2026-11", key: str = "agree", **who: Any) -> Reply:
    path = f"/suppliers/{supplier_id}/statements/{period}/agreement"
    return call(app, "POST", path, {"amount": amount}, key=f"{key}{period}", **who)


def dispute(supplier_id: str, amount: int, **who: Any) -> Reply:
    path = f"/suppliers/{supplier_id}/statements/2026-11/disputes"
    return call(app, "POST", path, WHY | {"code": "ent_1", "amount": amount}, **who)


def decide(supplier_id: str, dispute_id: str, decision: str, **who: Any) -> Reply:
    path = f"/suppliers/{supplier_id}/statements/2026-11/disputes/{dispute_id}/decision"
    return call(app, "POST", path, WHY | {"decision": decision}, **who)


def facts(shown: dict[str, Any]) -> tuple[int, int, int, int, int]:
    return shown["redeemed"], shown["reversed"], shown["late"], shown["cost"], shown["borne"]


def test_use_is_counted_once_however_often_it_comes(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    events = [used(supplier_id, 1), used(supplier_id, 2), reversed_(supplier_id, 1), used(None, 3)]
    assert deliver(*events, *reversed(events)) == []

    assert close(at, "2026-12-02T04:00") == {"closed": 0, "failed": 0}
    assert close(at, "2026-12-03T04:00") == {"closed": 1, "failed": 0}
    assert facts(statement(supplier_id)) == (2, 1, 0, 100, 20)
    assert close(at, "2026-12-04T04:00") == {"closed": 0, "failed": 0}
    deliver(*events)
    assert close(at, "2027-01-03T04:00") == {"closed": 1, "failed": 0}
    assert statement(supplier_id, "2026-12")["code"] == "statement_not_found"


def test_a_refund_in_part_leaves_the_use_where_it_is(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    shares = {f"supplier:{supplier_id}": 5}
    parts = [
        reversed_(supplier_id, 1, reversal_id=f"rfd_{number}", whole=False, cost=0, shares=shares)
        for number in range(3)
    ]
    deliver(used(supplier_id, 1), *parts)
    close(at, "2026-12-03T04:00")

    assert facts(statement(supplier_id)) == (1, 0, 0, 100, 5)
    assert get(f"/suppliers/{supplier_id}/rating").json["grade"] == "A"


def test_a_month_is_the_one_in_shanghai(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    deliver(used(supplier_id, 1, "2026-11-30T15:59:59.999999Z"), used(supplier_id, 2, "2026-11-30T16:00:00Z"))
    close(at, "2026-12-03T04:00")
    close(at, "2027-01-03T04:00")

    assert statement(supplier_id)["redeemed"] == statement(supplier_id, "2026-12")["redeemed"] == 1


def test_what_comes_after_its_month_was_closed_counts_in_the_next_and_says_so(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    deliver(used(supplier_id, 1))
    close(at, "2026-12-03T04:00")

    late = used(supplier_id, 2)
    deliver(late, late, used(supplier_id, 3, DECEMBER), reversed_(supplier_id, 1, DECEMBER))
    assert facts(statement(supplier_id)) == (1, 0, 0, 100, 20)
    close(at, "2027-01-03T04:00")
    assert facts(statement(supplier_id, "2026-12")) == (2, 1, 1, 100, 20)
    deliver(late)
    assert close(at, "2027-02-03T04:00") == {"closed": 1, "failed": 0}
    assert statement(supplier_id, "2027-01")["code"] == "statement_not_found"


def test_a_run_that_died_before_it_had_counted_is_followed_by_one_that_does(
    bank: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its gates are shut: what comes between counts in the next month, and the statement is the same."""
    supplier_id = supplier()
    deliver(used(supplier_id, 1))

    def dies(*_: Any) -> None:
        raise RuntimeError("out of time")

    with monkeypatch.context() as broken:
        broken.setattr(closing, "_totals", dies)
        assert close(at, "2026-12-03T04:00") == {"closed": 0, "failed": 1}
    deliver(used(supplier_id, 2))
    assert close(at, "2026-12-03T05:00") == {"closed": 1, "failed": 0}
    assert statement(supplier_id)["redeemed"] == 1


def test_months_that_no_run_has_closed_are_closed_by_the_next(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    deliver(used(supplier_id, 1), used(supplier_id, 2, DECEMBER))

    assert close(at, "2027-02-03T04:00") == {"closed": 3, "failed": 0}
    assert statement(supplier_id)["redeemed"] == statement(supplier_id, "2026-12")["redeemed"] == 1


def test_use_that_meets_the_closing_counts_in_one_of_two_months(
    bank: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate shuts between the decision and the write: the write finds it shut."""
    supplier_id = supplier()
    deliver(used(supplier_id, 1))
    commit = store.Transaction.commit

    def interrupted(transaction: store.Transaction, **told: Any) -> None:
        monkeypatch.setattr(store.Transaction, "commit", commit)
        assert close(at, "2026-12-03T04:00")["closed"] == 1
        transaction.commit(**told)

    monkeypatch.setattr(store.Transaction, "commit", interrupted)
    deliver(used(supplier_id, 2))
    assert statement(supplier_id)["redeemed"] == 1
    close(at, "2027-01-03T04:00")
    assert facts(statement(supplier_id, "2026-12"))[:3] == (1, 0, 1)


def test_what_is_agreed_is_booked_once_and_leaves_the_supplier_what_it_is_due(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    deliver(*(used(supplier_id, number) for number in range(5)))
    close(at, "2026-12-03T04:00")
    assert (statement(supplier_id)["paid"], statement(supplier_id)["status"]) == (400, "closed")

    assert agree(supplier_id, 500, key="wrong").json["code"] == "statement_amount"
    proposal = agree(supplier_id, 400, approve=False)
    assert (proposal.status, proposal.json["kind"]) == (202, "suppliers.agree_statement")
    done = agree(supplier_id, 400, key="b")
    assert (done.status, done.json["status"], done.json["paid"]) == (200, "agreed", 400)
    again = agree(supplier_id, 400, key="b", approve=False)
    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert agree(supplier_id, 400, key="c").json["code"] == "statement_not_open"
    assert agree(supplier_id, 300, key="b").json["code"] == "idempotency_key_reused"
    bank.settle()
    account = ledger.accounts.find(row(supplier_id).settlement_account_id)
    assert account.to_domain().available == 400
    [journal] = [each for each in JournalRow.scan() if each.kind == "statement"]
    assert sorted(amount for _, amount in journal.legs) == [-500, 100, 400]


def test_what_a_supplier_owes_is_taken_in_the_next_statement(bank: Cloud, at: Clock) -> None:
    """All that it was paid for in November is reversed in December."""
    supplier_id = supplier()
    deliver(*(used(supplier_id, number, shares={}) for number in range(3)))
    close(at, "2026-12-03T04:00")
    agree(supplier_id, 300)
    deliver(*(reversed_(supplier_id, number, DECEMBER, shares={}) for number in range(3)))
    deliver(used(supplier_id, 9, DECEMBER, shares={}))
    close(at, "2027-01-03T04:00")
    deliver(*(used(supplier_id, 20 + number, "2027-01-10T01:00:00Z", shares={}) for number in range(5)))
    close(at, "2027-02-03T04:00")

    assert statement(supplier_id, "2027-01")["paid"] is None
    assert agree(supplier_id, 500, "2027-01").json["code"] == "statement_not_open"
    december = agree(supplier_id, 0, "2026-12").json
    assert (december["owed"], december["paid"], december["owes"]) == (0, 0, 200)
    january = agree(supplier_id, 300, "2027-01").json
    assert (january["owed"], january["paid"], january["owes"]) == (200, 300, 0)
    bank.settle()
    account = ledger.accounts.find(row(supplier_id).settlement_account_id)
    assert account.to_domain().balance == 600


def test_disputes_are_decided_one_by_one_before_it_is_agreed(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    deliver(*(used(supplier_id, number) for number in range(5)))
    close(at, "2026-12-03T04:00")
    first = dispute(supplier_id, -50, key="d").json["disputes"][0]["dispute_id"]
    assert len(dispute(supplier_id, -50, key="d").json["disputes"]) == 1
    [second] = [
        each["dispute_id"]
        for each in dispute(supplier_id, 10).json["disputes"]
        if each["dispute_id"] != first
    ]

    assert agree(supplier_id, 400).json["code"] == "statement_not_open"
    assert decide(supplier_id, first, "accepted", approve=False).status == 202
    assert decide(supplier_id, first, "accepted").status == 200
    assert decide(supplier_id, first, "rejected").json["code"] == "dispute_decided"
    assert decide(supplier_id, second, "rejected").json["paid"] == 350
    assert decide(supplier_id, "dsp_none", "rejected").json["code"] == "dispute_not_found"
    assert agree(supplier_id, 350, key="b").json["status"] == "agreed"
    assert dispute(supplier_id, 10).json["code"] == "statement_not_open"


def test_what_was_approved_is_what_is_agreed(bank: Cloud, at: Clock) -> None:
    """A dispute that was decided meanwhile makes it another amount."""
    supplier_id = supplier()
    deliver(used(supplier_id, 1))
    close(at, "2026-12-03T04:00")
    approval_id = http.approved(agree(supplier_id, 80, approve=False).json)
    dispute_id = dispute(supplier_id, -10).json["disputes"][0]["dispute_id"]
    decide(supplier_id, dispute_id, "accepted")

    late = agree(supplier_id, 80, approve=False, headers={"approval-id": approval_id})
    assert (late.status, late.json["code"]) == (409, "statement_amount")


def test_statements_are_missing_for_other_branches(bank: Cloud, at: Clock) -> None:
    units()
    supplier_id, other = supplier(), http.staff(OTHER_BRANCH)
    deliver(used(supplier_id, 1))
    close(at, "2026-12-03T04:00")
    path = f"/suppliers/{supplier_id}/statements"

    answers = [
        get(path, principal=other),
        get(f"{path}/2026-11", principal=other),
        dispute(supplier_id, 1, principal=other),
        decide(supplier_id, "dsp_1", "accepted", principal=other),
        agree(supplier_id, 80, principal=other),
    ]
    assert [(each.status, each.json["code"]) for each in answers] == [(404, "supplier_not_found")] * 5
    assert [each["period"] for each in get(path).json["items"]] == ["2026-11"]
    assert get(f"{path}/2026-13").json["code"] == "statement_not_found"


def test_who_leaves_is_not_closed_before_its_last_statement_is_agreed(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    leave(supplier_id, until="2026-11-30")
    deliver(used(supplier_id, 1, cost=0, shares={}))
    at("2026-12-01T05:30")
    assert room.on_closing({}, context())["unsettled"] == 1
    close(at, "2026-12-03T04:00")
    assert room.on_closing({}, context())["unsettled"] == 1
    agree(supplier_id, 0)
    assert room.on_closing({}, context())["closed"] == 1


def test_a_suspended_supplier_s_use_is_counted_all_the_same(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    act(supplier_id, "suspend")
    deliver(used(supplier_id, 1))
    close(at, "2026-12-03T04:00")

    assert statement(supplier_id)["redeemed"] == 1


def test_a_statement_in_another_currency_has_its_own_account(bank: Cloud, at: Clock) -> None:
    supplier_id = supplier()
    deliver(used(supplier_id, 1, currency="USD"), used(supplier_id, 2))
    close(at, "2026-12-03T04:00")
    path = f"/suppliers/{supplier_id}/statements/2026-11/agreement"

    made = call(app, "POST", path, {"amount": 80, "currency": "USD"}, key="usd")
    assert made.json["status"] == "agreed"
    assert {each.currency for each in AccountRow.scan() if each.owner_id == supplier_id} == {"CNY", "USD"}
    assert len([each for each in StatementRow.scan() if each.status == "agreed"]) == 1


def test_an_event_in_another_room_s_name_counts_nothing(bank: Cloud) -> None:
    forged = used(supplier(), 1) | {"source": "/perkbank/payments"}

    assert deliver(forged) == ["m0"]


def test_use_of_no_supplier_is_passed_over(bank: Cloud) -> None:
    assert usage.take(used(None, 1)) is False


def test_a_supplier_is_rated_by_the_use_in_its_statements(bank: Cloud, at: Clock) -> None:
    units()
    supplier_id = supplier()
    path = f"/suppliers/{supplier_id}/rating"
    assert get(path).json["grade"] is None
    deliver(*(used(supplier_id, number) for number in range(20)), reversed_(supplier_id, 1))
    close(at, "2026-12-03T04:00")
    assert get(path).json["grade"] == "B"
    dispute_id = dispute(supplier_id, -10).json["disputes"][0]["dispute_id"]
    decide(supplier_id, dispute_id, "accepted")

    rated = get(path).json
    assert (rated["grade"], rated["redeemed"], rated["reversed"], rated["disputed"]) == ("C", 20, 1, 1)
    assert get(path, principal=http.staff(OTHER_BRANCH)).status == 404
