"""Rule sets: drafted, approved by somebody else, activated; run in the shadow; gone back to."""

from dataclasses import dataclass
from typing import Any

from bank import clock, errors, ids, rules, store
from bank.control import approval, audit
from bank.risk import facts, replay
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from bank.store import Transaction, idempotency
from risk.domain import rule_sets as domain
from risk.domain.rule_sets import Pointer, Status
from risk.service.access import HEAD_OFFICE
from risk.tables import RULES, RuleSetRow

KIND = "risk.rule_set"
# The worst that facts of these types can say.
WORST: dict[type, Any] = {int: 10**12, bool: True, str: "watch"}


class RuleSetNotFound(errors.NotFound):
    """404: no such rule set."""

    code, title = "rule_set_not_found", "Rule set not found"


@dataclass(frozen=True)
class Draft:
    """A version to keep. `content` is a JDM document, `caps` bounds by window, `posture` an outcome."""

    rule_set_id: str
    request_digest: str
    product: str
    content: dict[str, Any]
    caps: dict[str, Any]
    posture: str
    note: str


@dataclass(frozen=True)
class RuleSet:
    """A rule set as it stands: its row, its content, and its product's pointer."""

    row: RuleSetRow
    content: ContentRow
    pointer: Pointer

    @property
    def live(self) -> bool:
        """Return whether it judges now."""
        return self.pointer.version == str(self.row.entry)

    @property
    def shadowed(self) -> bool:
        """Return whether it runs beside the live version."""
        return str(self.row.entry) in self.pointer.shadows


def create(*, draft: Draft, actor: audit.Actor) -> tuple[RuleSet, bool]:
    """Keep a draft whose model compiles and names no fact that is not there. Raises Invalid, KeyReused."""
    faults = _faults(draft)
    if faults:
        wrong = [{"field": "content", "message": fault} for fault in faults[:20]]
        raise errors.Invalid("the model cannot be taken", errors=wrong)
    row = RuleSetRow(
        desk=RULES,
        entry=draft.rule_set_id,
        product=draft.product,
        note=draft.note,
        posture=draft.posture,
        digest=digest_of(draft.product, draft.content, draft.caps, draft.posture),
        status=Status.DRAFT.value,
        created_by=actor.subject,
        created_at=clock.instant(),
        history=[_history_entry("drafted", actor, draft.note)],
        request_digest=draft.request_digest,
    )
    content = ContentRow(
        rules_key=content_key(draft.rule_set_id), content=draft.content, caps=draft.caps, digest=row.digest
    )
    transaction = Transaction()
    transaction.create(row)
    transaction.create(content)
    _audited(transaction, actor, "drafted", row, after={"product": draft.product, "digest": row.digest})
    try:
        transaction.commit()
    except store.AlreadyExists:
        stored = find(rule_set_id=draft.rule_set_id)
        if stored.row.request_digest != draft.request_digest:
            raise idempotency.KeyReused("this Idempotency-Key was used with another body") from None
        return stored, True
    return RuleSet(row, content, _pointer(store.get(LiveRow, live_key(draft.product)))), False


def _faults(draft: Draft) -> list[str]:
    """Return the model's faults: found in it, or in its answers to sample facts, best and worst."""
    found = rules.faults(draft.content, facts.PATHS)
    if found:
        return found
    worst = {path: WORST[kind] for path, kind, _ in facts.SCHEMA[facts.VERSION]}
    try:
        for flat in ({}, worst):
            replay(draft.content, facts.pack(facts.nested(flat)))
    except rules.RulesBroken as error:
        return [str(error)]
    return []


def digest_of(product: str, content: Any, caps: Any, posture: str) -> str:
    """Return the digest that is approved: of everything that decides about money, and nothing else."""
    return ids.digest({"product": product, "content": content, "caps": caps, "posture": posture})


