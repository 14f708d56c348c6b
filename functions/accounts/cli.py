"""For operators: what a client may deposit on its word, and what it has settled of it, until there is staff.

Once the bank has its first administrator, two members of staff do this (POST /clearing-accounts and
POST /clearing-accounts/settlements). The stages `local` and `test` take it at any time.

    python -m accounts.cli allow --client cli_... --currency CNY --credit-limit 500000000 --per-day 100000000
    python -m accounts.cli settle --client cli_... --currency CNY --amount 12000000 --reference 2026-11-21/7

Amounts are in minor units. Prints one JSON object. TABLE_PREFIX names the stage (`perkbank-dev-`); AWS
credentials and AWS_ENDPOINT_URL come from the environment, as for any AWS tool.
"""

import argparse
import re
import sys
from collections.abc import Sequence

from accounts.service import clearing
from bank import commands
from bank.control import audit, bootstrap
from bank.ledger import NO_LIMIT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 1 when it was refused."""
    return commands.run(_parser(), arguments)


def _allow(chosen: argparse.Namespace) -> dict[str, str]:
    bootstrap.require_no_staff(instead="POST /clearing-accounts")
    actor = audit.operator()
    opened = {
        currency: clearing.allow(
            actor=actor,
            client_id=chosen.client,
            currency=currency,
            credit_limit=chosen.credit_limit,
            per_day=chosen.per_day,
            per_deposit=chosen.per_deposit or chosen.per_day,
        ).account_id
        for currency in chosen.currency
    }
    return {"client_id": chosen.client, **opened}


def _settle(chosen: argparse.Namespace) -> dict[str, str]:
    bootstrap.require_no_staff(instead="POST /clearing-accounts/settlements")
    journal_id = clearing.settle(
        actor=audit.operator(),
        client_id=chosen.client,
        currency=chosen.currency,
        amount=chosen.amount,
        reference=chosen.reference,
    )
    return {"client_id": chosen.client, "journal_id": journal_id}


def _amount(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError(f"an amount is a whole number of minor units below {NO_LIMIT}")
    return int(text)


def _positive(text: str) -> int:
    amount = _amount(text)
    if amount == 0:
        raise argparse.ArgumentTypeError("nothing is no settlement")
    return amount


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise argparse.ArgumentTypeError("a currency is three capital letters")
    return text


def _parser() -> argparse.ArgumentParser:
    parser, subcommands = commands.parser("accounts.cli", __doc__)
    allow = commands.add(
        subcommands, "allow", _allow, what="let a client deposit and pay out; again: other limits"
    )
    allow.add_argument("--client", required=True)
    allow.add_argument("--currency", type=_currency, action="append", required=True)
    allow.add_argument("--credit-limit", type=_amount, required=True, help="the most that it may owe")
    allow.add_argument("--per-day", type=_amount, required=True, help="the most on a business day")
    allow.add_argument("--per-deposit", type=_amount, help="the most at once; as a day unless given")
    settle = commands.add(subcommands, "settle", _settle, what="it has paid some of what it owes")
    settle.add_argument("--client", required=True)
    settle.add_argument("--currency", type=_currency, required=True)
    settle.add_argument("--amount", type=_positive, required=True)
    settle.add_argument("--reference", required=True, help="of the payment; counts once")
    return parser


if __name__ == "__main__":
    sys.exit(main())
