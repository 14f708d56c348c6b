"""Commands for operators: each prints what it did as one JSON object, or why it was refused."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from bank import errors

Act = Callable[[argparse.Namespace], dict[str, Any]]


def parser(prog: str, description: str | None) -> tuple[argparse.ArgumentParser, Any]:
    """A parser whose help is the module's docstring, and the place of its commands."""
    made = argparse.ArgumentParser(
        prog=prog, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    return made, made.add_subparsers(dest="command", required=True)


def add(commands: Any, name: str, act: Act, *, what: str) -> argparse.ArgumentParser:
    """A command that answers what `act` makes of its arguments; `what` is its line of the help."""
    made: argparse.ArgumentParser = commands.add_parser(name, help=what)
    made.set_defaults(act=act)
    return made


def run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments choose; 0 when it was done, 1 when it was refused."""
    chosen = parser.parse_args(arguments)
    try:
        print(json.dumps(chosen.act(chosen)))
    except errors.BankError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 1
    return 0
