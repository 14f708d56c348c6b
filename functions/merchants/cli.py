"""For operators: merchants of release 0.1 become payees of the room `settlement`, once after its deployment.

    python -m merchants.cli enrol

Moves their payouts there and lets it find their accounts. Until then they are not paid out. May be run again.
Prints one JSON object. TABLE_PREFIX names the stage (`perkbank-dev-`); AWS credentials and AWS_ENDPOINT_URL
come from the environment, as for any AWS tool.
"""

import argparse
import sys
from collections.abc import Sequence

from bank import commands
from merchants import tables
from merchants.service import payees


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 1 when it was refused."""
    return commands.run(_parser(), arguments)


def _enrol(_: argparse.Namespace) -> dict[str, int]:
    moved = [payees.enrol(row.merchant_id) for row in tables.all_merchants()]
    return {"merchants": len(moved), "payouts": sum(moved)}


def _parser() -> argparse.ArgumentParser:
    parser, subcommands = commands.parser("merchants.cli", __doc__)
    commands.add(subcommands, "enrol", _enrol, what="let the room settlement pay out merchants of before")
    return parser


if __name__ == "__main__":
    sys.exit(main())
