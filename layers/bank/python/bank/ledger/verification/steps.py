"""A step of an account's balance."""

from dataclasses import dataclass

from bank.ledger.tables import EntryRow


@dataclass(frozen=True)
class Step:
    """Effect of one posting on the balance. `single`: of one journal, not a sum of many."""

    seq: int
    before: int
    after: int
    count: int
    booked_at: str
    single: bool

    @classmethod
    def of(cls, posting: EntryRow, before: int) -> "Step":
        """The step that a posting tells of."""
        return cls(
            seq=int(posting.seq),
            before=before,
            after=int(posting.balance_after),
            count=int(posting.journal_count),
            booked_at=posting.booked_at,
            single=bool(posting.journal_id),
        )

    @classmethod
    def none(cls) -> "Step":
        """Step before an account's first posting."""
        return cls(seq=0, before=0, after=0, count=0, booked_at="", single=False)
