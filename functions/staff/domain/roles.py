"""Roles: their permissions, and who may grant them to which staff."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bank.control.approval.domain import ADMINISTER

ADMINISTRATOR = "rol_head_office_administrator"
BREAK_GLASS = "rol_break_glass"
# What everybody who is logged in may do: see their own sessions and end them.
EVERYBODY = frozenset({"staff-sessions:read", "staff-sessions:write"})
# What customers do with what is theirs, what lets them in, what brings money in and what channels pay with
# points, is no work of staff.
NOT_FOR_STAFF = ("me:*", "logins:*", "funding:*", "points:redeem")
# Who holds one of these could make themselves, or others, whoever they like: two others approve who gets it.
PRIVILEGED = frozenset({ADMINISTER, "approvals:configure"})


@dataclass(frozen=True)
class Role:
    """A role and the permissions (scopes) that it is made of."""

    role_id: str
    name: str
    permissions: frozenset[str]
    built_in: bool = False
    retired: bool = False


@dataclass(frozen=True)
class Grant:
    """A role that somebody has for a unit and all below it, until an instant if there is one."""

    grant_id: str
    role_id: str
    unit_id: str
    granted_at: str
    granted_by: str
    until: str = ""

    def stands(self, now: str) -> bool:
        """Return whether it still counts."""
        return not self.until or now < self.until


# What a built-in role holds, as patterns: a room that is added brings permissions to those whom they match.
BUILT_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    ADMINISTRATOR: (
        "Head-office administrator",
        (
            "*:read",
            ADMINISTER,
            "approvals:configure",
            "approvals:write",
            "roles:write",
            "staff:write",
            "units:write",
        ),
    ),
    "rol_branch_manager": (
        "Branch manager",
        (
            "*:read",
            "accounts:write",
            "approvals:decide",
            "approvals:write",
            "cases:write",
            "customers:lookup",
            "customers:suspend",
            "merchants:write",
            "suppliers:write",
        ),
    ),
    "rol_risk_analyst": (
        "Risk analyst",
        (
            "*:read",
            "aml:manage",
            "aml:write",
            "approvals:write",
            "cases:write",
            "customers:lookup",
            "customers:suspend",
            "risk:write",
        ),
    ),
    "rol_risk_approver": ("Risk approver", ("*:read", "approvals:decide", "approvals:write")),
    "rol_channel_manager": ("Channel manager", ("*:read", "approvals:write", "clients:write")),
    "rol_marketing_officer": (
        "Marketing officer",
        ("*:read", "approvals:write", "benefits:write", "entitlements:write"),
    ),
    "rol_finance_officer": (
        "Finance officer",
        ("*:read", "approvals:write", "clearing:write", "points:write"),
    ),
    "rol_operations_officer": (
        "Operations officer",
        ("*:read", "approvals:write", "calendars:write", "operations:write"),
    ),
    "rol_auditor": ("Auditor", ("*:read", "audit:verify")),
    "rol_customer_service": (
        "Customer service",
        (
            "accounts:read",
            "cases:read",
            "customers:lookup",
            "customers:read",
            "merchants:read",
            "payments:read",
            "transfers:read",
            "verifications:read",
        ),
    ),
}


def built_in(scopes: Collection[str]) -> dict[str, Role]:
    """The roles that are always there, made of the scopes that there are."""
    usable = assignable(scopes)
    return {
        role_id: Role(
            role_id,
            name,
            frozenset(scope for scope in usable if any(fnmatchcase(scope, each) for each in patterns)),
            built_in=True,
        )
        for role_id, (name, patterns) in BUILT_IN.items()
    }


def break_glass(scopes: Iterable[str]) -> Role:
    """The role of an emergency: all that staff may do, for hours. It is in no list and nobody gives it."""
    return Role(BREAK_GLASS, "Break-glass", assignable(scopes), built_in=True)


def assignable(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes that a role of staff can be made of."""
    return frozenset(
        scope for scope in scopes if not any(fnmatchcase(scope, pattern) for pattern in NOT_FOR_STAFF)
    )


def beyond(role: Role, held: Collection[str]) -> list[str]:
    """The permissions of a role that a granter does not hold, who therefore cannot give or take it.

    Administrators look after roles that they do not hold: others check what they do.
    """
    return [] if ADMINISTER in held else sorted(role.permissions - set(held))


def privileged(roles: Iterable[Role]) -> bool:
    """Return whether one of these roles is privileged: two others approve what is done about it."""
    return any(role.permissions & PRIVILEGED for role in roles)


def permissions(grants: Sequence[Grant], roles: dict[str, Role], above: Collection[str]) -> frozenset[str]:
    """Return permissions at a unit: the union of roles held for it or for a unit `above` it.

    `above` is the unit and its ancestors. A role for one branch gives nothing at another.
    """
    held = {
        permission
        for grant in grants
        if grant.unit_id in above and grant.role_id in roles
        for permission in roles[grant.role_id].permissions
    }
    return frozenset(held) | EVERYBODY


def place(grants: Sequence[Grant], *, own_unit: str, wanted: str | None) -> str | None:
    """The unit that a login is for: the one wanted, else one's own, else that of one's first role.

    None where no role has been given for the one wanted.
    """
    units = [grant.unit_id for grant in grants]
    if wanted is not None:
        return wanted if wanted in units or wanted == own_unit else None
    return own_unit if own_unit in units or not units else units[0]
