"""Words for who may call what: the classes of operations, and rules that put each operation in one.

Every room classifies its routes in `tests/unit/<room>/authorisation.py`. The matrix in
`tests/contract/test_authorisation.py` makes real records, calls each operation as its owner and as strangers,
and expects what the class says.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bank.access.principal import Kind


class Class(StrEnum):
    """Whose an operation is."""

    # Anyone, without a token.
    PUBLIC = "public"
    # Makes something of the caller's own, or says nothing of anybody: no record of another can be named.
    OWN = "own"
    # A customer's dealings with what is theirs: whose it is comes from the token, never from the request.
    SELF = "self"
    # One record, by its id in the path or in the body: to whoever may not see it, it is missing: 404.
    RECORD = "record"
    # A list: what is not visible to the caller is not in it.
    LIST = "list"
    # The whole bank's: the head office and the bank's own systems; 404 to others.
    BANK = "bank"


CHANNELS = frozenset({Kind.CHANNEL})
CUSTOMERS = frozenset({Kind.CUSTOMER})
STAFF = frozenset({Kind.STAFF})
EVERYBODY = frozenset(Kind)
KEEPERS = CHANNELS | STAFF
PAYERS = CHANNELS | CUSTOMERS


@dataclass(frozen=True)
class Rule:
    """An operation's class and the kinds of callers that it is for, as its route must declare them.

    `path`, `body` and `query` name records of the matrix's bank in braces. Where they do not say enough to
    be called there, `shown_in` is the room's own test of who sees what.
    """

    what: Class
    callers: frozenset[Kind] = EVERYBODY
    path: str = ""
    body: dict[str, Any] | None = None
    query: dict[str, str] = field(default_factory=dict)
    shown_in: str = ""


PUBLIC, OWN, SELF = Class.PUBLIC, Class.OWN, Class.SELF
RECORD, LIST, BANK = Class.RECORD, Class.LIST, Class.BANK


def rules(
    names: str, what: Class, callers: frozenset[Kind] = EVERYBODY, shown_in: str = ""
) -> dict[str, Rule]:
    """One rule for several operations. `shown_in` names a test module below tests/unit: `risk/test_lists`."""
    shown = f"tests/unit/{shown_in}.py" if shown_in else ""
    return {name: Rule(what, callers, shown_in=shown) for name in names.split()}
