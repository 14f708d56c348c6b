"""Staff's work on cases: look into them, decide on held money, close, reopen, snooze, link.

Each action is one transaction on the revision of the case that was read, with a line in the case's diary and
an entry in the audit trail; what the caller may not see is not found.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, ids, store
from bank.access.principal import Principal
from bank.control import audit, stake
from bank.control.audit import Actor
from bank.store import Transaction
from cases import domain
from cases.domain import CaseNotFound, Decision, Outcome, ReviewStatus, Status
from cases.tables import LINK, NOTE, REVIEW, CaseRow, NoteRow, ReviewRow, SubjectRow, key

Step = Callable[[Transaction, CaseRow], Sequence[Action]]


def find(principal: Principal, case_id: str) -> CaseRow:
    """A case that the caller may see. Raises CaseNotFound."""
    row = store.get(*key(case_id))
    missing = CaseNotFound(f"there is no case {case_id}")
    if not isinstance(row, CaseRow):
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def assign(*, principal: Principal, actor: Actor, case_id: str, assignee: str) -> CaseRow:
    """Give the case to a member of staff; an open one is under investigation from then on."""

    def step(transaction: Transaction, case: CaseRow) -> Sequence[Action]:
        _require_open(case)
        return [CaseRow.assigned_to.set(assignee), *_moved(case, Status.INVESTIGATING)]

    return _act(principal, actor, case_id, "assigned", step, text=assignee)


def comment(*, principal: Principal, actor: Actor, case_id: str, text: str) -> CaseRow:
    """Write into the case's diary, closed or not."""
    return _act(principal, actor, case_id, "commented", lambda _transaction, _case: [], text=text)


def close(*, principal: Principal, actor: Actor, case_id: str, outcome: Outcome, reason: str) -> CaseRow:
    """Close with an outcome. Raises CaseIsClosed, ReviewsPending."""

    def step(transaction: Transaction, case: CaseRow) -> Sequence[Action]:
        refusal = domain.closing_refusal(Status(case.status), int(case.pending_reviews))
        if refusal:
            raise refusal
        if case.subject:
            _release_subject(transaction, case)
        return [
            CaseRow.outcome.set(outcome.value),
            CaseRow.reason.set(reason),
            CaseRow.closed_at.set(clock.instant()),
            *_moved(case, Status.CLOSED),
        ]

    return _act(principal, actor, case_id, f"closed as {outcome}", step, text=reason)


def _release_subject(transaction: Transaction, case: CaseRow) -> None:
    """The next alert about the same opens a case of its own."""
    named = store.get(SubjectRow, case.subject or "")
    if named is not None and named.case_id == case.case_id:
        transaction.update(
            (SubjectRow, named.subject),
            [SubjectRow.case_id.remove()],
            SubjectRow.case_id == case.case_id,
            store.stale,
        )


def reopen(*, principal: Principal, actor: Actor, case_id: str, reason: str) -> CaseRow:
    """Take up a closed case again. Raises CaseNotClosed."""

    def step(transaction: Transaction, case: CaseRow) -> Sequence[Action]:
        if case.status != Status.CLOSED:
            raise domain.CaseNotClosed("this case is not closed")
        return [
            CaseRow.outcome.remove(),
            CaseRow.closed_at.remove(),
            *_moved(case, Status.INVESTIGATING),
        ]

    return _act(principal, actor, case_id, "reopened", step, text=reason)


def link(*, principal: Principal, actor: Actor, case_id: str, other_id: str, reason: str) -> CaseRow:
    """Say that two cases belong together; both show it. Linking again changes nothing."""
    other = find(principal, other_id)

    def step(transaction: Transaction, case: CaseRow) -> Sequence[Action]:
        pairs = ((case.case_id, other.case_id), (other.case_id, case.case_id))
        for here, there in pairs if case.case_id != other.case_id else ():
            if store.get(NoteRow, here, f"{LINK}{there}") is None:
                transaction.create(_note(here, f"{LINK}{there}", there, actor, reason), store.stale)
        return []

    return _act(principal, actor, case_id, "linked", step, text=f"{other_id}: {reason}")


