"""For operators: the first three administrators, and a way back in for one who has lost everything.

    python -m staff.cli bootstrap --name "Li Wei" --login li.wei
    python -m staff.cli reset --login li.wei

Prints one JSON object; passwords and authenticators' secrets are shown here and never again. TABLE_PREFIX
names the stage (`perkbank-dev-`), FIELD_KEY_ID the key that secrets are sealed under; AWS credentials and
AWS_ENDPOINT_URL come from the environment, as for any AWS tool.
"""

import argparse
import re
import sys
from collections.abc import Sequence

from bank import commands
from bank.control import audit
from staff.schemas.fields import LOGIN_NAME
from staff.service import operators


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 1 when it was refused."""
    return commands.run(_parser(), arguments)


def _bootstrap(chosen: argparse.Namespace) -> dict[str, str]:
    return operators.bootstrap(actor=audit.operator(), login_name=chosen.login, display_name=chosen.name)


def _reset(chosen: argparse.Namespace) -> dict[str, str]:
    return operators.reset(actor=audit.operator(), login_name=chosen.login)


def _login_name(text: str) -> str:
    if not re.fullmatch(LOGIN_NAME, text):
        raise argparse.ArgumentTypeError("a login name is 2 to 40 of a-z, 0-9, ., - and _")
    return text


def _parser() -> argparse.ArgumentParser:
    parser, subcommands = commands.parser("staff.cli", __doc__)
    bootstrap = commands.add(
        subcommands,
        "bootstrap",
        _bootstrap,
        what="one of the first three administrators; refused when they are there",
    )
    bootstrap.add_argument("--name", required=True)
    bootstrap.add_argument("--login", type=_login_name, default="administrator")
    reset = commands.add(
        subcommands, "reset", _reset, what="a new enrolment secret; the authenticator is forgotten"
    )
    reset.add_argument("--login", type=_login_name, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
