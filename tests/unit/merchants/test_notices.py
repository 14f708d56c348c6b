"""Contacts of merchants hear what is done to these: while it can still be stopped, and when it is done."""

from datetime import timedelta
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from accounts.app import app as accounts
from approvals import events as approvals
from bank import errors, messages, store
from bank.access.acts import Effect
from bank.config import config
from bank.control.approval.tables import ApprovalRow
from bank.counterparties import contacts
from bank.events import change, envelope_for_change, images
from merchants import events, tables
from merchants.app import app, on_notices
from merchants.domain.notices import SILENT, TOLD
from merchants.tables import MerchantRow
from tests.support import bus
from tests.support.http import CHANNEL, approved, call, context, staff
from tests.support.streams import Cloud
from tests.unit.merchants.given import (
    BANK_ACCOUNT,
    TERMS,
    Clock,
    get,
    merchant,
    patch,
    register,
    resume,
    suspend,
)
from tests.unit.merchants.test_bank_accounts import stored

PHONE, ANOTHER = "+8613800138000", "+8613911112222"
THIEF = {"bank_code": "CMB", "account_number": "6225880000004321", "holder_name": "Somebody"}


def inbox(phone: str = PHONE) -> list[str]:
    """The text messages that were sent to a phone, oldest first."""
    sent = sns_backends[DEFAULT_ACCOUNT_ID][config.region].sms_messages.values()
    return [text for number, text in sent if number == phone]


def happened(cloud: Cloud) -> list[dict[str, Any]]:
    """What the two rooms publish of all that was done up to now."""
    granted = [(each, approvals.of_change(*change(each, ApprovalRow))) for each in cloud.records("approvals")]
    done = [
        (record, each) for record in cloud.records("merchants") for each in events.of_change(*images(record))
    ]
    heard = ("ApprovalGranted", "MerchantChanged", "MerchantSuspended", "MerchantResumed")
    return [
        envelope_for_change(record, each, subject="-")
        for record, each in [*granted, *done]
        if each is not None and type(each).__name__ in heard
    ]


def deliver(*envelopes: dict[str, Any]) -> list[str]:
    """Hand events to the consumer, as EventBridge and SQS do; the messages that have to come again."""
    records = [
        {"messageId": f"m{number}", "receiptHandle": "r", "body": bus.body(each), "eventSource": "aws:sqs"}
        | {"attributes": {}, "messageAttributes": {}, "eventSourceARN": "a:b:c:d:e:f"}
        for number, each in enumerate(envelopes)
    ]
    answer = on_notices({"Records": records}, context())
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def proposed(merchant_id: str, **terms: Any) -> dict[str, Any]:
    reply = call(app, "PATCH", f"/merchants/{merchant_id}", terms, approve=False)
    assert reply.status == 202, reply.body
    return dict(reply.json)


def row(merchant_id: str) -> MerchantRow:
    found = store.get(MerchantRow, merchant_id, tables.MERCHANT)
    assert found is not None
    return found


def heard(merchant_id: str) -> list[str]:
    found = row(merchant_id)
    return contacts.phones(merchant_id, found.contact, found.former_contacts)


def test_the_contact_hears_of_another_account_a_day_before_it_can_be_used(cloud: Cloud, at: Clock) -> None:
    """Who would be robbed was the last to know."""
    merchant_id = merchant(contact=PHONE)

    approved(proposed(merchant_id, bank_account=THIEF, fee={"basis_points": 60}))
    assert deliver(*happened(cloud)) == []

    (text,) = inbox()
    assert text == (
        f"【Perkbank】贵方商户(编号尾号{merchant_id[-6:]})已批准变更收款账户(尾号4321)、手续费,"
        "最早于11月21日09:00生效。如非贵方申请,请立即联系开户网点或客服停止变更。"
    )
    assert THIEF["account_number"] not in text
    assert get(f"/merchants/{merchant_id}").json["bank_account"]["bank_code"] == BANK_ACCOUNT["bank_code"]


def test_what_was_only_proposed_or_is_stopped_already_is_not_told(cloud: Cloud, at: Clock) -> None:
    """Else a channel could send a merchant as many messages as it likes."""
    merchant_id = merchant(contact=PHONE)
    proposal = proposed(merchant_id, bank_account=THIEF)
    deliver(*happened(cloud))
    approved(proposal)
    ApprovalRow(proposal["approval_id"]).update([ApprovalRow.status.set("rejected")])

    assert deliver(*happened(cloud)) == []

    assert inbox() == []


