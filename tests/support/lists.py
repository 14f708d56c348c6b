"""Words for how a list is tried: whose rows stand in it, whose stand between them, and who asks.

Every room says it of its lists in `tests/unit/<room>/lists.py`. `tests/contract/test_lists.py` makes the
rows, turns the pages and expects the caller's own, each once, whatever others wrote before them, between and
after.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute

from bank import clock
from bank.store import TableT

START = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
INSTANT = clock.instant(START)
# When the lists are asked for.
ASKED = START + timedelta(hours=1)
Makes = Callable[[int], str]


@dataclass(frozen=True)
class Listed:
    """How a list is tried.

    `mine` makes the caller's n-th row and answers its id as the list's items have it in `item`; `theirs`
    makes another's n-th, as near to the caller's as others can write. Numbers grow with time and ids. Where
    nobody else can write where the list reads, `alone` says why.
    """

    item: str
    mine: Makes
    theirs: Makes | None = None
    alone: str = ""
    path: str = ""
    query: dict[str, str] = field(default_factory=dict)
    caller: dict[str, Any] = field(default_factory=dict)
    # Ids of the list that are there besides.
    also: tuple[str, ...] = ()
    # Before any row: what these need.
    before: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        assert bool(self.theirs) != bool(self.alone), "others write there, or it says why they do not"


@dataclass(frozen=True)
class Whole:
    """A list that is answered whole, because it cannot grow: what bounds it."""

    bounded_by: str


Lists = dict[str, list[Listed] | Whole]


def moment(number: int) -> datetime:
    """The time at which a row of this number is made."""
    return START + timedelta(minutes=number)


def at(number: int) -> str:
    """The same as an instant."""
    return clock.instant(moment(number))


def row(model: type[TableT], **given: Any) -> TableT:
    """A stored row: what is not given and has to be there is of no account."""
    described: Any = model
    # Of no account, but of the right kind.
    kinds = ((NumberAttribute, 1), (JSONAttribute, {}), (BinaryAttribute, b"x"))
    for name, attribute in described.get_attributes().items():
        if name not in given and not attribute.null and attribute.default is None:
            other = INSTANT if name.endswith(("_at", "since", "until")) else "x"
            given[name] = next((value for kind, value in kinds if isinstance(attribute, kind)), other)
    made = model(**given)
    made.save()
    return made
