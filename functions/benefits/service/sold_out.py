"""Refusals of a claim whose branch or channel has handed out all that it may: others may have some left."""

from collections.abc import Mapping
from typing import TypeAlias

from bank.caps import BudgetUsedUp, SoldOut


class SoldOutInBranch(SoldOut):
    """409: the branch that keeps the wallet has handed out all that one branch may."""

    code, title = "sold_out_in_branch", "None is left in this branch"


class BudgetUsedUpInBranch(SoldOut):
    """409: less money is left of what was set aside for the wallet's branch than this may cost."""

    code, title = "budget_used_up_in_branch", "What was set aside for this branch is used up"


class SoldOutOnChannel(SoldOut):
    """409: the channel has handed out all that one channel may."""

    code, title = "sold_out_on_channel", "None is left on this channel"


class BudgetUsedUpOnChannel(SoldOut):
    """409: less money is left of what was set aside for the channel than this may cost."""

    code, title = "budget_used_up_on_channel", "What was set aside for this channel is used up"


Refusals: TypeAlias = Mapping[type[SoldOut], type[SoldOut]]
# What a claim hears in the place of a cap's own refusal.
IN_ALL: Refusals = {}
IN_BRANCH: Refusals = {SoldOut: SoldOutInBranch, BudgetUsedUp: BudgetUsedUpInBranch}
ON_CHANNEL: Refusals = {SoldOut: SoldOutOnChannel, BudgetUsedUp: BudgetUsedUpOnChannel}
OF_PLACES = (*IN_BRANCH.values(), *ON_CHANNEL.values())
