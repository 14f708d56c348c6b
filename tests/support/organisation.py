"""A small bank: two branches, one with a sub-branch."""

from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, UnitRow

BRANCH, SUB_BRANCH, OTHER_BRANCH = "unit_hz", "unit_hz_west", "unit_nb"


def units() -> None:
    """Put the units into the table, and let go of a tree that this process has kept."""
    for unit_id, parent_id in ((BRANCH, HEAD_OFFICE), (SUB_BRANCH, BRANCH), (OTHER_BRANCH, HEAD_OFFICE)):
        UnitRow(unit_id=unit_id, parent_id=parent_id, name=unit_id).save()
    organisation.forget()
