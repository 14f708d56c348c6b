"""The live rule set: approved by somebody else, activated, gone back to; versions in its shadow."""

from typing import Any

from bank import clock, store
from bank.access.principal import THE_BANK
from bank.control import approval, audit
from bank.control.approval.rules import RULE_SETS_KIND
from bank.risk.tables import LiveRow, live_key
from bank.store import Transaction
from risk.domain import rule_sets as domain
from risk.domain.rule_sets import Status
from risk.service.rule_sets import RuleSet, find, history_entry, record_audit, require_sound
from risk.tables import RULES, RuleSetRow


def submit(*, rule_set_id: str, actor: audit.Actor) -> RuleSet:
    """Ask for the approval of exactly this version."""

    def act() -> None:
        found = find(rule_set_id=rule_set_id)
        row = found.row
        domain.check_submittable(Status(row.status))
        require_sound(found.content.content)
        transaction = Transaction()
        approval_id = approval.submit(
            transaction,
            kind=RULE_SETS_KIND,
            subject_id=rule_set_id,
            content_digest=found.digest,
            ownership=THE_BANK,
            actor=actor,
            summary={"product": row.product, "note": row.note, "posture": row.posture},
        )
        _changed(transaction, row, actor, "submitted", None, status=Status.SUBMITTED, approval_id=approval_id)
        transaction.commit()

    store.retry_on_conflict(act)
    return find(rule_set_id=rule_set_id)


def activate(*, rule_set_id: str, approval_id: str, actor: audit.Actor) -> RuleSet:
    """Make the approved version live. Raises NotApproved, ContentChanged, AlreadyLive.

    What is required to be approved is the digest of the content as it is stored now, not as it was submitted.
    """

    def act() -> None:
        found = find(rule_set_id=rule_set_id)
        domain.check_not_live(rule_set_id, found.pointer)
        require_sound(found.content.content)
        transaction = Transaction()
        approval.require(
            transaction,
            approval_id=approval_id,
            kind=RULE_SETS_KIND,
            subject_id=rule_set_id,
            content_digest=found.digest,
        )
        _make_live(transaction, found, actor, "activated", None)
        transaction.commit()

    store.retry_on_conflict(act)
    return find(rule_set_id=rule_set_id)


def roll_back(*, rule_set_id: str, reason: str, actor: audit.Actor) -> RuleSet:
    """Make a version live again that was approved and live before: at once, since time is short then."""

    def act() -> None:
        found = find(rule_set_id=rule_set_id)
        domain.check_rollback(Status(found.row.status), rule_set_id, found.pointer)
        if found.digest != found.row.digest:
            raise approval.ContentChanged("the stored content is not what was approved")
        require_sound(found.content.content)
        transaction = Transaction()
        _make_live(transaction, found, actor, "rolled_back", reason)
        transaction.commit()

    store.retry_on_conflict(act)
    return find(rule_set_id=rule_set_id)


def shadow(*, rule_set_id: str, on: bool, actor: audit.Actor) -> RuleSet:
    """Start or stop running a version beside the live one, without effect."""

    def act() -> None:
        found = find(rule_set_id=rule_set_id)
        change = domain.shadows_with if on else domain.shadows_without
        shadows = change(found.pointer, rule_set_id)
        if shadows == found.pointer.shadows:
            return
        if on:
            require_sound(found.content.content)
        transaction = Transaction()
        _point(transaction, found, found.pointer.version, shadows)
        before, after = ({"shadows": sorted(each)} for each in (found.pointer.shadows, shadows))
        what = "shadowed" if on else "unshadowed"
        _changed(transaction, found.row, actor, what, None, before=before, after=after)
        _record_pointed(transaction, found, actor, {"live": found.pointer.version}, shadows)
        transaction.commit()

    store.retry_on_conflict(act)
    return find(rule_set_id=rule_set_id)


def _make_live(
    transaction: Transaction, found: RuleSet, actor: audit.Actor, what: str, reason: str | None
) -> None:
    rule_set_id = str(found.row.entry)
    shadows = domain.shadows_without(found.pointer, rule_set_id)
    _point(transaction, found, rule_set_id, shadows)
    live = {"live": rule_set_id, "digest": found.row.digest}
    before = {"live": found.pointer.version}
    _changed(transaction, found.row, actor, what, reason, status=Status.ACTIVATED, before=before, after=live)
    _record_pointed(transaction, found, actor, live, shadows)


def _point(transaction: Transaction, found: RuleSet, live: str | None, shadows: tuple[str, ...]) -> None:
    """Move the pointer, only while it is where it was read; its posture is that of the live version."""
    actions = [LiveRow.shadows.set(list(shadows)), LiveRow.changed_at.set(clock.instant())]
    if live is not None and live != found.pointer.version:
        actions += [LiveRow.version.set(live), LiveRow.posture.set(found.row.posture)]
    before = found.pointer
    unmoved = LiveRow.version == before.version if before.version else LiveRow.version.does_not_exist()
    if before.shadows:
        unmoved &= LiveRow.shadows == list(before.shadows)
    else:
        unmoved &= LiveRow.shadows.does_not_exist() | (LiveRow.shadows == [])
    transaction.update((LiveRow, live_key(found.row.product)), actions, unmoved, store.stale)


def _record_pointed(
    transaction: Transaction,
    found: RuleSet,
    actor: audit.Actor,
    live: dict[str, Any],
    shadows: tuple[str, ...],
) -> None:
    """Tell of the product's pointer itself: by it the verification knows which of the approved is live."""
    audit.record(
        transaction,
        actor=actor,
        action="risk.live_changed",
        subject_id=live_key(found.row.product),
        ownership=THE_BANK,
        before={"live": found.pointer.version, "shadows": sorted(found.pointer.shadows)},
        after={**live, "shadows": sorted(shadows)},
    )


def _changed(
    transaction: Transaction,
    row: RuleSetRow,
    actor: audit.Actor,
    what: str,
    reason: str | None,
    *,
    status: Status | None = None,
    approval_id: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    history = [*row.history, history_entry(what, actor, reason)][-domain.HISTORY :]
    actions = [RuleSetRow.history.set(history), RuleSetRow.version.set(int(row.version) + 1)]
    if status:
        actions.append(RuleSetRow.status.set(status.value))
    if approval_id:
        actions.append(RuleSetRow.approval_id.set(approval_id))
    unchanged = RuleSetRow.version == int(row.version)
    transaction.update((RuleSetRow, RULES, str(row.entry)), actions, unchanged, store.stale)
    record_audit(transaction, actor, what, row, before=before, after=after, reason=reason)