def find(*, rule_set_id: str) -> RuleSet:
    """A rule set. Two round trips. Raises RuleSetNotFound."""
    row, content = store.get_many([(RuleSetRow, RULES, rule_set_id), (ContentRow, content_key(rule_set_id))])
    if row is None or content is None:
        raise RuleSetNotFound(f"there is no rule set {rule_set_id}")
    return RuleSet(row, content, _pointer(store.get(LiveRow, live_key(row.product))))


def listed(*, product: str | None, after: str | None, limit: int) -> tuple[list[RuleSetRow], str | None]:
    """A page of rule sets by id, and the key to go on after."""
    condition = RuleSetRow.entry > after if after else None
    found = [
        row for row in store.query(RuleSetRow, RULES, condition) if product is None or row.product == product
    ]
    return found[:limit], found[limit - 1].entry if len(found) > limit else None


def pointers(*, products: list[str]) -> dict[str, Pointer]:
    """Return the live and shadow versions of each product. One round trip."""
    rows = store.get_many([(LiveRow, live_key(product)) for product in products])
    return {product: _pointer(row) for product, row in zip(products, rows, strict=True)}


def submit(*, rule_set_id: str, actor: audit.Actor) -> RuleSet:
    """Ask for the approval of exactly this version."""

    def act() -> None:
        found = find(rule_set_id=rule_set_id)
        row = found.row
        domain.check_submittable(Status(row.status))
        transaction = Transaction()
        approval_id = approval.submit(
            transaction,
            kind=KIND,
            subject_id=rule_set_id,
            content_digest=_digest(found),
            ownership=HEAD_OFFICE,
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
        transaction = Transaction()
        approval.require(
            transaction,
            approval_id=approval_id,
            kind=KIND,
            subject_id=rule_set_id,
            content_digest=_digest(found),
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
        if _digest(found) != found.row.digest:
            raise approval.ContentChanged("the stored content is not what was approved")
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
        transaction = Transaction()
        _point(transaction, found, found.pointer.version, shadows)
        _changed(transaction, found.row, actor, "shadowed" if on else "unshadowed", None)
        transaction.commit()

    store.retry_on_conflict(act)
    return find(rule_set_id=rule_set_id)


def _make_live(
    transaction: Transaction, found: RuleSet, actor: audit.Actor, what: str, reason: str | None
) -> None:
    rule_set_id = str(found.row.entry)
    _point(transaction, found, rule_set_id, domain.shadows_without(found.pointer, rule_set_id))
    _changed(
        transaction,
        found.row,
        actor,
        what,
        reason,
        status=Status.ACTIVATED,
        before={"live": found.pointer.version},
        after={"live": rule_set_id, "digest": found.row.digest},
    )


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
    history = [*row.history, _history_entry(what, actor, reason)][-domain.HISTORY :]
    actions = [RuleSetRow.history.set(history), RuleSetRow.version.set(int(row.version) + 1)]
    if status:
        actions.append(RuleSetRow.status.set(status.value))
    if approval_id:
        actions.append(RuleSetRow.approval_id.set(approval_id))
    unchanged = RuleSetRow.version == int(row.version)
    transaction.update((RuleSetRow, RULES, str(row.entry)), actions, unchanged, store.stale)
    _audited(transaction, actor, what, row, before=before, after=after, reason=reason)


def _audited(
    transaction: Transaction, actor: audit.Actor, what: str, row: RuleSetRow, **details: Any
) -> None:
    audit.record(
        transaction,
        actor=actor,
        action=f"risk.rule_set_{what}",
        subject_id=str(row.entry),
        ownership=HEAD_OFFICE,
        **details,
    )


def _history_entry(what: str, actor: audit.Actor, reason: str | None) -> dict[str, str | None]:
    return {"what": what, "at": clock.instant(), "by": actor.subject, "reason": reason}


def _digest(found: RuleSet) -> str:
    content = found.content
    return digest_of(found.row.product, content.content, content.caps, found.row.posture)


def _pointer(row: LiveRow | None) -> Pointer:
    return Pointer(row.version, tuple(row.shadows or ())) if row else Pointer(None, ())
