"""Every limit of AWS that a growing platform meets, with what is used of it."""

import pytest

from infra import budgets
from infra.budgets import Budget

# What is nearer than this to a limit is mended before the next room is added.
ENOUGH = 0.9


@pytest.mark.parametrize("budget", budgets.all_of(), ids=lambda budget: budget.what)
def test_there_is_room_left(budget: Budget) -> None:
    print(f"{budget.what}: {budget.used:,} of {budget.limit:,} ({budget.where})")

    assert 0 < budget.used <= ENOUGH * budget.limit
