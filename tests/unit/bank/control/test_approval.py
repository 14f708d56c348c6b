"""What is done by an approval is exactly what was approved, in time, and once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bank import clock, ids, store
from bank.access.principal import Ownership
from bank.control import audit
from bank.control.approval import ContentChanged, NotApproved, require, rules, submit
from bank.control.approval.domain import Status
from bank.control.approval.tables import ApprovalRow, RuleRow
from tests.support.approvals import approve
from tests.support.streams import Cloud
from tests.unit.bank.models import Job

MAKER = audit.Actor("stf_maker", "staff", unit="unit_a")
OF_A = Ownership("cli_app", "unit_a", "cus_1")
CONTENT = {"limit": 500_000}
NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    rules.forget()
    yield
    rules.forget()


def submitted(**given: object) -> str:
    transaction = store.Transaction()
    facts = {"kind": "limits", "subject_id": "acc_1", "content_digest": ids.digest(CONTENT), "summary": {}}
    approval_id = submit(transaction, **{"ownership": OF_A, "actor": MAKER, **facts, **given})  # type: ignore[arg-type]
    transaction.commit()
    return approval_id


def done(approval_id: str, *, job_id: str = "job_1", content: object = CONTENT, **given: str) -> None:
    """Do what was to be approved: make a record, by the approval."""
    transaction = store.Transaction()
    transaction.create(Job(movement_id=job_id))
    facts = {"kind": "limits", "subject_id": "acc_1", "content_digest": ids.digest(content)}
    require(transaction, approval_id=approval_id, **{**facts, **given})
    transaction.commit()


def row(approval_id: str) -> ApprovalRow:
    found = store.get(ApprovalRow, approval_id)
    assert found is not None
    return found


def test_what_is_approved_is_done(cloud: Cloud) -> None:
    approval_id = submitted()
    approve(approval_id)

    done(approval_id)

    assert store.get(Job, "job_1") is not None
    assert row(approval_id).used_at is not None


def test_an_approval_is_used_once(cloud: Cloud) -> None:
    approval_id = submitted()
    approve(approval_id)
    done(approval_id)

    with pytest.raises(NotApproved, match="used already"):
        done(approval_id, job_id="job_2")

    assert store.get(Job, "job_2") is None


def test_a_change_after_submission_voids_it(cloud: Cloud) -> None:
    approval_id = submitted()
    approve(approval_id)

    with pytest.raises(ContentChanged):
        done(approval_id, content={"limit": 500_001})

    assert store.get(Job, "job_1") is None
    assert row(approval_id).used_at is None


@pytest.mark.parametrize("other", [{"kind": "roles"}, {"subject_id": "acc_2"}])
def test_an_approval_of_another_thing_is_none(cloud: Cloud, other: dict[str, str]) -> None:
    approval_id = submitted()
    approve(approval_id)

    with pytest.raises(NotApproved, match="no such approval"):
        done(approval_id, **other)


def test_without_an_approval_nothing_is_done(cloud: Cloud) -> None:
    with pytest.raises(NotApproved):
        done("apr_none")


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
def test_in_any_other_state_nothing_is_done(cloud: Cloud, status: Status) -> None:
    approval_id = submitted()
    ApprovalRow(approval_id).update([ApprovalRow.status.set(status.value)])

    with pytest.raises(NotApproved, match=status.value):
        done(approval_id)


def test_an_approval_is_good_until_it_expires(cloud: Cloud) -> None:
    with clock.source(lambda: NOON):
        approval_id = submitted()
        approve(approval_id)

    with clock.source(lambda: NOON + timedelta(hours=72)), pytest.raises(NotApproved, match="too old"):
        done(approval_id)
    with clock.source(lambda: NOON + timedelta(hours=72, microseconds=-1)):
        done(approval_id)


def test_the_amount_says_who_checks(cloud: Cloud) -> None:
    small, large = submitted(amount=4_999_999, currency="CNY"), submitted(amount=5_000_000, currency="CNY")

    assert row(small).levels == ["branch"]
    assert row(large).levels == ["branch", "head_office"]


def test_an_amount_that_cannot_be_compared_is_checked_by_all(cloud: Cloud) -> None:
    assert row(submitted(amount=1, currency="USD")).levels == ["branch", "head_office"]


def test_the_table_s_rule_goes_before_the_default_and_what_is_submitted_keeps_its_own(cloud: Cloud) -> None:
    before = submitted()
    content = {
        "permission": "approvals:decide",
        "decide_hours": 1,
        "use_hours": 2,
        "brackets": [{"from_amount": 0, "levels": ["head_office"]}],
    }
    RuleRow(
        kind="limits",
        record=rules.LIVE,
        version="arv_1",
        content=content,
        status="live",
        created_at=clock.instant(),
    ).save()
    with clock.source(lambda: datetime.now(UTC) + rules.KEPT):
        after = submitted()

    assert (row(before).levels, row(before).rule_version) == (["branch"], "default")
    assert (row(after).levels, row(after).rule_version) == (["head_office"], "arv_1")
    assert (row(after).permission, row(after).use_hours) == ("approvals:decide", 2)
    assert row(after).unit_shard is None


def test_a_kind_of_the_head_office_is_checked_there_whatever_the_branch_checks(cloud: Cloud) -> None:
    file = row(submitted(kind="accounts.unfreeze_account.head_office"))

    assert (file.levels, file.unit_shard) == (["head_office"], None)


def test_an_emergency_is_approved_and_used_within_the_hour(cloud: Cloud) -> None:
    with clock.source(lambda: NOON):
        file = row(submitted(kind="staff.break_glass"))

    assert (file.expires_at, int(file.use_hours)) == (clock.instant(NOON + timedelta(hours=1)), 1)


def test_submitting_is_in_the_audit_trail(cloud: Cloud) -> None:
    approval_id = submitted()

    entries = list(audit.AuditEntryRow.by_subject.query(approval_id))

    assert len(entries) == 1
    entry = store.get(audit.AuditEntryRow, entries[0].entry_id)
    assert entry is not None
    assert (entry.actor, entry.action) == ("stf_maker", "approvals.submitted")
