"""For operators: the first clients of a bank, and what stops one at once.

Once the bank has its first administrator, two members of staff register clients, rotate secrets and add keys
(POST /clients and what follows); what is done here alone then is to revoke and to retire. The stages `local`
and `test` take all of it at any time.

    python -m identity.cli register --name "Shop app" --scope payments:read --scope payments:write \
        --unit unit_... --signed
    python -m identity.cli register --name "Core banking" --scope accounts:write --bank-wide
    python -m identity.cli rotate cli_...
    python -m identity.cli revoke cli_...
    python -m identity.cli add-key cli_... --file public.pem --algorithm ed25519
    python -m identity.cli retire-key cli_... key_... --after-hours 24

Prints one JSON object; a secret is shown here and never again. TABLE_PREFIX names the stage
(`perkbank-dev-`); AWS credentials and AWS_ENDPOINT_URL come from the environment, as for any AWS tool.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from bank import commands
from bank.access.organisation import HEAD_OFFICE
from bank.control import bootstrap
from identity.domain.access import SCOPES
from identity.service import operators


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 1 when it was refused."""
    return commands.run(_parser(), arguments)


def _register(chosen: argparse.Namespace) -> dict[str, str]:
    bootstrap.require_no_staff(instead="POST /clients")
    client_id, secret = operators.register_client(
        name=chosen.name,
        scopes=chosen.scope,
        client_id=chosen.client_id,
        unit_id=chosen.unit,
        bank_wide=chosen.bank_wide,
        signed=chosen.signed,
    )
    return {"client_id": client_id, "client_secret": secret}


def _rotate(chosen: argparse.Namespace) -> dict[str, str]:
    bootstrap.require_no_staff(instead="POST /clients/{client_id}/enrolments")
    secret = operators.rotate_secret(client_id=chosen.client_id)
    return {"client_id": chosen.client_id, "client_secret": secret}


def _revoke(chosen: argparse.Namespace) -> dict[str, str]:
    operators.revoke(client_id=chosen.client_id)
    return {"client_id": chosen.client_id, "status": "revoked"}


def _add_key(chosen: argparse.Namespace) -> dict[str, str]:
    bootstrap.require_no_staff(instead="POST /client-keys")
    key_id = operators.add_key(
        client_id=chosen.client_id, public_key=chosen.file.read_text(), algorithm=chosen.algorithm
    )
    return {"client_id": chosen.client_id, "key_id": key_id}


def _retire_key(chosen: argparse.Namespace) -> dict[str, str]:
    after = timedelta(hours=chosen.after_hours)
    until = operators.retire_key(client_id=chosen.client_id, key_id=chosen.key_id, after=after)
    return {"client_id": chosen.client_id, "key_id": chosen.key_id, "not_after": until}


def _parser() -> argparse.ArgumentParser:
    parser, subcommands = commands.parser("identity.cli", __doc__)
    register = commands.add(subcommands, "register", _register, what="a new client; prints its id and secret")
    register.add_argument("--name", required=True)
    register.add_argument("--scope", action="append", required=True, choices=sorted(SCOPES))
    register.add_argument("--client-id", help="its id; a fresh one unless given")
    register.add_argument(
        "--unit", default=HEAD_OFFICE, help="whose staff keep it; the head office's unless given"
    )
    register.add_argument(
        "--bank-wide", action="store_true", help="a system of the bank: sees every channel's"
    )
    register.add_argument("--signed", action="store_true", help="it must sign what moves money")
    for name, act, what in (
        ("rotate", _rotate, "a new secret; the one before counts for a day"),
        ("revoke", _revoke, "no more tokens"),
    ):
        commands.add(subcommands, name, act, what=what).add_argument("client_id")
    _keys(subcommands)
    return parser


def _keys(subcommands: Any) -> None:
    what = "one more public key that it may sign requests with"
    add = commands.add(subcommands, "add-key", _add_key, what=what)
    add.add_argument("client_id")
    add.add_argument("--file", type=Path, required=True, help="the public key, PEM")
    add.add_argument("--algorithm", required=True, choices=["ed25519", "rsa-pss-sha512", "rsa-v1_5-sha256"])
    retire = commands.add(subcommands, "retire-key", _retire_key, what="let a key end")
    retire.add_argument("client_id")
    retire.add_argument("key_id")
    retire.add_argument(
        "--after-hours", type=float, default=0, help="overlap with its successor; none unless given"
    )


if __name__ == "__main__":
    sys.exit(main())
