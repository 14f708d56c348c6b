"""Approval rules: versioned data in a table, with defaults and floors in code, kept for half a minute.

What is in the table was itself approved (the approvals room sees to that), and asks for no less than the
kind's floor: a row that does counts for nothing. An approval keeps the steps that it was submitted under: a
change of the rules is for what comes after.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from bank import clock, store
from bank.control.approval.domain import (
    ADMINISTER,
    DECIDE,
    IN_HEAD_OFFICE,
    TWICE,
    Level,
    Rule,
    brackets,
    rule,
)
from bank.control.approval.tables import RuleRow
from bank.observability import logger

KEPT = timedelta(seconds=30)
LIVE = "live"
# From 50,000.00 of the home currency, which is where large-value transactions begin that banks report
# (People's Bank of China, decree 3 of 2016), the head office checks too.
HEAD_OFFICE_FROM = 5_000_000

# Acts that take an approval, collected from all rooms by `python -m infra.generate`.
FILE = Path(__file__).with_name("kinds.json")

# Kinds of what rooms submit themselves.
RULES_KIND = "approval_rules"
RULE_SETS_KIND = "risk.rule_set"

DELAY_HOURS = 24

DEFAULT = Rule(
    permission=DECIDE,
    brackets=brackets((0, [Level.BRANCH]), (HEAD_OFFICE_FROM, [Level.BRANCH, Level.HEAD_OFFICE])),
)
# Floor of a kind without a default of its own: from what amount on the head office checks, a bank says.
LEAST = Rule(permission=DECIDE, brackets=brackets((0, [Level.BRANCH])), decide_hours=720, use_hours=720)
# What a client may owe is the whole bank's risk: two of the head office from the same amount on.
CLEARING = Rule(
    permission=DECIDE,
    brackets=brackets((0, [Level.HEAD_OFFICE]), (HEAD_OFFICE_FROM, [Level.HEAD_OFFICE, Level.HEAD_OFFICE])),
)
# Where a merchant's or a supplier's money goes: a day in which its owner can say that it was not them.
COUNTERPARTY = Rule(permission=DECIDE, brackets=brackets((0, [Level.BRANCH])), delay_hours=DELAY_HOURS)
# Defaults of kinds, and their floors: a bank's own rules ask for as much or more.
DEFAULTS = {
    "accounts.set_clearing_limits": CLEARING,
    # Whatever the amount: what a client is said to have paid could be said in parts.
    "accounts.settle_clearing_account": Rule(
        permission=DECIDE, brackets=brackets((0, [Level.HEAD_OFFICE, Level.HEAD_OFFICE]))
    ),
    RULES_KIND: Rule(permission=DECIDE, brackets=brackets((0, [Level.HEAD_OFFICE]))),
    # Of rules that "two" and "three" hang on: as many administrators as it takes to make one.
    RULES_KIND + TWICE: Rule(
        permission=ADMINISTER, brackets=brackets((0, [Level.HEAD_OFFICE, Level.HEAD_OFFICE]))
    ),
    # An emergency is now: what was approved for one is no store for the next.
    "staff.break_glass": Rule(
        permission=ADMINISTER, brackets=brackets((0, [Level.HEAD_OFFICE])), decide_hours=1, use_hours=1
    ),
    # A court's order is entered in the head office, and checked there.
    "accounts.freeze_account": Rule(permission=DECIDE, brackets=brackets((0, [Level.HEAD_OFFICE]))),
    "merchants.change_merchant": COUNTERPARTY,
    "suppliers.change_supplier": COUNTERPARTY,
}
# Of all other kinds of a room.
OF_ROOM = {
    "identity": Rule(permission=ADMINISTER, brackets=brackets((0, [Level.HEAD_OFFICE]))),
    "staff": Rule(permission=ADMINISTER, brackets=brackets((0, [Level.HEAD_OFFICE]))),
}

_kept: dict[str, tuple[datetime, Rule]] = {}


def live(kind: str) -> Rule:
    """The rule of a kind, at most `KEPT` old: from the table, else the default."""
    now = clock.now()
    known = _kept.get(kind)
    if known is None or not timedelta(0) <= now - known[0] < KEPT:
        row = store.get(RuleRow, kind, LIVE)
        known = now, (_held(row) if row else None) or _default(kind)
        _kept[kind] = known
    return known[1]


def _held(row: RuleRow) -> Rule | None:
    """The rule of a row, or None where it asks for less than the floor: who put it there gains nothing."""
    found = rule(row.content, row.version)
    if asks_as_much(found, floor(row.kind)):
        return found
    logger.error("approval rule below its floor", kind=row.kind, version=row.version)
    return None


def floor(kind: str) -> Rule:
    """The least that a rule of this kind asks for, whatever is proposed, approved or in the table."""
    return _own(kind) or _higher(kind, floor) or LEAST


def asks_as_much(one: Rule, least: Rule) -> bool:
    """Return whether a rule has all that `least` has: never fewer checkers, lower ones, or more time.

    Who may check is as it is there: another permission would be another kind of people.
    """
    starts = {bracket.from_amount for bracket in (*one.brackets, *least.brackets)}
    return (
        all(_covers(_levels(one, start), _levels(least, start)) for start in starts)
        and one.permission == least.permission
        and one.decide_hours <= least.decide_hours
        and one.use_hours <= least.use_hours
        and one.delay_hours >= least.delay_hours
    )


def _levels(of: Rule, amount: int) -> tuple[Level, ...]:
    return of.levels(amount, in_home_currency=True)


def _covers(levels: tuple[Level, ...], least: tuple[Level, ...]) -> bool:
    """Return whether these steps end in as many, each in the head office where that of `least` is."""
    pairs = zip(reversed(levels), reversed(least), strict=False)
    enough = all(one is Level.HEAD_OFFICE or other is Level.BRANCH for one, other in pairs)
    return enough and len(levels) >= len(least)


def _default(kind: str) -> Rule:
    return _own(kind) or _higher(kind, live) or DEFAULT


def _own(kind: str) -> Rule | None:
    of_room = None if kind.endswith((TWICE, IN_HEAD_OFFICE)) else OF_ROOM.get(kind.partition(".")[0])
    return DEFAULTS.get(kind) or of_room


def _higher(kind: str, of: Callable[[str], Rule]) -> Rule | None:
    """The rule of a kind whose end says that it is checked more than the kind without it, else None."""
    if kind.endswith(TWICE):
        return of(kind.removesuffix(TWICE)).twice()
    if kind.endswith(IN_HEAD_OFFICE):
        return of(kind.removesuffix(IN_HEAD_OFFICE)).in_head_office()
    return None


def exists(kind: str) -> bool:
    """Return whether anything is ever submitted as this kind."""
    return _plain(kind) in {*json.loads(FILE.read_text(encoding="utf-8")), RULES_KIND, RULE_SETS_KIND}


def of_change(kind: str) -> str:
    """The kind of approval that a change of this kind's rule takes.

    Twice, by administrators, where it says who lets people, clients and rules in.
    """
    plain = _plain(kind)
    privileged = plain == RULES_KIND or plain.partition(".")[0] in OF_ROOM
    return RULES_KIND + TWICE if privileged else RULES_KIND


def _plain(kind: str) -> str:
    return kind.removesuffix(TWICE).removesuffix(IN_HEAD_OFFICE)


def forget() -> None:
    """Let go of what is kept (a change in this process; tests)."""
    _kept.clear()
