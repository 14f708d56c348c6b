"""Authority against the acts that gave it: clients, keys, members of staff, approvals, rules.

A row that somebody wrote past the functions says something that no act in the audit trail says. Only what can
still be used is looked at, and only once its newest act is older than what is on its way may be.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from audit.service.verifying.run import Run
from audit.settings import settings
from bank import clock, ids, store
from bank.access.clients import ClientRow
from bank.access.organisation import HEAD_OFFICE
from bank.access.signatures import ClientKeyRow
from bank.control.approval.rules import LIVE
from bank.control.approval.tables import ApprovalRow, RuleRow
from bank.control.audit import AuditEntryRow
from bank.risk.rule_sets import digest_of
from bank.risk.tables import ContentRow, LiveRow, content_key

Facts = dict[str, Any]
Acts = Sequence[AuditEntryRow]
# An approval that was used is looked at for so long after.
USED = timedelta(days=2)


@dataclass(frozen=True)
class Held:
    """A row that gives somebody something: its name, what it says, the subject of its acts, since when."""

    name: str
    says: Facts
    subject: str
    since: str
    told: Callable[[Acts], Facts | None]


def verify_authority(run: Run) -> None:
    """Name each row that says something else than the acts on it, or that no act made."""
    for held in (*_clients(), *_keys(), *_staff(), *_approvals(), *_approval_rules(), *_rule_sets()):
        acts = _acts(held.subject)
        newest = max([held.since, *(act.at for act in acts)])
        if newest > run.late or (not acts and held.since < settings.signed_since):
            continue
        told = held.told(acts)
        if told is None:
            run.differs("authority", held.name, "put in: no act made it")
            continue
        altered = sorted(name for name in held.says if held.says[name] != told.get(name))
        if altered:
            run.differs("authority", held.name, f"altered: {', '.join(altered)}")


def _acts(subject: str) -> Acts:
    """The acts on a subject, oldest first."""
    found = [row.entry_id for row in AuditEntryRow.by_subject.query(subject)]
    rows = store.get_many([(AuditEntryRow, entry_id) for entry_id in found])
    return [row for row in rows if row is not None]


def _after(acts: Acts, *actions: str) -> list[Facts]:
    """Return what acts of these kinds left behind, oldest first."""
    return [act.after or {} for act in acts if act.action in actions]


# Clients -------------------------------------------------------------------------------------------


def _clients() -> Iterator[Held]:
    for row in ClientRow.scan():
        secrets = [row.previous_secret_hash, row.secret_hash]
        says = {
            "name": row.name,
            "scopes": sorted(row.scopes),
            "bank_wide": bool(row.bank_wide),
            "signed": bool(row.signed),
            "unit_id": row.unit_id,
            "secrets": [ids.digest(secret) for secret in secrets if secret],
            "status": row.status,
        }
        yield Held(row.client_id, says, row.client_id, row.created_at, _client_told)


def _client_told(acts: Acts) -> Facts | None:
    registered = next((act for act in acts if act.action == "identity.client_registered"), None)
    if registered is None:
        return None
    secrets = _after(acts, "identity.client_registered", "identity.secret_rotated")
    revoked = any(act.action == "identity.client_revoked" for act in acts)
    return {
        **(registered.after or {}),
        "unit_id": registered.unit_id,
        "secrets": [each.get("secret_digest") for each in secrets[-2:]],
        "status": "revoked" if revoked else "active",
    }


def _keys() -> Iterator[Held]:
    for row in ClientKeyRow.scan():
        digest = hashlib.sha256(row.public_key.encode()).hexdigest()
        says = {"algorithm": row.algorithm, "public_key_sha256": digest, "not_after": row.not_after}
        name = f"{row.client_id}/{row.key_id}"
        yield Held(name, says, row.client_id, row.created_at, _key_told(row.key_id))


def _key_told(key_id: str) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        of_key = [
            each
            for each in _after(acts, "identity.key_added", "identity.key_retired")
            if each.get("key_id") == key_id
        ]
        if not of_key or "algorithm" not in of_key[0]:
            return None
        return {"not_after": None} | {name: value for each in of_key for name, value in each.items()}

    return told


# Staff ---------------------------------------------------------------------------------------------


def _staff() -> Iterator[Held]:
    """Members by their rows as they are stored: their model is the staff room's."""
    pages = store.client().get_paginator("scan").paginate(TableName=store.table_name("staff"))
    for item in (item for page in pages for item in page["Items"]):
        grants, now = json.loads(item.get("grants", {}).get("S", "[]")), clock.instant()
        every = {_role(each) for each in grants}
        stands = {_role(each) for each in grants if not each.get("until") or now < each["until"]}
        says = {
            "unit_id": item["unit_id"]["S"],
            "suspended": item["status"]["S"] == "suspended",
            "roles": sorted(stands),
        }
        staff_id = item["staff_id"]["S"]
        yield Held(staff_id, says, staff_id, item["created_at"]["S"], _staff_told(every - stands))


