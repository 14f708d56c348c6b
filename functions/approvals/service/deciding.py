"""Deciding: each decision is a condition on the write, so that of many at once one has an effect."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Principal
from bank.control import audit, gate, ties
from bank.control.approval import domain, waiting
from bank.control.approval.domain import Level, Status
from bank.control.approval.requests import history_entry
from bank.control.approval.tables import ApprovalRow
from bank.store import Transaction

# Refusals that hold whichever step is due.
AT_ONCE = (domain.NotSubmitted, domain.MakerIsChecker, domain.TiedToMaker, domain.AlreadyChecked)


class ApprovalNotFound(errors.NotFound):
    """404: no such approval, or not one that the caller may see."""

    code, title = "approval_not_found", "Approval not found"


def find(*, principal: Principal, approval_id: str) -> ApprovalRow:
    """The approval, for who sees its record or submitted it. Raises ApprovalNotFound."""
    row = store.get(ApprovalRow, approval_id)
    missing = ApprovalNotFound(f"there is no approval {approval_id}")
    if row is None:
        raise missing
    if row.maker != principal.subject:
        principal.require_sees(row.ownership, missing)
    return row


def checker(principal: Principal, row: ApprovalRow, *, tied: bool) -> domain.Checker:
    """The caller as one who wants to decide on this; `tied` is whether they are to its maker."""
    return domain.Checker(
        staff_id=principal.subject,
        head_office=principal.unit == HEAD_OFFICE,
        permissions=principal.scopes,
        sees=principal.sees(row.ownership),
        tied=tied,
    )


def decidable(principal: Principal, rows: Sequence[ApprovalRow], now: str) -> list[ApprovalRow]:
    """Those whose due step the caller may pass or reject. One round trip, where there could be any."""
    if principal.kind is not Kind.STAFF:
        return []
    found = [
        row
        for row in rows
        if domain.decision_refusal(row.to_domain(), checker(principal, row, tied=False), now) is None
    ]
    tied = ties.tied(principal.subject, [each for row in found for each in _concerned(row)])
    return [row for row in found if tied.isdisjoint(_concerned(row))]


def _concerned(row: ApprovalRow) -> list[str]:
    """Those whom a checker must not be tied to: the maker, and who passed a step before."""
    return [row.maker, *row.checkers]


def approve(
    *,
    principal: Principal,
    actor: audit.Actor,
    approval_id: str,
    step: int | None,
    content_digest: str,
    comment: str | None,
) -> ApprovalRow:
    """Pass the step that is due, or `step`; once, if it is named, however often it is asked for.

    Raises what `domain.decision_refusal` says, StepTaken, ContentChanged.
    """

    def act(row: ApprovalRow, now: str) -> Transaction:
        approval = row.to_domain()
        entry = history_entry("approved", actor, now, step=approval.step, reason=comment)
        actions: list[Action] = [
            ApprovalRow.checkers.set([*approval.checkers, actor.subject]),
            ApprovalRow.history.set([*row.history, entry]),
        ]
        if approval.last:
            usable = clock.parse(now) + timedelta(hours=int(row.delay_hours))
            until = clock.instant(usable + timedelta(hours=int(row.use_hours)))
            actions += [*ended(Status.APPROVED, now), ApprovalRow.expires_at.set(until)]
            if row.delay_hours:
                actions.append(ApprovalRow.usable_from.set(clock.instant(usable)))
        else:
            actions.append(ApprovalRow.step.set(approval.step + 1))
            if approval.levels[approval.step + 1] is Level.HEAD_OFFICE:
                actions.append(ApprovalRow.unit_shard.remove())
        after = {"status": "approved" if approval.last else "submitted", "step": approval.step + 1}
        return _decided(row, actor, "approved", actions, after, comment, now)

    return _decide(principal, approval_id, step, "approved", act, content_digest=content_digest)


def reject(
    *, principal: Principal, actor: audit.Actor, approval_id: str, step: int | None, reason: str
) -> ApprovalRow:
    """Say no, for good; to what is approved already, as long as it is not used. Raises as `approve`."""

    def act(row: ApprovalRow, now: str) -> Transaction:
        entry = history_entry("rejected", actor, now, step=int(row.step), reason=reason)
        actions = [*ended(Status.REJECTED, now), ApprovalRow.history.set([*row.history, entry])]
        return _decided(row, actor, "rejected", actions, {"status": "rejected"}, reason, now)

    return _decide(principal, approval_id, step, "rejected", act, stops=True)


def _decide(
    principal: Principal,
    approval_id: str,
    step: int | None,
    deed: str,
    act: Any,
    *,
    content_digest: str | None = None,
    stops: bool = False,
) -> ApprovalRow:
    """Decide on one step: the one named, else the one that is due when it is first read."""
    wanted = step

    def once() -> None:
        nonlocal wanted
        row, now = find(principal=principal, approval_id=approval_id), clock.instant()
        if content_digest is not None and (content_digest != row.content_digest or not gate.intact(row)):
            raise domain.ContentChanged("what was read is not what was submitted")
        if _was_done(row, deed, principal.subject, step):
            return
        approval = row.to_domain()
        tied = bool(ties.tied(principal.subject, _concerned(row)))
        refusal = domain.decision_refusal(approval, checker(principal, row, tied=tied), now, stops=stops)
        if isinstance(refusal, AT_ONCE):
            raise refusal
        wanted = approval.step if wanted is None else wanted
        if wanted != approval.step:
            raise domain.StepTaken(f"step {approval.step} is due, not {wanted}")
        if refusal:
            raise refusal
        act(row, now).commit()

    store.retry_on_conflict(once)
    return find(principal=principal, approval_id=approval_id)


def _was_done(row: ApprovalRow, deed: str, staff_id: str, step: int | None) -> bool:
    """Return whether this checker made this decision on this step: its answer was lost."""
    return any((line["deed"], line["by"], line["step"]) == (deed, staff_id, step) for line in row.history)


def withdraw(
    *, principal: Principal, actor: audit.Actor, approval_id: str, reason: str | None
) -> ApprovalRow:
    """Take back what one has submitted. Raises Forbidden for others, NotSubmitted when it has ended."""

    def once() -> None:
        row, now = find(principal=principal, approval_id=approval_id), clock.instant()
        refusal = domain.withdrawal_refusal(row.to_domain(), principal.subject, now)
        if refusal:
            raise refusal
        entry = history_entry("withdrawn", actor, now, step=int(row.step), reason=reason)
        actions = [*ended(Status.WITHDRAWN, now), ApprovalRow.history.set([*row.history, entry])]
        _decided(row, actor, "withdrawn", actions, {"status": "withdrawn"}, reason, now).commit()

    store.retry_on_conflict(once)
    return find(principal=principal, approval_id=approval_id)


def _decided(
    row: ApprovalRow,
    actor: audit.Actor,
    what: str,
    actions: Sequence[Action],
    after: dict[str, Any],
    reason: str | None,
    now: str,
) -> Transaction:
    """The decision, while the approval is still as it was read and in time, and its entry in the trail."""
    transaction = Transaction()
    transaction.update(
        (ApprovalRow, row.approval_id),
        actions,
        (ApprovalRow.status == row.status)
        & (ApprovalRow.step == int(row.step))
        & (ApprovalRow.expires_at > now)
        & ApprovalRow.used_at.does_not_exist(),
        store.stale,
    )
    if after["status"] != Status.SUBMITTED.value:
        waiting.leave(transaction, row)
    record_audit(transaction, row, actor, what, after, reason)
    return transaction


def record_audit(
    transaction: Transaction,
    row: ApprovalRow,
    actor: audit.Actor,
    what: str,
    after: dict[str, Any],
    reason: str | None,
) -> None:
    """The audit entry of what became of an approval."""
    audit.record(
        transaction,
        actor=actor,
        action=f"approvals.{what}",
        subject_id=row.approval_id,
        ownership=row.ownership,
        before={"status": row.status, "step": int(row.step)},
        after={**after, "kind": row.kind, "of": row.subject_id, "content_digest": row.content_digest},
        reason=reason,
    )


def ended(status: Status, now: str) -> list[Action]:
    """Return the update of an approval that ends: it leaves the indexes of what is open."""
    return [
        ApprovalRow.status.set(status.value),
        ApprovalRow.ended_at.set(now),
        ApprovalRow.open_shard.remove(),
        ApprovalRow.unit_shard.remove(),
        ApprovalRow.due_key.remove(),
    ]
