"""Contacts of suppliers hear what is done to these: while it can still be stopped, and when it is done."""

from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from approvals import events as approvals
from bank import errors, messages
from bank.config import config
from bank.control.approval.tables import ApprovalRow
from bank.events import change, envelope_for_change, images
from suppliers import events
from suppliers.app import app, on_notices
from suppliers.domain.notices import SILENT, TOLD
from tests.support import bus
from tests.support.http import approved, call, context
from tests.support.streams import Cloud
from tests.unit.suppliers.given import act, leave, patch, supplier

PHONE, ANOTHER = "+8613800138000", "+8613911112222"
THIEF = {"bank_code": "CMB", "account_number": "6225880000004321", "holder_name": "Somebody"}


def inbox(phone: str = PHONE) -> list[str]:
    """The text messages that were sent to a phone, oldest first."""
    sent = sns_backends[DEFAULT_ACCOUNT_ID][config.region].sms_messages.values()
    return [text for number, text in sent if number == phone]


def happened(bank: Cloud) -> list[dict[str, Any]]:
    """What the two rooms publish of all that was done up to now."""
    granted = [(each, approvals.of_change(*change(each, ApprovalRow))) for each in bank.records("approvals")]
    done = [
        (record, each) for record in bank.records("suppliers") for each in events.of_change(*images(record))
    ]
    return [
        envelope_for_change(record, each, subject="-")
        for record, each in [*granted, *done]
        if each is not None and (type(each).__name__ == "ApprovalGranted" or (record, each) in done)
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


def proposed(supplier_id: str, **terms: Any) -> dict[str, Any]:
    reply = call(app, "PATCH", f"/suppliers/{supplier_id}", terms, approve=False)
    assert reply.status == 202, reply.body
    return dict(reply.json)


def test_the_contact_hears_of_another_account_a_day_before_it_can_be_used(bank: Cloud) -> None:
    supplier_id = supplier(contact=PHONE)
    happened(bank)

    approved(proposed(supplier_id, bank_account=THIEF))
    assert deliver(*happened(bank)) == []

    (text,) = inbox()
    assert text == (
        f"【Perkbank】贵方供应商账户(编号尾号{supplier_id[-6:]})已批准变更收款账户(尾号4321),"
        "最早于11月21日09:00生效。如非贵方申请,请立即联系业务经办行停止变更。"
    )


def test_an_approval_that_was_taken_back_and_a_name_are_not_told(bank: Cloud) -> None:
    supplier_id = supplier(contact=PHONE)
    proposal = proposed(supplier_id, bank_account=THIEF)
    approved(proposal)
    ApprovalRow(proposal["approval_id"]).update([ApprovalRow.status.set("rejected")])
    approved(proposed(supplier_id, name="Other Vouchers"))

    assert deliver(*happened(bank)) == []
    assert inbox() == []


def test_it_hears_again_when_each_is_in_force_and_of_names_nothing(bank: Cloud) -> None:
    supplier_id = supplier(contact=PHONE)
    patch(supplier_id, name="Other Vouchers", settlement="T+7")
    act(supplier_id, "suspend")
    act(supplier_id, "resume")
    leave(supplier_id)
    done = [each for each in happened(bank) if each["type"].split(".")[1] == "suppliers"]
    assert deliver(*done) == []

    told = [text.split(")", 1)[1].split("。")[0] for text in inbox()]
    assert told == [
        "已变更结算周期",
        "已暂停发放和结算",
        "已恢复发放和结算",
        "已开始退出,停止发放,余款将继续结算",
    ]
    assert "Other" not in "".join(inbox())


def test_who_gives_it_another_phone_first_is_heard_of_on_the_one_before(bank: Cloud) -> None:
    supplier_id = supplier(contact=PHONE)
    patch(supplier_id, contact=ANOTHER)
    patch(supplier_id, bank_account=THIEF)
    done = [each for each in happened(bank) if each["type"].split(".")[1] == "suppliers"]
    deliver(*done)

    assert "已变更收款账户" in inbox(PHONE)[-1]
    assert "已变更收款账户" in inbox(ANOTHER)[-1]


def test_a_message_that_cannot_be_sent_comes_again(bank: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    supplier_id = supplier(contact=PHONE)
    act(supplier_id, "suspend")
    (event,) = [each for each in happened(bank) if each["type"].endswith("SupplierSuspended.v1")]

    def down(phone: str, text: str) -> None:
        raise errors.Unavailable("the message could not be sent")

    with monkeypatch.context() as broken:
        broken.setattr(messages, "send", down)
        assert deliver(event) == ["m0"]
    assert deliver(event) == []
    assert len(inbox()) == 1


def test_approvals_of_other_acts_and_forged_events_tell_nothing(bank: Cloud) -> None:
    supplier_id = supplier(contact=PHONE)
    happened(bank)
    approved(proposed(supplier_id, bank_account=THIEF))
    (granted,) = happened(bank)
    elsewhere = {**granted, "data": {**granted["data"], "subject_id": "PATCH /suppliers/../staff"}}
    of_another = {**granted, "data": {**granted["data"], "kind": "staff.grant_role"}}

    assert deliver(of_another, elsewhere) == []
    assert deliver({**granted, "source": "/perkbank/suppliers"}) == ["m0"]
    assert inbox() == []


def test_every_act_on_a_supplier_is_told_or_says_why_not() -> None:
    acts = {f"suppliers.{operation.name}" for operation in app.operations if operation.act}

    assert TOLD | set(SILENT) == acts
    assert not TOLD & set(SILENT)