def _role(grant: Facts) -> str:
    return f"{grant['role_id']} for {grant['unit_id']}"


def _staff_told(over: set[str]) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        facts: Facts = {"roles": []}
        for act in acts:
            after = (act.after or {}) if act.action.startswith("staff.") else {}
            # What is said of a session, its unit too, is not said of the member.
            facts |= {} if "session_id" in after else after
        entered = any(act.action in ("staff.entered", "staff.bootstrapped") for act in acts)
        roles = sorted(set(facts["roles"]) - over)
        facts |= {"roles": roles, "suspended": facts.get("status") == "suspended"}
        return {"unit_id": HEAD_OFFICE, **facts} if entered else None

    return told


# Approvals -----------------------------------------------------------------------------------------


def _approvals() -> Iterator[Held]:
    recently = clock.instant(clock.now() - USED)
    for row in ApprovalRow.scan():
        if max(row.expires_at, row.used_at or "") < recently:
            continue
        says = {
            "kind": row.kind,
            "of": row.subject_id,
            "content_digest": row.content_digest,
            "levels": row.levels,
            "maker": row.maker,
            "checkers": row.checkers,
            "status": row.status,
        }
        yield Held(row.approval_id, says, row.approval_id, row.submitted_at, _approval_told)


def _approval_told(acts: Acts) -> Facts | None:
    submitted = next((act for act in acts if act.action == "approvals.submitted"), None)
    if submitted is None:
        return None
    decided = [act for act in acts if act.action.startswith("approvals.") and "status" in (act.after or {})]
    return {
        **(submitted.after or {}),
        "maker": submitted.actor,
        "checkers": [act.actor for act in decided if act.action == "approvals.approved"],
        "status": (decided[-1].after or {})["status"] if decided else "submitted",
    }


def _approval_rules() -> Iterator[Held]:
    for row in RuleRow.scan(RuleRow.record == LIVE):
        name = f"approval-rules.{row.kind}"
        yield Held(name, {"content": row.content}, name, row.activated_at or row.created_at, _rule_told)


def _rule_told(acts: Acts) -> Facts | None:
    changed = _after(acts, "approvals.rule_changed")
    return {"content": changed[-1]} if changed else None


# Rule sets -----------------------------------------------------------------------------------------


def _rule_sets() -> Iterator[Held]:
    for live in LiveRow.scan(LiveRow.rules_key.startswith("live#")):
        if not live.version:
            continue
        row = store.get(ContentRow, content_key(live.version))
        product = live.rules_key.removeprefix("live#")
        content, caps = (row.content, row.caps) if row else (None, None)
        digest = digest_of(product, content, caps, live.posture)
        says = {"live": live.version, "digest": digest}
        yield Held(live.rules_key, says, live.version, live.changed_at, _rules_told)


def _rules_told(acts: Acts) -> Facts | None:
    activated = [after for after in (act.after or {} for act in acts) if "live" in after]
    return activated[-1] if activated else None