def snooze(*, principal: Principal, actor: Actor, case_id: str, until: datetime, reason: str) -> CaseRow:
    """Open no cases about this case's customer until then; held money still does. Raises NothingToSnooze."""

    def step(transaction: Transaction, case: CaseRow) -> Sequence[Action]:
        if not case.customer_id or not case.subject:
            raise domain.NothingToSnooze("this case is about no customer")
        transaction.update(
            (SubjectRow, case.subject),
            [SubjectRow.snoozed_until.set(clock.instant(until))],
            SubjectRow.subject.exists(),
            store.stale,
        )
        return []

    return _act(principal, actor, case_id, "snoozed", step, text=f"{clock.instant(until)}: {reason}")


def decide(
    *, principal: Principal, actor: Actor, case_id: str, record_id: str, decision: Decision, reason: str
) -> ReviewRow:
    """Release or reject held money, once. Raises ReviewNotFound, ReviewIsDecided."""
    find(principal, case_id)
    decided = domain.DECIDED[decision]

    def step(transaction: Transaction, case: CaseRow) -> Sequence[Action]:
        review = store.get(ReviewRow, case_id, f"{REVIEW}{record_id}")
        if review is None:
            raise domain.ReviewNotFound(f"case {case_id} holds no record {record_id}")
        if review.status != ReviewStatus.PENDING:
            raise domain.ReviewIsDecided(f"{record_id} is {review.status}")
        stake.about(int(review.amount), review.currency)
        transaction.update(
            (ReviewRow, case_id, review.record),
            [
                ReviewRow.status.set(decided.value),
                ReviewRow.decided_by.set(actor.subject),
                ReviewRow.decided_at.set(clock.instant()),
                ReviewRow.reason.set(reason),
            ],
            ReviewRow.status == ReviewStatus.PENDING.value,
            store.stale,
        )
        return [CaseRow.pending_reviews.set(CaseRow.pending_reviews - 1)]

    _act(principal, actor, case_id, f"{decided} {record_id}", step, text=reason)
    review = store.get(ReviewRow, case_id, f"{REVIEW}{record_id}")
    assert review is not None, "a review is never deleted"
    return review


def _require_open(case: CaseRow) -> None:
    refusal = domain.work_refusal(Status(case.status))
    if refusal:
        raise refusal


def _moved(case: CaseRow, status: Status) -> list[Action]:
    """The actions that file the case under another status."""
    moved = CaseRow(case_id=case.case_id, unit_id=case.unit_id, status=status.value, opened_at=case.opened_at)
    moved.file()
    return [
        CaseRow.status.set(status.value),
        CaseRow.unit_status.set(moved.unit_status),
        CaseRow.status_shard.set(moved.status_shard),
    ]


def _act(
    principal: Principal, actor: Actor, case_id: str, what: str, step: Step, *, text: str | None
) -> CaseRow:
    def attempt() -> None:
        case = find(principal, case_id)
        transaction = Transaction()
        actions = step(transaction, case)
        now = clock.instant()
        transaction.update(
            key(case_id),
            [*actions, CaseRow.updated_at.set(now), CaseRow.revision.set(CaseRow.revision + 1)],
            CaseRow.revision == int(case.revision),
            store.stale,
        )
        transaction.create(_note(case_id, f"{NOTE}{now}#{ids.new('note')}", what, actor, text), store.stale)
        audit.record(
            transaction,
            actor=actor,
            action=f"cases.{what.split()[0]}",
            subject_id=case_id,
            ownership=case.ownership,
            before=_found(case, what),
            after={"what": what},
            # What somebody wrote into the diary may be about a person, and stays there.
            reason=None if what == "commented" else text,
        )
        transaction.commit()

    store.retry_on_conflict(attempt)
    return find(principal, case_id)


def _found(case: CaseRow, what: str) -> dict[str, Any]:
    """Return what an act found. A release is approved for held money, whoever has the case by then."""
    if what.startswith(ReviewStatus.RELEASED):
        return {"review": ReviewStatus.PENDING.value}
    return {"status": case.status, "assigned_to": case.assigned_to}


def _note(case_id: str, record: str, what: str, actor: Actor, text: str | None) -> NoteRow:
    return NoteRow(
        case_id=case_id,
        record=record,
        what=what,
        author=actor.subject,
        text=text,
        noted_at=clock.instant(),
    )
