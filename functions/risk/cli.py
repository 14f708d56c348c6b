"""For operators: which rule sets of a stage this release would refuse, before it is deployed there.

    python -m risk.cli check

Reads every rule set that the stage keeps and changes nothing. Where one that is live would be refused, the
product's posture would judge until another is live: put that other one live first. Prints one JSON object.
TABLE_PREFIX names the stage (`perkbank-dev-`); AWS credentials and AWS_ENDPOINT_URL come from the
environment, as for any AWS tool.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from bank import commands
from risk.service import rule_sets


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 1 when it was refused."""
    return commands.run(_parser(), arguments)


def _check(chosen: argparse.Namespace) -> dict[str, Any]:
    checked, refused = rule_sets.check_all()
    return {"checked": checked, "refused": [vars(each) for each in refused]}


def _parser() -> argparse.ArgumentParser:
    parser, subcommands = commands.parser("risk.cli", __doc__)
    commands.add(subcommands, "check", _check, what="name the rule sets that would be refused, and why")
    return parser


if __name__ == "__main__":
    sys.exit(main())
