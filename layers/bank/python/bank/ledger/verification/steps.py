"""A step of an account's balance."""

from dataclasses import dataclass

from bank.ledger.tables import EntryRow


@dataclass(frozen=True)
class Step:
    """Effect of one posting on the balance of a row. `single`: of one journal, not a sum of many.

    `place` is the row's number among those of its account, with the step's number on it.
    """

    place: tuple[int, int]
    before: int
    after: int
    count: int
    booked_at: str
    single: bool

    @property
    def seq(self) -> int:
        """Return which step of its row it is, from 1."""
        return self.place[1]

    @classmethod
    def of(cls, posting: EntryRow, before: int, number: int) -> "Step":
        """The step that a posting of an account's `number`-th row tells of."""
        return cls(
            place=(number, int(posting.seq)),
            before=before,
            after=int(posting.balance_after),
            count=int(posting.journal_count),
            booked_at=posting.booked_at,
            single=bool(posting.journal_id),
        )

    @classmethod
    def none(cls) -> "Step":
        """Step before a row's first posting."""
        return cls(place=(0, 0), before=0, after=0, count=0, booked_at="", single=False)
