"""Lists: who is blocked, watched or allowed, for how long, and what a closed case puts on them. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bank import errors


class ListName(StrEnum):
    """Blocked is declined, watched is held for review, allowed is spared the challenge."""

    BLOCK = "block"
    ALLOW = "allow"
    WATCH = "watch"


class Kind(StrEnum):
    """Kinds of list entry: a customer's id, a device's, a merchant's, or a receiving account's."""

    CUSTOMER = "customer"
    DEVICE = "device"
    MERCHANT = "merchant"
    PAYEE = "payee"


class AlreadyListed(errors.Conflict):
    """409: it is on this list already; end that entry first."""

    code, title = "already_listed", "Already listed"


class NotListed(errors.Conflict):
    """409: the entry has ended already."""

    code, title = "not_listed", "Not listed"


class TooManyAccounts(errors.Conflict):
    """409: who is to be listed has more accounts than one entry reaches; they are frozen one by one."""

    code, title = "too_many_accounts", "Too many accounts"


@dataclass(frozen=True)
class Entry:
    """Something to put on a list. `expires_at` is an instant, or None for until it is ended by hand."""

    list: ListName
    kind: Kind
    subject: str
    reason: str
    source: str
    expires_at: str | None

    @property
    def desk(self) -> str:
        """The partition of its list."""
        return f"list#{self.list.value}"

    @property
    def key(self) -> str:
        """Its place in the list."""
        return f"{self.kind.value}#{self.subject}"


# A device that fraud was made with is blocked; a payee that took it, too. The customer was the victim, and
# the merchant often does not know: the rules give them points (frauds_28d), no list holds them up.
AFTER_FRAUD: dict[Kind, tuple[ListName, timedelta]] = {
    Kind.DEVICE: (ListName.BLOCK, timedelta(days=90)),
    Kind.PAYEE: (ListName.BLOCK, timedelta(days=90)),
}
