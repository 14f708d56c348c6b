"""Caps: counters that can never be passed, because the bound is a condition on the write that uses it.

What is left is stored, not what is used: DynamoDB's conditions compare an attribute with a value but do not
add, so `left >= n` is a condition and `used + n <= cap` is not.
"""

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action


def take(left: NumberAttribute, amount: int) -> tuple[Action, Condition]:
    """Use `amount` of what is left, only while that much is left."""
    _positive(amount)
    return left.set(left - amount), left >= amount


def give_back(left: NumberAttribute, amount: int) -> Action:
    """Return `amount` to what is left. Guard it with the condition that ends the thing that took it."""
    _positive(amount)
    return left.set(left + amount)


def _positive(amount: int) -> None:
    if amount < 0:
        raise ValueError("a cap is taken and given back in amounts that are not negative")
