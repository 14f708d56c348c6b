"""Programmes: versions of the rules by which points are earned, of which one is live."""

from typing import Any

from bank import clock, errors, ids, rules, store
from bank.access.principal import THE_BANK
from bank.control import audit
from bank.rules import RulesBroken
from bank.store import Transaction, idempotency
from points import domain
from points.domain import Qualified, Terms
from points.tables import LIVE, PROGRAMMES, LiveRow, ProgrammeRow

POINTER: store.Key = (LiveRow, LIVE, LIVE)
# Programmes of this process; none of them ever changes.
_known: dict[str, ProgrammeRow] = {}
MOST_KNOWN = 64


class ProgrammeNotFound(errors.NotFound):
    """404: no such programme."""

    code, title = "programme_not_found", "Programme not found"


class AlreadyLive(errors.Conflict):
    """409: points are earned by this programme already."""

    code, title = "already_live", "Already live"


def forget() -> None:
    """Read every programme anew, as a new process does (tests)."""
    _known.clear()


def draft(
    *, programme_id: str, request_digest: str, content: Any, terms: Terms, note: str, actor: audit.Actor
) -> tuple[ProgrammeRow, bool]:
    """Keep a version whose rules can be taken; whether it was kept before. Raises Invalid, KeyReused."""
    _require_sound(content)
    row = ProgrammeRow(
        desk=PROGRAMMES,
        entry=programme_id,
        content=content,
        terms=terms.as_json(),
        digest=ids.digest({"content": content, "terms": terms.as_json()}),
        note=note,
        created_by=actor.subject,
        created_at=clock.instant(),
        request_digest=request_digest,
    )

    def act() -> ProgrammeRow:
        transaction = Transaction()
        transaction.create(row)
        _tell(transaction, actor, "drafted", programme_id, after={"digest": row.digest})
        transaction.commit()
        return row

    return idempotency.once(
        record=lambda: store.get(ProgrammeRow, PROGRAMMES, programme_id),
        request_digest=request_digest,
        act=act,
    )


def find(*, programme_id: str) -> tuple[ProgrammeRow, LiveRow | None]:
    """A programme, and which one is live. One round trip. Raises ProgrammeNotFound."""
    row, live = store.get_many([(ProgrammeRow, PROGRAMMES, programme_id), (LiveRow, LIVE, LIVE)])
    if row is None:
        raise ProgrammeNotFound(f"there is no programme {programme_id}")
    return row, live


def list_programmes(*, after: str | None, limit: int) -> tuple[list[ProgrammeRow], str | None]:
    """A page of programmes, oldest first, and the key to go on after."""
    condition = ProgrammeRow.entry > after if after else None
    found = list(store.query(ProgrammeRow, PROGRAMMES, condition, limit=limit + 1))
    return store.page(found[: limit + 1], limit, lambda row: str(row.entry))


def live() -> LiveRow | None:
    """Pointer to the live programme. One round trip."""
    return store.get(LiveRow, LIVE, LIVE)


def activate(*, programme_id: str, actor: audit.Actor) -> ProgrammeRow:
    """Let points be earned by this programme from now on. Raises ProgrammeNotFound, AlreadyLive.

    What was earned by the one before keeps its points and terms.
    """

    def act() -> ProgrammeRow:
        row, before = find(programme_id=programme_id)
        if before and before.programme_id == programme_id:
            raise AlreadyLive(f"{programme_id} is live")
        _require_intact(row)
        transaction = Transaction()
        pointed = LiveRow.programme_id == before.programme_id if before else LiveRow.desk.does_not_exist()
        transaction.update(
            (LiveRow, LIVE, LIVE),
            [
                LiveRow.programme_id.set(programme_id),
                LiveRow.digest.set(row.digest),
                LiveRow.since.set(clock.instant()),
            ],
            pointed,
            store.stale,
        )
        _tell(
            transaction,
            actor,
            "activated",
            programme_id,
            before={"live": before.programme_id if before else None},
            after={"live": programme_id, "digest": row.digest, "terms": row.terms},
        )
        transaction.commit()
        return row

    return store.retry_on_conflict(act)


def known(programme_id: str, digest: str | None = None) -> ProgrammeRow:
    """A programme as it was approved (`digest`); read once in a process. Raises RulesBroken."""
    row = _known.get(programme_id)
    if row is None:
        row = store.get(ProgrammeRow, PROGRAMMES, programme_id)
        if row is None:
            raise RulesBroken(f"the programme {programme_id} is missing")
        if len(_known) >= MOST_KNOWN:
            _known.pop(next(iter(_known)))
        _known[programme_id] = row
    if row.found_digest != (digest or row.digest):
        raise RulesBroken(f"{programme_id} is not what was approved")
    return row


def points_of(live: LiveRow, amount: int, facts: dict[str, Any], qualified: Qualified) -> int:
    """The points that the live programme gives a customer for a payment. Raises RulesBroken."""
    row = known(live.programme_id, live.digest)
    model, terms = rules.compiled(live.programme_id, row.content, domain.MODEL), row.to_terms()
    return domain.earned(amount, rules.evaluate(model, facts), terms, qualified.tier(terms.tiers))


def _require_intact(row: ProgrammeRow) -> None:
    if row.found_digest != row.digest:
        raise errors.Altered(f"{row.entry} is not what was drafted")
    _require_sound(row.content)


def _require_sound(content: Any) -> None:
    found = rules.faults(content, domain.MODEL)
    if found:
        wrong = [{"field": "content", "message": fault} for fault in found[:20]]
        raise errors.Invalid("the rules cannot be taken", errors=wrong)


def _tell(transaction: Transaction, actor: audit.Actor, what: str, programme_id: str, **details: Any) -> None:
    audit.record(
        transaction,
        actor=actor,
        action=f"points.programme_{what}",
        subject_id=programme_id,
        ownership=THE_BANK,
        **details,
    )
