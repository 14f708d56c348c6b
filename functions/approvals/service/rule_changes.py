"""Changes of approval rules, themselves by maker and checker: proposed, approved, put in force."""

from typing import Any

from bank import clock, errors, ids, store
from bank.access.principal import THE_BANK, Principal
from bank.control import approval, audit
from bank.control.approval import rules
from bank.control.approval.domain import Rule, rule
from bank.control.approval.tables import RuleRow
from bank.store import Transaction, idempotency


class RuleNotFound(errors.NotFound):
    """404: no such version of this kind's rule."""

    code, title = "rule_not_found", "Rule not found"


class NoSuchKind(errors.Unprocessable):
    """422: nothing is ever submitted as this kind."""

    code, title = "no_such_kind", "No such kind"


class BelowFloor(errors.Unprocessable):
    """422: the rule asks for less than is always asked for of this kind; `floor` is that."""

    code, title = "below_floor", "Below floor"


def propose(
    *,
    principal: Principal,
    actor: audit.Actor,
    version: str,
    request_digest: str,
    kind: str,
    content: dict[str, Any],
) -> tuple[RuleRow, bool]:
    """Keep a version and submit it for approval; the version, and whether this request was here before.

    Raises NoSuchKind, BelowFloor.
    """
    _require_head_office(principal)
    proposed, record = _above_floor(kind, rule(content, version)), f"version#{version}"

    def act() -> RuleRow:
        transaction = Transaction()
        row = RuleRow(
            kind=kind,
            record=record,
            version=version,
            content=proposed.content(),
            status="proposed",
            maker=actor.subject,
            created_at=clock.instant(),
            request_digest=request_digest,
        )
        row.approval_id = approval.submit(
            transaction,
            kind=rules.of_change(kind),
            subject_id=version,
            content_digest=digest(kind, row.content),
            ownership=THE_BANK,
            actor=actor,
            summary={"kind": kind, "rule": row.content},
        )
        transaction.create(row)
        transaction.commit()
        return row

    try:
        return act(), False
    except store.AlreadyExists:
        row = _version(kind, version)
        if row.request_digest != request_digest:
            raise idempotency.KeyReused("this Idempotency-Key was used with another body") from None
        return row, True


def activate(*, principal: Principal, actor: audit.Actor, kind: str, version: str) -> RuleRow:
    """Let an approved version hold from now on.

    Raises as `propose`, and RuleNotFound, NotApproved, ContentChanged.
    """
    _require_head_office(principal)

    def act() -> None:
        row = _version(kind, version)
        _above_floor(kind, rule(row.content, version))
        live = store.get(RuleRow, kind, rules.LIVE)
        transaction = Transaction()
        approval.require(
            transaction,
            approval_id=row.approval_id or "",
            kind=rules.of_change(kind),
            subject_id=version,
            content_digest=digest(kind, row.content),
        )
        now = clock.instant()
        unchanged = RuleRow.version == live.version if live else RuleRow.version.does_not_exist()
        transaction.update(
            (RuleRow, kind, rules.LIVE),
            [
                RuleRow.version.set(version),
                RuleRow.content.set(row.content),
                RuleRow.status.set("live"),
                RuleRow.approval_id.set(row.approval_id),
                RuleRow.maker.set(row.maker),
                RuleRow.created_at.set(row.created_at),
                RuleRow.activated_at.set(now),
            ],
            unchanged,
            store.stale,
        )
        audit.record(
            transaction,
            actor=actor,
            action="approvals.rule_changed",
            subject_id=f"approval-rules.{kind}",
            ownership=THE_BANK,
            before=live.content if live else None,
            after=row.content,
        )
        transaction.commit()

    store.retry_on_conflict(act)
    rules.forget()
    live = store.get(RuleRow, kind, rules.LIVE)
    assert live is not None
    return live


def live(*, principal: Principal, kind: str) -> Rule:
    """The rule that holds."""
    _require_head_office(principal)
    rules.forget()
    return rules.live(kind)


def digest(kind: str, content: Any) -> str:
    """The digest that is approved: of the kind and all that its rule says."""
    return ids.digest({"kind": kind, "rule": content})


def _above_floor(kind: str, proposed: Rule) -> Rule:
    """Return the rule as it was proposed. Raises NoSuchKind, BelowFloor."""
    if not rules.exists(kind):
        raise NoSuchKind(f"nothing is submitted as {kind}")
    floor = rules.floor(kind)
    if not rules.asks_as_much(proposed, floor):
        raise BelowFloor(f"{kind} takes {_told(floor)}", floor=floor.content())
    return proposed


def _told(floor: Rule) -> str:
    """The floor in words."""
    steps = ", ".join(f"{' and '.join(each.levels)} from {each.from_amount} on" for each in floor.brackets)
    return (
        f"{floor.permission}, at least {steps} (the last steps), and {floor.delay_hours} hours of delay, "
        f"at most {floor.decide_hours} hours to decide and {floor.use_hours} to use"
    )


def _version(kind: str, version: str) -> RuleRow:
    row = store.get(RuleRow, kind, f"version#{version}")
    if row is None:
        raise RuleNotFound(f"there is no version {version} of the rule of {kind}")
    return row


def _require_head_office(principal: Principal) -> None:
    principal.require_sees(THE_BANK, RuleNotFound("there is no such rule"))
