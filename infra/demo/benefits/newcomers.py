"""Customers of the demo, taken over as from a bank's former system: each with phone, profile and wallet.

    python -m infra.demo.benefits.newcomers CLIENT COUNT      what was made, as JSON: [customer, wallet], ...

A process of its own, on the deployed tables, since rooms read their environment at import. Over HTTP each
would need a code by text message, and no channel is let send two thousand of these within minutes.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator

from infra import environment, local

# Rows of a transaction: four a customer.
AT_ONCE = 20


def taken_over(client_id: str, count: int) -> list[tuple[str, str]]:
    """Ids and wallets of so many new customers of a client."""
    ran = subprocess.run(
        [sys.executable, "-m", "infra.demo.benefits.newcomers", client_id, str(count)],
        env={**environment.process_environment(), "LOOKUP_KEY_ID": f"alias/{local.STACK}-lookup"},
        cwd=local.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [(customer_id, account_id) for customer_id, account_id in json.loads(ran.stdout)]


def _take_over(client_id: str, count: int) -> Iterator[tuple[str, str]]:
    # Imported where they are needed: the demo has another environment.
    from bank.access.principal import Principal
    from bank.config import config
    from bank.errors import Conflict
    from bank.store import Transaction
    from customers.service import people, registration, wallets
    from customers.tables import CredentialsRow

    channel = Principal(client_id=client_id, scopes=frozenset(), bank_wide=True)
    for start in range(0, count, AT_ONCE):
        transaction, made = Transaction(), []
        for _ in range(start, min(start + AT_ONCE, count)):
            phone = f"+86138{secrets.randbelow(10**8 - 10**7) + 10**7}"
            key = people.phone_key(channel, phone)
            customer = registration.new_customer(channel=channel, phone=phone, phone_key=key, nickname=None)
            wallet = wallets.new_row(customer, config.home_currency)
            people.claim_phone(transaction, key, customer.customer_id, Conflict("the phone is another's"))
            for row in (customer, CredentialsRow(customer_id=customer.customer_id), wallet):
                transaction.create(row)
            made.append((customer.customer_id, wallet.account_id))
        transaction.commit()
        yield from made


if __name__ == "__main__":
    print(json.dumps(list(_take_over(sys.argv[1], int(sys.argv[2])))))