def test_it_hears_again_when_each_is_in_force_and_of_names_nothing(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(contact=PHONE)

    patch(merchant_id, name="Luckier Records", settlement="T+7")
    patch(merchant_id, name="Luckiest Records")
    suspend(merchant_id, principal=staff())
    resume(merchant_id, principal=staff())
    done = [each for each in happened(cloud) if each["type"].split(".")[1] == "merchants"]
    assert deliver(*done) == []

    told = [text.split(")", 1)[1].split("。")[0] for text in inbox()]
    assert told == ["已变更结算周期", "已暂停收款和结算", "已恢复收款和结算"]
    assert "Lucki" not in "".join(inbox())
    assert "complaints" not in "".join(inbox())


def test_a_channel_sends_nobody_messages_by_its_own_stops(cloud: Cloud, at: Clock) -> None:
    """Anybody's phone is soon a merchant's contact; to suspend and to resume takes the channel alone."""
    channel: dict[str, Any] = {"client_id": "cli_shop", "principal": CHANNEL}
    terms = {**TERMS, "fee": {"basis_points": 38}, "contact": PHONE}
    merchant_id = call(app, "POST", "/merchants", terms, approve=False, **channel).json["merchant_id"]
    for _ in range(3):
        assert suspend(merchant_id, **channel).status == 200
        assert resume(merchant_id, **channel).status == 200
    suspend(merchant_id, **channel)
    lifted = {"reason": "known", "authority": "channel"}
    assert call(app, "POST", f"/merchants/{merchant_id}/resume", lifted, principal=staff()).status == 200

    assert deliver(*happened(cloud)) == []
    assert inbox() == []

    assert suspend(merchant_id, principal=staff()).status == 200
    assert deliver(*happened(cloud)) == []
    assert len(inbox()) == 1


def test_who_gives_it_another_phone_first_is_heard_of_on_the_one_before(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(contact=PHONE)
    assert proposed(merchant_id, contact=ANOTHER)["kind"] == "merchants.change_merchant"
    patch(merchant_id, contact=ANOTHER)
    patch(merchant_id, changes=False, contact=ANOTHER)
    deliver(*happened(cloud))
    assert "联系手机" in inbox(PHONE)[-1]

    patch(merchant_id, bank_account=THIEF)
    changes = happened(cloud)
    deliver(*changes)
    assert "已变更收款账户" in inbox(PHONE)[-1]
    assert "已变更收款账户" in inbox(ANOTHER)[-1]

    before = len(inbox(PHONE))
    at.moment += timedelta(days=31)
    deliver(*changes)
    assert len(inbox(PHONE)) == before


def test_who_gives_it_one_phone_after_another_is_heard_of_on_all_of_before(cloud: Cloud, at: Clock) -> None:
    """A second change took the first phone off the list; none is dropped, for all that hear are counted."""
    merchant_id = merchant(contact=PHONE)
    others = [f"+861391111222{number}" for number in range(5)]
    for number in others[:4]:
        assert patch(merchant_id, contact=number).status == 200
    refused = call(app, "PATCH", f"/merchants/{merchant_id}", {"contact": others[4]})
    assert (refused.status, refused.json["code"]) == (409, "too_many_contacts")
    assert patch(merchant_id, changes=False, contact=others[3]).status == 200

    patch(merchant_id, bank_account=THIEF)
    deliver(happened(cloud)[-1])
    assert all("已变更收款账户" in inbox(number)[-1] for number in [PHONE, *others[:4]])

    at.moment += timedelta(days=31)
    assert patch(merchant_id, contact=PHONE).status == 200
    assert heard(merchant_id) == [others[3], PHONE]
    at.moment += timedelta(days=1)
    assert patch(merchant_id, contact=others[3]).status == 200
    at.moment += timedelta(days=29)
    assert heard(merchant_id) == [PHONE, others[3]]


def test_a_new_phone_that_cannot_be_reached_does_not_silence_the_one_before(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant_id, send = merchant(contact=PHONE), messages.send
    patch(merchant_id, contact=ANOTHER)
    tried = []

    def down(phone: str, text: str) -> None:
        tried.append(phone)
        if phone == ANOTHER:
            raise errors.Unavailable("the message could not be sent")
        send(phone, text)

    monkeypatch.setattr(messages, "send", down)
    assert deliver(happened(cloud)[-1]) == ["m0"]

    assert tried == [PHONE, ANOTHER]
    assert "联系手机" in inbox(PHONE)[-1]


def test_a_phone_of_before_that_cannot_be_reached_costs_the_others_nothing(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant_id, send = merchant(contact=PHONE), messages.send
    patch(merchant_id, contact=ANOTHER)

    def down(phone: str, text: str) -> None:
        if phone == PHONE:
            raise errors.Unavailable("the message could not be sent")
        send(phone, text)

    monkeypatch.setattr(messages, "send", down)
    assert deliver(happened(cloud)[-1]) == ["m0"]

    assert "联系手机" in inbox(ANOTHER)[-1]


def test_a_message_that_cannot_be_sent_comes_again_and_costs_no_other(
    cloud: Cloud, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five times; then it waits among the dead letters, and an alarm says so."""
    unlucky, other = merchant(contact=PHONE), merchant(contact=ANOTHER)
    suspend(unlucky, principal=staff())
    suspend(other, principal=staff())
    send = messages.send

    def down(phone: str, text: str) -> None:
        if phone == PHONE:
            raise errors.Unavailable("the message could not be sent")
        send(phone, text)

    with monkeypatch.context() as broken:
        broken.setattr(messages, "send", down)
        events_ = happened(cloud)
        assert deliver(*events_) == ["m0"]
    assert (len(inbox(PHONE)), len(inbox(ANOTHER))) == (0, 1)

    assert deliver(events_[0]) == []
    assert len(inbox(PHONE)) == 1


def test_a_merchant_without_a_contact_is_counted(cloud: Cloud, at: Clock, log: Any) -> None:
    merchant_id = merchant()
    suspend(merchant_id, principal=staff())

    (event,) = happened(cloud)
    assert deliver(event) == []

    assert f'"not_told":["{event["id"]}"]' in log.getvalue().replace(" ", "")


def test_approvals_of_other_acts_and_forged_events_tell_nothing(cloud: Cloud, at: Clock) -> None:
    merchant_id = merchant(contact=PHONE)
    approved(proposed(merchant_id, bank_account=THIEF))
    (granted,) = happened(cloud)
    of_another = {**granted, "data": {**granted["data"], "kind": "staff.grant_role"}}
    of_nothing = {**granted, "data": {**granted["data"], "approval_id": "apr_none"}}
    elsewhere = {**granted, "data": {**granted["data"], "subject_id": "PATCH /merchants/../staff"}}

    assert deliver(of_another, of_nothing, elsewhere) == []
    assert deliver({**granted, "source": "/perkbank/merchants"}) == ["m0"]

    assert inbox() == []


def test_the_number_is_readable_nowhere(cloud: Cloud, at: Clock) -> None:
    answer = register(contact="138 0013 8000", key="m1")
    patch(answer.json["merchant_id"], contact=ANOTHER)

    assert answer.json["contact"] == "+86138****8000"
    assert get(f"/merchants/{answer.json['merchant_id']}").json["contact"] == "+86139****2222"
    assert not [number for number in (PHONE, ANOTHER) if number[3:] in stored()]
    assert not [row for row in ApprovalRow.scan() if ANOTHER[3:] in str(row.summary)]
    again = call(app, "POST", "/merchants", {**TERMS, "contact": ANOTHER}, key="m1")
    assert (again.status, again.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("contact", [None, "", "+12025550123", "021-58760000", 13800138000])
def test_what_is_no_mobile_that_is_served_is_refused(cloud: Cloud, contact: Any) -> None:
    merchant_id = merchant(contact=PHONE)

    assert register(contact=contact).status == 422
    assert call(app, "PATCH", f"/merchants/{merchant_id}", {"contact": contact}).status == 422
    assert row(merchant_id).contact["masked"] == "+86138****8000"


def test_every_act_on_a_merchant_is_told_or_says_why_not() -> None:
    """Of this room's, all that write; of accounts', where merchants have theirs, those on an account."""
    here = {f"merchants.{operation.name}" for operation in app.operations if operation.act}
    theirs = {
        f"accounts.{operation.name}"
        for operation in accounts.operations
        if operation.act and operation.path.startswith("/accounts/{account_id}/")
        if operation.act.effect is not Effect.MONEY
    }

    assert set(TOLD) | set(SILENT) == here | theirs
    assert not set(TOLD) & set(SILENT)
