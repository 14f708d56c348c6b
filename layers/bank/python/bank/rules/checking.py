"""The kind of what an expression gives, for all facts that there can be, without evaluating it.

zen passes over a cell whose evaluation fails, so that such a rule never fires and nobody hears of it. Here
operands are of their operator's kind, no number can pass what zen counts with, nothing that can be 0 is
divided by, and no word is compared with one that it never is: what passes fails on no facts of these kinds.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from bank.rules.kinds import STEP, TRUTH, Fault, Kind, Number, Truth, Word, computed, either
from bank.rules.tree import (
    COMPARISONS,
    EXTREMES,
    Among,
    Between,
    Call,
    Choice,
    Expression,
    Infix,
    Literal,
    Name,
    Prefix,
)

# The names that an expression may use.
Scope = Mapping[str, Kind]
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@singledispatch
def kind_of(tree: Expression, scope: Scope) -> Kind:
    """Return the kind of what it gives. Raises Fault."""
    raise AssertionError(tree)


@kind_of.register
def _(tree: Literal, scope: Scope) -> Kind:
    return _literal(tree)


@kind_of.register
def _(tree: Name, scope: Scope) -> Kind:
    if tree.name not in scope:
        raise Fault(f"there is no fact {tree.name}")
    return scope[tree.name]


@kind_of.register
def _(tree: Prefix, scope: Scope) -> Kind:
    if tree.sign == "not":
        condition(tree, scope)
        return TRUTH
    found = _number(tree.operand, scope)
    return Number(-found.high, -found.low, found.whole)


@kind_of.register
def _(tree: Infix, scope: Scope) -> Kind:
    if tree.sign in ("and", "or"):
        condition(tree, scope)
        return TRUTH
    if tree.sign in COMPARISONS:
        return _compared(tree.sign, kind_of(tree.left, scope), kind_of(tree.right, scope))
    return _arithmetic(tree.sign, _number(tree.left, scope), _number(tree.right, scope))


@kind_of.register
def _(tree: Among, scope: Scope) -> Kind:
    found = kind_of(tree.operand, scope)
    for member in tree.members:
        _compared("==", found, _literal(member))
    return TRUTH


@kind_of.register
def _(tree: Between, scope: Scope) -> Kind:
    found, low, high = (_number(each, scope) for each in (tree.operand, tree.low, tree.high))
    open_ended = tree.opens == "(" or tree.closes == ")"
    if low.low > high.high or (open_ended and low.low == high.high):
        raise Fault(f"nothing lies between {tree.low.text} and {tree.high.text}")
    _compared("<" if tree.opens == "(" else "<=", low, found)
    return _compared("<" if tree.closes == ")" else "<=", found, high)


@kind_of.register
def _(tree: Choice, scope: Scope) -> Kind:
    if_true, if_false = condition(tree.condition, scope)
    return either(kind_of(tree.then, if_true), kind_of(tree.otherwise, if_false))


@kind_of.register
def _(tree: Call, scope: Scope) -> Kind:
    return _call(tree.function, [_number(each, scope) for each in tree.arguments])


def condition(tree: Expression, scope: Scope) -> tuple[Scope, Scope]:
    """Return the scopes where a condition holds and where it does not, which guards a division, among others.

    Raises Fault.
    """
    match tree:
        case Prefix("not", operand):
            if_true, if_false = condition(operand, scope)
            return if_false, if_true
        case Infix("and", left, right):
            return condition(right, condition(left, scope)[0])[0], scope
        case Infix("or", left, right):
            return scope, condition(right, condition(left, scope)[1])[1]
    found = kind_of(tree, scope)
    if not isinstance(found, Truth):
        raise Fault(f"true or false is wanted, and this is {found}")
    match tree:
        case Infix(sign, Name(name), Literal(_, float() as bound)):
            return _narrowed(name, sign, bound, scope), _narrowed(name, _OPPOSITE[sign], bound, scope)
        case Infix(sign, Literal(_, float() as bound), Name(name)):
            turned = _TURNED[sign]
            return _narrowed(name, turned, bound, scope), _narrowed(name, _OPPOSITE[turned], bound, scope)
    return scope, scope


def _number(tree: Expression, scope: Scope) -> Number:
    found = kind_of(tree, scope)
    if not isinstance(found, Number):
        raise Fault(f"a number is wanted, and this is {found}")
    return found


def _narrowed(name: str, sign: str, bound: float, scope: Scope) -> Scope:
    found = scope.get(name)
    if not isinstance(found, Number):
        return scope
    # A whole number beyond another whole number is at least 1 beyond it.
    step = 1 if found.whole and bound == int(bound) else 0
    low, high = found.low, found.high
    if sign in ("==", ">=", ">"):
        low = max(low, bound + (step if sign == ">" else 0))
    if sign in ("==", "<=", "<"):
        high = min(high, bound - (step if sign == "<" else 0))
    if sign == "!=" and bound == low:
        low += step
    return {**scope, name: replace(found, low=low, high=high)} if low <= high else scope


def _literal(literal: Literal) -> Kind:
    if isinstance(literal.value, bool):
        return TRUTH
    if isinstance(literal.value, str):
        return Word(frozenset({literal.value}))
    return Number(literal.value, literal.value, literal.value == int(literal.value))


def _compared(sign: str, one: Kind, other: Kind) -> Truth:
    if type(one) is not type(other):
        raise Fault(f"{one} is never compared with {other}")
    if sign not in ("==", "!=") and not isinstance(one, Number):
        raise Fault(f"{sign} is for numbers, and this is {one}")
    if isinstance(one, Word) and isinstance(other, Word) and not one.words & other.words:
        named = min((one, other), key=lambda word: len(word.words))
        raise Fault(f"this is never {' or '.join(repr(word) for word in sorted(named.words))}")
    if isinstance(one, Number) and isinstance(other, Number) and _never(sign, one, other):
        raise Fault(f"{sign} never holds of these numbers here")
    return TRUTH


def _never(sign: str, one: Number, other: Number) -> bool:
    """Return whether a comparison holds of none of these numbers."""
    if sign in (">", ">="):
        return _never(_TURNED[sign], other, one)
    if sign == "<":
        return one.low >= other.high
    if sign == "!=":
        return one.low == one.high == other.low == other.high
    return one.low > other.high or (sign == "==" and other.low > one.high)


def _arithmetic(sign: str, one: Number, other: Number) -> Number:
    whole = one.whole and other.whole
    if sign == "+":
        return computed(one.low + other.low, one.high + other.high, whole=whole)
    if sign == "-":
        return computed(one.low - other.high, one.high - other.low, whole=whole)
    if sign == "*":
        corners = [left * right for left in (one.low, one.high) for right in (other.low, other.high)]
        return computed(min(corners), max(corners), whole=whole)
    if other.low < STEP and other.high > -STEP:
        raise Fault("what is divided by can be 0: say before it, or by max, that it is not")
    if sign == "/":
        corners = [left / right for left in (one.low, one.high) for right in (other.low, other.high)]
        return computed(min(corners), max(corners))
    # The remainder has the sign of what is divided, and is the smaller of the two.
    most = max(abs(other.low), abs(other.high))
    return computed(-min(most, max(0.0, -one.low)), min(most, max(0.0, one.high)), whole=whole)


def _call(function: str, arguments: list[Number]) -> Number:
    lows, highs = [each.low for each in arguments], [each.high for each in arguments]
    if function in EXTREMES:
        pick = max if function == "max" else min
        return Number(pick(lows), pick(highs), all(each.whole for each in arguments))
    low, high = lows[0], highs[0]
    if function == "abs":
        size = max(abs(low), abs(high))
        return Number(0.0 if low <= 0 <= high else min(abs(low), abs(high)), size, arguments[0].whole)
    return computed(low - 1, high + 1, whole=True)
