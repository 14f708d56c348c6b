"""Segregation of duties: what one person may not do both of, as data (NIST SP 800-53 AC-5, PCI DSS 4 7.2).

A duty is any of its permissions. Somebody who holds permissions of two duties that conflict could do alone
what takes two, or check what they did themselves. A bank that divides its work otherwise changes it here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bank.control.approval.domain import ADMINISTER

DUTIES: dict[str, frozenset[str]] = {
    "administration": frozenset(
        {ADMINISTER, "approvals:configure", "roles:write", "staff:write", "units:write"}
    ),
    "audit": frozenset({"audit:verify"}),
    "channels": frozenset({"clients:write"}),
    "checking": frozenset({"approvals:decide"}),
    "funding": frozenset({"clearing:write"}),
    "money": frozenset(
        {
            "accounts:write",
            "benefits:write",
            "merchants:write",
            "payments:write",
            "points:write",
            "suppliers:write",
            "transfers:write",
        }
    ),
    "risk": frozenset({"aml:manage", "aml:write", "risk:write"}),
    "unmasking": frozenset({"aml:unmask", "customers:unmask", "identities:unmask"}),
}


@dataclass(frozen=True)
class Conflict:
    """Two duties that one person may not have, and why."""

    one: str
    other: str
    why: str


CONFLICTS = (
    Conflict("administration", "money", "who lets people in moves no money"),
    Conflict("administration", "risk", "who lets people in sets no guards"),
    Conflict("administration", "checking", "who lets people in does not check what they propose"),
    Conflict("administration", "unmasking", "who lets people in does not unmask customers' data"),
    Conflict("administration", "audit", "who is audited does not audit"),
    Conflict("administration", "channels", "who lets channels in does not check who is let in"),
    Conflict("administration", "funding", "who lets people in says not what channels may owe"),
    Conflict("channels", "funding", "who lets channels in says not what they may owe"),
    Conflict("channels", "money", "who lets channels in moves no money"),
    Conflict("channels", "checking", "who lets channels in does not check what is proposed"),
    Conflict("audit", "channels", "who is audited does not audit"),
    Conflict("audit", "funding", "who is audited does not audit"),
    Conflict("audit", "money", "who is audited does not audit"),
    Conflict("audit", "risk", "who is audited does not audit"),
    Conflict("audit", "checking", "who is audited does not audit"),
    Conflict("funding", "checking", "who says what channels may owe does not approve it"),
    Conflict("risk", "checking", "who makes the rules does not approve them"),
)


def conflicts(permissions: Iterable[str]) -> list[Conflict]:
    """The conflicts of somebody who holds these permissions, in the order in which they are stated."""
    held = set(permissions)
    have = {duty for duty, of_duty in DUTIES.items() if of_duty & held}
    return [each for each in CONFLICTS if {each.one, each.other} <= have]
