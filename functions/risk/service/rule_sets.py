"""Rule sets: kept as drafts that are never changed, found, listed."""

from dataclasses import dataclass
from typing import Any

from bank import clock, errors, store
from bank.access.principal import THE_BANK
from bank.control import audit
from bank.risk.rule_sets import digest_of, faults
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from bank.store import Transaction, idempotency
from risk.domain.rule_sets import PRODUCTS, Pointer, Status
from risk.tables import RULES, RuleSetRow


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

    @property
    def digest(self) -> str:
        """Digest of the content as it is stored now, whatever was submitted."""
        content = self.content
        return digest_of(self.row.product, content.content, content.caps, self.row.posture)


def create(*, draft: Draft, actor: audit.Actor) -> tuple[RuleSet, bool]:
    """Keep a draft whose model compiles and names no fact that is not there. Raises Invalid, KeyReused."""
    require_sound(draft.content)
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
        history=[history_entry("drafted", actor, draft.note)],
        request_digest=draft.request_digest,
    )
    content = ContentRow(
        rules_key=content_key(draft.rule_set_id), content=draft.content, caps=draft.caps, digest=row.digest
    )
    transaction = Transaction()
    transaction.create(row)
    transaction.create(content)
    record_audit(transaction, actor, "drafted", row, after={"product": draft.product, "digest": row.digest})
    try:
        transaction.commit()
    except store.AlreadyExists:
        stored = find(rule_set_id=draft.rule_set_id)
        if stored.row.request_digest != draft.request_digest:
            raise idempotency.KeyReused("this Idempotency-Key was used with another body") from None
        return stored, True
    return RuleSet(row, content, _pointer(store.get(LiveRow, live_key(draft.product)))), False


def require_sound(content: Any) -> None:
    """Require that a model would be loaded: before it is kept, tried, approved or live. Raises Invalid.

    What an earlier release kept may be refused by this one.
    """
    found = faults(content)
    if found:
        wrong = [{"field": "content", "message": fault} for fault in found[:20]]
        raise errors.Invalid("the model cannot be taken", errors=wrong)


def find(*, rule_set_id: str) -> RuleSet:
    """A rule set. Two round trips. Raises RuleSetNotFound."""
    row, content = store.get_many([(RuleSetRow, RULES, rule_set_id), (ContentRow, content_key(rule_set_id))])
    if row is None or content is None:
        raise RuleSetNotFound(f"there is no rule set {rule_set_id}")
    return RuleSet(row, content, _pointer(store.get(LiveRow, live_key(row.product))))


@dataclass(frozen=True)
class Refused:
    """A rule set of the stage that would not be loaded; `place` is live, shadow or kept."""

    rule_set_id: str
    product: str
    place: str
    faults: list[str]


def check_all() -> tuple[int, list[Refused]]:
    """Check every rule set that there is as loading does: how many there are, and those refused."""
    rows = list(store.query(RuleSetRow, RULES))
    known = pointers(products=list(PRODUCTS))
    refused = []
    for row in rows:
        content = store.get(ContentRow, content_key(row.entry))
        found = faults(content.content) if content else ["its content is missing"]
        if found:
            pointer = known[row.product]
            place = (
                "live"
                if row.entry == pointer.version
                else "shadow"
                if row.entry in pointer.shadows
                else "kept"
            )
            refused.append(Refused(str(row.entry), row.product, place, found[:5]))
    return len(rows), refused


def list_rule_sets(
    *, product: str | None, after: str | None, limit: int
) -> tuple[list[RuleSetRow], str | None]:
    """A page of rule sets by id, and the key to go on after."""
    condition = RuleSetRow.entry > after if after else None

    def shown(batch: list[RuleSetRow]) -> list[RuleSetRow | None]:
        return [row if product in (None, row.product) else None for row in batch]

    found = store.query(RuleSetRow, RULES, condition)
    return store.sift(found, shown, limit=limit, place=lambda row: str(row.entry))


def pointers(*, products: list[str]) -> dict[str, Pointer]:
    """Return the live and shadow versions of each product. One round trip."""
    rows = store.get_many([(LiveRow, live_key(product)) for product in products])
    return {product: _pointer(row) for product, row in zip(products, rows, strict=True)}


def record_audit(
    transaction: Transaction, actor: audit.Actor, what: str, row: RuleSetRow, **details: Any
) -> None:
    """Add to the transaction that this was done with the rule set."""
    audit.record(
        transaction,
        actor=actor,
        action=f"risk.rule_set_{what}",
        subject_id=str(row.entry),
        ownership=THE_BANK,
        **details,
    )


def history_entry(what: str, actor: audit.Actor, reason: str | None) -> dict[str, str | None]:
    """Something done with a rule set, as its row keeps it."""
    return {"what": what, "at": clock.instant(), "by": actor.subject, "reason": reason}


def _pointer(row: LiveRow | None) -> Pointer:
    return Pointer(row.version, tuple(row.shadows or ())) if row else Pointer(None, ())
