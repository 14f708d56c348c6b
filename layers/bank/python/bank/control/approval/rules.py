"""Approval rules: versioned data in a table, with defaults in code, kept for half a minute.

What is in the table was itself approved (the approvals room sees to that). An approval keeps the steps that
it was submitted under: a change of the rules is for what comes after.
"""

from datetime import datetime, timedelta

from bank import clock, store
from bank.control.approval.domain import ADMINISTER, DECIDE, TWICE, Level, Rule, brackets, rule
from bank.control.approval.tables import RuleRow

KEPT = timedelta(seconds=30)
LIVE = "live"
# From 50,000.00 of the home currency, which is where large-value transactions begin that banks report
# (People's Bank of China, decree 3 of 2016), the head office checks too.
HEAD_OFFICE_FROM = 5_000_000

RULES_KIND = "approval_rules"

DELAY_HOURS = 24

DEFAULT = Rule(
    permission=DECIDE,
    brackets=brackets((0, [Level.BRANCH]), (HEAD_OFFICE_FROM, [Level.BRANCH, Level.HEAD_OFFICE])),
)
# What a client may owe is the whole bank's risk: two of the head office from the same amount on.
CLEARING = Rule(
    permission=DECIDE,
    brackets=brackets((0, [Level.HEAD_OFFICE]), (HEAD_OFFICE_FROM, [Level.HEAD_OFFICE, Level.HEAD_OFFICE])),
)
DEFAULTS = {
    "accounts.set_clearing_limits": CLEARING,
    # Whatever the amount: what a client is said to have paid could be said in parts.
    "accounts.settle_clearing_account": Rule(
        permission=DECIDE, brackets=brackets((0, [Level.HEAD_OFFICE, Level.HEAD_OFFICE]))
    ),
    RULES_KIND: Rule(permission=DECIDE, brackets=brackets((0, [Level.HEAD_OFFICE]))),
    # A court's order is entered in the head office, and checked there.
    "accounts.freeze_account": Rule(permission=DECIDE, brackets=brackets((0, [Level.HEAD_OFFICE]))),
    # Where a merchant's money goes and what it costs: a day in which its owner can say that it was not them.
    "merchants.change_merchant": Rule(
        permission=DECIDE, brackets=brackets((0, [Level.BRANCH])), delay_hours=DELAY_HOURS
    ),
}
# Of all kinds of a room.
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
        known = now, rule(row.content, row.version) if row else _default(kind)
        _kept[kind] = known
    return known[1]


def _default(kind: str) -> Rule:
    if kind.endswith(TWICE):
        return live(kind.removesuffix(TWICE)).twice()
    return DEFAULTS.get(kind) or OF_ROOM.get(kind.partition(".")[0], DEFAULT)


def forget() -> None:
    """Let go of what is kept (a change in this process; tests)."""
    _kept.clear()
