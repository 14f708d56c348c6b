"""Maker-checker for rooms: submit something, and require its approval when it is done."""

from datetime import timedelta
from typing import Any

from bank import clock, errors, ids, store
from bank.access.principal import Ownership
from bank.config import config
from bank.control import audit
from bank.control.approval import rules, waiting
from bank.control.approval.domain import ContentChanged, Level, Status
from bank.control.approval.tables import ApprovalRow, maker_shard, open_shard, unit_shard
from bank.store import Item, Transaction


class NotApproved(errors.Conflict):
    """409: there is no approval that allows this: not decided, rejected, expired, or used already."""

    code, title = "not_approved", "Not approved"


def key(approval_id: str) -> store.Key:
    """The approval in a batch read."""
    return (ApprovalRow, approval_id)


def submit(
    transaction: Transaction,
    *,
    kind: str,
    subject_id: str,
    content_digest: str,
    ownership: Ownership,
    actor: audit.Actor,
    amount: int | None = None,
    currency: str | None = None,
    summary: dict[str, Any],
    approval_id: str | None = None,
) -> str:
    """Add the request for an approval to the transaction that keeps what is to be approved; its id.

    `content_digest` is of the canonical content (`ids.digest`): nothing else will be approved. `summary` is
    what a checker reads, without personal data. Adds three operations: the approval, its audit entry, and its
    maker's count of what waits. Committing raises TooManyWait.
    """
    approval_id, now = approval_id or ids.new("apr"), clock.now()
    rule = rules.live(kind)
    levels = rule.levels(amount, in_home_currency=currency == config.home_currency)
    expires_at = clock.instant(now + timedelta(hours=rule.decide_hours))
    waits_at_unit = levels[0] is Level.BRANCH
    row = ApprovalRow(
        approval_id=approval_id,
        kind=kind,
        subject_id=subject_id,
        content_digest=content_digest,
        amount=amount,
        currency=currency,
        summary=summary,
        client_id=ownership.client_id,
        unit_id=ownership.unit_id,
        customer_id=ownership.customer_id,
        maker=actor.subject,
        maker_unit=actor.unit,
        permission=rule.permission,
        levels=[level.value for level in levels],
        use_hours=rule.use_hours,
        delay_hours=rule.delay_hours,
        rule_version=rule.version,
        checkers=[],
        counted=True,
        history=[history_entry("submitted", actor, clock.instant(now), step=0)],
        submitted_at=clock.instant(now),
        expires_at=expires_at,
        maker_shard=maker_shard(actor.subject, approval_id),
        open_shard=open_shard(approval_id),
        unit_shard=unit_shard(ownership.unit_id, approval_id) if waits_at_unit else None,
        due_key=f"{expires_at}#{approval_id}",
    )
    transaction.create(row)
    waiting.count(transaction, actor.subject)
    audit.record(
        transaction,
        actor=actor,
        action="approvals.submitted",
        subject_id=approval_id,
        ownership=ownership,
        after={"kind": kind, "of": subject_id, "content_digest": content_digest, "levels": row.levels},
    )
    return approval_id


def require(
    transaction: Transaction,
    *,
    approval_id: str,
    kind: str,
    subject_id: str,
    content_digest: str,
    maker: str | None = None,
    use: str | None = None,
) -> None:
    """Let the transaction happen only by this approval, and use it up. Adds one operation.

    Where `maker` is given, nobody else uses it; all transactions of one `use` may. Committing raises
    ContentChanged where the content is not what was approved, and NotApproved where it was not approved, is
    too old, or was used before.
    """
    now = clock.instant()

    def refused(item: Item | None) -> Exception:
        row = ApprovalRow.from_item(item) if item else None
        others = row and maker and row.maker != maker
        if row is None or others or (row.kind, row.subject_id) != (kind, subject_id):
            return NotApproved("there is no such approval for this")
        return _refusal(row, content_digest, use, now)

    unused = ApprovalRow.used_at.does_not_exist()
    if use:
        unused = unused | (ApprovalRow.used_by == use)
    holds = (
        (ApprovalRow.status == Status.APPROVED.value)
        & (ApprovalRow.kind == kind)
        & (ApprovalRow.subject_id == subject_id)
        & (ApprovalRow.content_digest == content_digest)
        & (ApprovalRow.expires_at > now)
        & (ApprovalRow.usable_from.does_not_exist() | (ApprovalRow.usable_from <= now))
        & unused
    )
    if maker:
        holds = holds & (ApprovalRow.maker == maker)
    used = [ApprovalRow.used_at.set(now), *([ApprovalRow.used_by.set(use)] if use else [])]
    transaction.update((ApprovalRow, approval_id), used, holds, refused)


def _refusal(row: ApprovalRow, content_digest: str, use: str | None, now: str) -> Exception:
    """Return why an approval of this act does not allow it."""
    if row.used_at and not (use and row.used_by == use):
        return NotApproved("its approval was used already")
    if row.content_digest != content_digest:
        return ContentChanged("it is not, or no longer, what was submitted: submit it again")
    if row.status != Status.APPROVED.value:
        return NotApproved(f"its approval is {row.to_domain().status_at(now).value}")
    if row.usable_from and row.usable_from > now:
        return NotApproved(f"its approval may be used from {row.usable_from} on")
    return NotApproved("its approval is too old")


def history_entry(
    name: str, actor: audit.Actor, at: str, *, step: int, reason: str | None = None
) -> dict[str, Any]:
    """A line of an approval's history."""
    return {"deed": name, "by": actor.subject, "unit": actor.unit, "at": at, "step": step, "reason": reason}
