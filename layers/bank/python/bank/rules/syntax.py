"""The expressions that decision models may have: a part of zen's language, read into a tree.

    amount > 500000 and (payee.new or customer.ratio >= 300) ? 60 : 0
    lists.customer in ["watch", "block"], hour in [0..5], max([customer.mean_30d, 1])

Numbers, words, truths, names; `+ - * / %`; `== != < <= > >=`, `in`, `not in`; `and`, `or`, `not`; `? :`;
`tree.FUNCTIONS`. None of them makes a longer text or a list, and none repeats anything, so that a model takes
memory and time by its size alone. What is read is written for zen with every operator in parentheses
(`tree.written`): there is one reading of it, this one.
"""

import re
from collections.abc import Iterator

from bank.rules.kinds import Fault
from bank.rules.tree import (
    COMPARISONS,
    FUNCTIONS,
    RESERVED,
    ROUNDING,
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

MAX_EXPRESSION = 1_000
# It bounds how deep an expression nests, too.
MAX_OPERATORS = 100
MAX_WORD = 64

_BINDS = {"or": 1, "and": 2, **dict.fromkeys(COMPARISONS, 3), "in": 3, "not": 3}
_BINDS |= {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d{1,18}(?:\.\d{1,6})?(?![\w]))
    |(?P<word>"[^"\\`]*"|'[^'\\`]*')
    |(?P<name>(?:\$\.)?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign>\.\.|==|!=|<=|>=|[-<>+*/%?:()\[\],]))""",
    re.VERBOSE | re.ASCII,
)


def expression(text: str) -> Expression:
    """Read an expression. Raises Fault."""
    reader = _Reader(text)
    found = reader.expression()
    reader.end()
    return found


def test(text: str, field: Name) -> Expression:
    """Read a cell below a column with a field: what it asks of it. Raises Fault.

    `> 100`, `[1..5]`, `"CNY"` or several of them with commas between, of which one has to hold.
    """
    reader = _Reader(text)
    found = reader.test(field)
    while reader.took(","):
        found = Infix("or", found, reader.test(field))
    reader.end()
    return found


class _Reader:
    """The tokens of one text, read from the left by precedence climbing."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_EXPRESSION:
            raise Fault(f"an expression has at most {MAX_EXPRESSION} characters")
        self.tokens = list(_tokens(text))
        self.operators = sum(kind == "sign" or token in RESERVED for kind, token in self.tokens)
        if self.operators > MAX_OPERATORS:
            raise Fault(f"an expression has at most {MAX_OPERATORS} operators, brackets and commas")
        self.at = 0

    def next(self) -> str:
        """Return the token to come, "" at the end."""
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self) -> str:
        """Return its kind."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        """Take it."""
        token = self.next()
        self.at += 1
        return token

    def took(self, token: str) -> bool:
        """Take it if it is this."""
        found = self.next() == token
        self.at += found
        return found

    def want(self, token: str) -> None:
        """Take it, or raise Fault."""
        if not self.took(token):
            raise Fault(f"{token!r} is expected at {self.next() or 'the end'!r}")

    def end(self) -> None:
        """Raise Fault where something is left."""
        if self.next():
            raise Fault(f"{self.next()!r} is not expected here")

    def expression(self) -> Expression:
        """Read a whole expression."""
        found = self.infix(0)
        if not self.took("?"):
            return found
        then = self.expression()
        self.want(":")
        return Choice(found, then, self.expression())

    def infix(self, floor: int) -> Expression:
        """Read operands and the operators between them that bind closer than `floor`."""
        left = self.operand()
        compared = False
        while _BINDS.get(self.next(), 0) > floor:
            binds = _BINDS[self.next()]
            if compared and binds == _BINDS["=="]:
                raise Fault("comparisons stand in no row: put `and` between them")
            compared = binds == _BINDS["=="]
            left = self.joined(left, self.take(), binds)
        return left

    def joined(self, left: Expression, sign: str, binds: int) -> Expression:
        """Read what stands behind an operator."""
        if sign == "in":
            return self.members(left)
        if sign == "not":
            self.want("in")
            return Prefix("not", self.members(left))
        return Infix(sign, left, self.infix(binds))

    def operand(self) -> Expression:
        """Read one operand with the prefixes before it, which bind closest."""
        if self.next() in ("not", "-"):
            return Prefix(self.take(), self.operand())
        if self.took("("):
            found = self.expression()
            self.want(")")
            return found
        if self.kind() != "name" or self.next() in ("true", "false"):
            return self.literal()
        name = self.take()
        if name in RESERVED:
            raise Fault(f"{name!r} is not expected here")
        return self.call(name) if self.next() == "(" else Name(name)

    def call(self, function: str) -> Expression:
        """Read a function's arguments."""
        if function not in FUNCTIONS:
            raise Fault(f"the function {function} is not taken")
        self.want("(")
        if function in ROUNDING:
            arguments = [self.expression()]
        else:
            self.want("[")
            arguments = [self.expression()]
            while self.took(","):
                arguments.append(self.expression())
            self.want("]")
        self.want(")")
        return Call(function, tuple(arguments))

    def members(self, operand: Expression) -> Expression:
        """Read what stands behind `in`: a list of literals, or from one number to another."""
        opens = self.take()
        if opens not in ("[", "("):
            raise Fault(f"a list or an interval is expected at {opens or 'the end'!r}")
        first = self.literal()
        if self.took(".."):
            last, closes = self.literal(), self.take()
            if closes not in ("]", ")"):
                raise Fault(f"an interval ends with ] or ), not with {closes or 'the end'!r}")
            return Between(operand, opens, first, last, closes)
        members = [first]
        while self.took(","):
            members.append(self.literal())
        if opens != "[":
            raise Fault("a list stands in [ and ]")
        self.want("]")
        return Among(operand, tuple(members))

    def literal(self) -> Literal:
        """Read a number, with or without a minus, a word, true or false."""
        minus = "-" if self.took("-") else ""
        kind, text = self.kind(), self.take()
        if kind == "number":
            return Literal(minus + text, float(minus + text))
        if kind == "word" and not minus:
            return Literal(text, text[1:-1])
        if text in ("true", "false") and not minus:
            return Literal(text, text == "true")
        raise Fault(f"a number, a word or a name is expected at {text or 'the end'!r}")

    def test(self, field: Name) -> Expression:
        """Read one test of a column's field."""
        sign = self.next()
        if sign in COMPARISONS:
            return Infix(self.take(), field, self.infix(_BINDS["=="]))
        if sign in ("in", "not"):
            return self.joined(field, self.take(), 0)
        if sign == "[" or self._opens_interval():
            return self.members(field)
        return Infix("==", field, self.infix(_BINDS["=="]))

    def _opens_interval(self) -> bool:
        following = [token for _, token in self.tokens[self.at : self.at + 4]]
        return following[:1] == ["("] and ".." in following


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise Fault(f"{text[at:].strip()[:20]!r} is not taken")
        kind, at = str(found.lastgroup), found.end()
        token = found[kind]
        if kind == "word" and (len(token) > MAX_WORD + 2 or not token.isprintable()):
            raise Fault(f"a word has at most {MAX_WORD} characters, none of which controls anything")
        yield kind, token
