"""The audit trail: who did what to what, when, from where, what it was before and after, and why.

An entry is a row of the same transaction as the change that it tells of: neither is ever there without the
other. Rows are only added (the functions' boundary denies everything else); the audit room chains them by
hash and shows them. `before`, `after` and `reason` hold no personal data: names of fields, or masked values.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from ulid import ULID

from bank import aws, clock, ids, store
from bank.access.principal import Ownership, Principal
from bank.store import Table, Transaction, WitnessJSON, table_name

# One actor, one unit or one day may have all the traffic: their index keys are spread, and readers merge.
ACTOR_SHARDS = 4
UNIT_SHARDS = 4
DAY_SHARDS = 8
# A change with more content than this is told by its digest: an entry has to fit into a block of the chain.
MAX_CONTENT_BYTES = 32 * 1024
SYSTEM, OPERATOR = "system", "operator"
# Who has not said yet who they are: at a login, say.
ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Actor:
    """Actor of an act. `kind` is a principal's kind, `system` for a job, `operator` for a command."""

    subject: str
    kind: str
    client_id: str = ""
    unit: str = ""
    session: str = ""
    source_ip: str = ""
    request_id: str = ""


class Request(Protocol):
    """A request, as far as an entry tells of it (`bank.http.Call`)."""

    @property
    def principal(self) -> Principal: ...
    @property
    def request_id(self) -> str: ...
    @property
    def source_ip(self) -> str: ...


def actor(call: Request) -> Actor:
    """Return the actor of this call."""
    principal = call.principal
    return Actor(
        subject=principal.actor_id or ANONYMOUS,
        kind=principal.kind.value,
        client_id=principal.client_id,
        unit=principal.unit,
        session=principal.session,
        source_ip=call.source_ip,
        request_id=call.request_id,
    )


def system(job: str) -> Actor:
    """The bank itself, by the name of the job or consumer that acts."""
    return Actor(subject=job, kind=SYSTEM)


def operator() -> Actor:
    """Return who runs a command, by the name that IAM has for them: `operator:user:wei.li`. Calls STS."""
    arn = aws.client("sts", read_timeout=3).get_caller_identity()["Arn"]
    return Actor(subject=f"{OPERATOR}:{arn.split(':', 5)[5].replace('/', ':')}", kind=OPERATOR)


class ByActor(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of entries by actor."""

    class Meta:
        index_name = "by_actor"
        projection = KeysOnlyProjection()

    actor_shard = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class BySubject(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of entries by subject. Not sharded: a change of one subject writes its one row, too."""

    class Meta:
        index_name = "by_subject"
        projection = KeysOnlyProjection()

    subject_id = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of entries by the unit that keeps the record."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_shard = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class ByDay(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of entries by business day."""

    class Meta:
        index_name = "by_day"
        projection = KeysOnlyProjection()

    day_shard = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class AuditEntryRow(Table):
    """One act. Its id sorts by time (ULID)."""

    class Meta:
        table_name = table_name("audit-entries")

    entry_id = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute()
    actor = UnicodeAttribute()
    actor_kind = UnicodeAttribute()
    actor_client = UnicodeAttribute(default="")
    actor_unit = UnicodeAttribute(default="")
    session = UnicodeAttribute(default="")
    source_ip = UnicodeAttribute(default="")
    request_id = UnicodeAttribute(default="")
    action = UnicodeAttribute()
    subject_id = UnicodeAttribute()
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute()
    customer_id = UnicodeAttribute(default="")
    before: JSONAttribute = WitnessJSON(null=True)
    after: JSONAttribute = WitnessJSON(null=True)
    reason = UnicodeAttribute(null=True)
    actor_shard = UnicodeAttribute()
    unit_shard = UnicodeAttribute()
    day_shard = UnicodeAttribute()
    by_actor = ByActor()
    by_subject = BySubject()
    by_unit = ByUnit()
    by_day = ByDay()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record that was acted on, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)


def record(
    transaction: Transaction,
    *,
    actor: Actor,
    action: str,
    subject_id: str,
    ownership: Ownership,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> str:
    """Add the entry of an act to the transaction that carries it out; the entry's id.

    `action` says room and deed (`staff.role_granted`), `subject_id` what it was done to, `ownership` whose
    that is. `before` and `after` are what changed, as JSON without personal data.
    """
    entry_id = ids.new("aud")
    transaction.create(
        AuditEntryRow(
            entry_id=entry_id,
            at=clock.instant(),
            actor=actor.subject,
            actor_kind=actor.kind,
            actor_client=actor.client_id,
            actor_unit=actor.unit,
            session=actor.session,
            source_ip=actor.source_ip,
            request_id=actor.request_id,
            action=action,
            subject_id=subject_id,
            client_id=ownership.client_id,
            unit_id=ownership.unit_id,
            customer_id=ownership.customer_id,
            before=_bounded(before),
            after=_bounded(after),
            reason=reason,
            actor_shard=_spread(actor.subject, entry_id, ACTOR_SHARDS),
            unit_shard=_spread(ownership.unit_id, entry_id, UNIT_SHARDS),
            day_shard=_spread(clock.business_date().isoformat(), entry_id, DAY_SHARDS),
        )
    )
    return entry_id


def acts_on(subject: str) -> list[AuditEntryRow]:
    """The acts on a subject, oldest first, as far as the index shows them. One query and one batch read."""
    found = [row.entry_id for row in AuditEntryRow.by_subject.query(subject)]
    return [row for row in store.get_many([(AuditEntryRow, entry_id) for entry_id in found]) if row]


def first_id(moment: datetime) -> str:
    """The least id that an entry of this moment can have."""
    millis = int(moment.timestamp() * 1000)
    return f"aud_{ULID.from_bytes(millis.to_bytes(6, 'big') + bytes(10))}"


def time_of(entry_id: str) -> datetime:
    """The moment that an id tells of, to the millisecond. Raises ValueError for what is no id of an entry."""
    return datetime.fromtimestamp(ULID.from_str(entry_id.removeprefix("aud_")).timestamp, UTC)


def actor_shards(actor: str) -> list[str]:
    """The index partitions of what somebody did."""
    return _shards(actor, ACTOR_SHARDS)


def unit_shards(unit_id: str) -> list[str]:
    """The index partitions of what was done to a unit's records."""
    return _shards(unit_id, UNIT_SHARDS)


def day_shards(day: str) -> list[str]:
    """The index partitions of a business day (`2026-01-15`)."""
    return _shards(day, DAY_SHARDS)


def _spread(key: str, entry_id: str, count: int) -> str:
    return f"{key}#{ids.shard(entry_id, count)}"


def _shards(key: str, count: int) -> list[str]:
    return [f"{key}#{shard}" for shard in range(count)]


def _bounded(content: dict[str, Any] | None) -> dict[str, Any] | None:
    if content is None or len(json.dumps(content, ensure_ascii=False).encode()) <= MAX_CONTENT_BYTES:
        return content
    return {"digest": ids.digest(content)}
