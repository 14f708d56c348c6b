"""For operators: tell other rooms again of whom the bank has verified.

    python -m kyc.cli tell-levels

Once after an upgrade from release 0.1, whose customers room kept no hash of the verified id number: without
it the customers who were verified before cannot prove themselves by it. Telling again changes nothing else.
Prints one JSON object. TABLE_PREFIX names the stage (`perkbank-dev-`); AWS credentials and AWS_ENDPOINT_URL
come from the environment, as for any AWS tool.
"""

import argparse
import sys
from collections.abc import Sequence

from bank import commands
from bank.control import audit
from kyc.service import telling


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 1 when it was refused."""
    return commands.run(_parser(), arguments)


def _tell(_: argparse.Namespace) -> dict[str, int]:
    return {"customers": telling.tell_all(actor=audit.operator())}


def _parser() -> argparse.ArgumentParser:
    parser, places = commands.parser("kyc.cli", __doc__)
    commands.add(places, "tell-levels", _tell, what="tell every verified customer's level again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
