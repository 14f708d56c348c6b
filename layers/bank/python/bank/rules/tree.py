"""The tree of an expression of a decision model, and its text for zen."""

from dataclasses import dataclass

# Of one number, and of a list of them.
ROUNDING = ("abs", "ceil", "floor", "round", "trunc")
EXTREMES = ("max", "min")
FUNCTIONS = (*ROUNDING, *EXTREMES)
RESERVED = ("and", "or", "not", "in", "true", "false", "null")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Literal:
    """A number, a word in its quotes, true or false: as it is written."""

    text: str
    value: float | str | bool


@dataclass(frozen=True)
class Name:
    """A fact, or what the model has made before."""

    name: str


@dataclass(frozen=True)
class Prefix:
    """`not` or `-` before something."""

    sign: str
    operand: "Expression"


@dataclass(frozen=True)
class Infix:
    """Two and the operator between them."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Among:
    """The question if something is among listed literals."""

    operand: "Expression"
    members: tuple[Literal, ...]


@dataclass(frozen=True)
class Between:
    """The question if a number lies between two; round brackets leave an end out."""

    operand: "Expression"
    opens: str
    low: Literal
    high: Literal
    closes: str


@dataclass(frozen=True)
class Choice:
    """`condition ? then : otherwise`."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True)
class Call:
    """One of FUNCTIONS."""

    function: str
    arguments: tuple["Expression", ...]


Expression = Literal | Name | Prefix | Infix | Among | Between | Choice | Call


def written(tree: Expression) -> str:
    """Write it for zen, with every operator in parentheses."""
    match tree:
        case Literal(text, _) | Name(text):
            # A name is made once in a model, so that it needs no "this node's" before it.
            return text.removeprefix("$.")
        case Prefix(sign, operand):
            return f"({sign} {written(operand)})"
        case Infix(sign, left, right):
            return f"({written(left)} {sign} {written(right)})"
        case Among(operand, members):
            return f"({written(operand)} in [{', '.join(each.text for each in members)}])"
        case Between(operand, opens, low, high, closes):
            return f"({written(operand)} in {opens}{low.text}..{high.text}{closes})"
        case Choice(condition, then, otherwise):
            return f"({written(condition)} ? {written(then)} : {written(otherwise)})"
        case Call(function, arguments):
            inner = ", ".join(written(each) for each in arguments)
            return f"{function}([{inner}])" if function in EXTREMES else f"{function}({inner})"
