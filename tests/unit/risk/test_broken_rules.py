"""Rules that would fail, never fire or fill memory: refused by one check wherever they would come to judge.

Each model was taken once, or refused only when it was loaded to judge.
"""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock, store
from bank.risk import facts, replay, rule_sets
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from bank.rules import RulesBroken
from risk import app, cli
from risk.tables import RULES, RuleSetRow
from tests.support import http
from tests.support.approvals import approve
from tests.support.risk import BROKEN
from tests.unit.risk import given

EACH = pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))


def of_an_earlier_release(content: dict[str, Any], status: str = "draft") -> str:
    """A rule set whose content was taken by a release that did not refuse it."""
    rule_set_id = given.draft()
    ContentRow(content_key(rule_set_id)).update([ContentRow.content.set(content)])
    digest = rule_sets.digest_of("payment", content, given.body()["caps"], "challenge")
    RuleSetRow(RULES, rule_set_id).update([RuleSetRow.digest.set(digest), RuleSetRow.status.set(status)])
    return rule_set_id


@EACH
def test_it_is_refused_when_it_is_drafted(content: dict[str, Any]) -> None:
    reply = given.call("POST", "/risk/rule-sets", given.body(content))

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert {each["message"] for each in reply.json["errors"]} == set(rule_sets.faults(content))


@EACH
def test_what_an_earlier_release_took_is_tried_submitted_and_gone_back_to_by_nobody(
    content: dict[str, Any],
) -> None:
    kept, was_live = of_an_earlier_release(content), of_an_earlier_release(content, "activated")
    period = {"rule_set_id": kept, "first_day": given.DAY, "last_day": given.DAY}

    replies = [
        given.call("POST", "/risk/backtests", period),
        given.call("POST", f"/risk/rule-sets/{kept}/shadowing", {"on": True}),
        given.call("POST", f"/risk/rule-sets/{kept}/submission"),
        given.call("POST", f"/risk/rule-sets/{was_live}/rollback", {"reason": "hurry"}),
    ]

    assert [(each.status, each.json["code"]) for each in replies] == [(422, "invalid_request")] * 4
    assert store.get(LiveRow, live_key("payment")) is None
    assert given.queued() == []


def test_an_approval_from_before_activates_nothing_that_is_refused_now() -> None:
    rule_set_id = given.draft()
    approval_id = given.submitted(rule_set_id)
    approve(approval_id)
    ContentRow(content_key(rule_set_id)).update([ContentRow.content.set(BROKEN["overflow"])])

    reply = given.activate(rule_set_id, approval_id)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")


@EACH
def test_a_backtest_that_waited_for_it_fails_and_says_why(content: dict[str, Any]) -> None:
    given.decided(given.decision("pay_1", 20_000))
    rule_set_id = given.draft()
    period = {"rule_set_id": rule_set_id, "first_day": given.DAY, "last_day": given.DAY}
    with clock.source(lambda: clock.parse(given.NOW) + timedelta(days=1)):
        backtest_id = given.call("POST", "/risk/backtests", period).json["backtest_id"]
        ContentRow(content_key(rule_set_id)).update([ContentRow.content.set(content)])
        app.on_backtests({"Records": given.queued()}, http.context())

    answer = given.call("GET", f"/risk/backtests/{backtest_id}").json

    assert (answer["status"], answer["problem"]["code"]) == ("failed", "rules_broken")
    assert answer["problem"]["detail"] == "; ".join(rule_sets.faults(content)[:5])


@EACH
def test_the_shadow_of_it_says_nothing_and_holds_nothing_up(content: dict[str, Any]) -> None:
    rule_set_id = of_an_earlier_release(content)
    store.put_many([LiveRow(rules_key=live_key("payment"), shadows=[rule_set_id])])

    given.decided(given.decision("pay_1", 20_000))

    answer = given.call("GET", f"/risk/rule-sets/{rule_set_id}/shadow", query={"day": given.DAY}).json
    assert answer["decisions"] == 0


@EACH
def test_live_it_is_an_answer_that_risk_cannot_give(content: dict[str, Any]) -> None:
    rule_set_id = of_an_earlier_release(content)
    live = LiveRow(rules_key=live_key("payment"), version=rule_set_id, posture="challenge")

    with pytest.raises(RulesBroken):
        rule_sets.loaded("payment", live)
    with pytest.raises(RulesBroken):
        replay(content, facts.pack(facts.nested({"amount": 5 * 10**9})))


def test_an_operator_hears_before_an_upgrade_what_it_would_refuse(capsys: pytest.CaptureFixture[str]) -> None:
    given.draft()
    kept = of_an_earlier_release(BROKEN["overflow"])
    live = of_an_earlier_release(BROKEN["division by zero"])
    store.put_many([LiveRow(rules_key=live_key("payment"), version=live)])

    assert cli.main(["check"]) == 0

    told = capsys.readouterr().out
    assert '"checked": 3' in told
    for rule_set_id, place in ((kept, "kept"), (live, "live")):
        assert f'{{"rule_set_id": "{rule_set_id}", "product": "payment", "place": "{place}"' in told
    assert "what is divided by can be 0" in told
