"""Seed of the demo: a few merchants and the customers' wallets. Seeding again finds what is there."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra import local
from infra.channel import Answer, Channel
from infra.demo.channels import work
from infra.demo.purchases import CURRENCY

MUSIC, CAFE = "music", "cafe"
MERCHANTS: dict[str, dict[str, Any]] = {
    MUSIC: {
        "name": "Lucky Records",
        "category_code": "5735",
        "fee": {"basis_points": 60},
        "settlement": "T+1",
        "country": "US",
        "city": "Philadelphia",
        "bank_account": {
            "bank_code": "FNBUS33",
            "account_number": "000123456789",
            "holder_name": "Lucky Records Inc.",
        },
    },
    CAFE: {
        "name": "Harbour Café",
        "category_code": "5814",
        "fee": {"basis_points": 38, "min": 1},
        "settlement": "T+1",
    },
    "books": {
        "name": "The Paper Lantern",
        "category_code": "5942",
        "fee": {"basis_points": 60, "max": 2_000},
        "settlement": "T+7",
    },
}
# Wallets by customer, so that the next run need not ask for each; they are of the client that opened them.
WALLETS_FILE = local.LOCAL / "wallets.json"


class Unexpected(Exception):
    """The API answered something else than it should."""


@dataclass(frozen=True)
class Seeded:
    """Ids of merchants by their names here, and of wallets by customer."""

    merchants: dict[str, str]
    wallets: dict[str, str]


def seed(channel: Channel, *, client_id: str, customers: Iterable[str], channels: int) -> Seeded:
    """Register the merchants and open a wallet for each of `customers`."""
    merchants = {
        name: created(channel.post("/merchants", terms, key=f"demo-merchant-{name}"))["merchant_id"]
        for name, terms in MERCHANTS.items()
    }
    wallets = _known_wallets(client_id)
    new = [customer for customer in customers if customer not in wallets]

    def open_wallet(customer: str) -> str:
        body = {"owner_id": customer, "kind": "wallet", "currency": CURRENCY}
        account_id: str = created(channel.post("/accounts", body, key=f"demo-wallet-{customer}"))[
            "account_id"
        ]
        return account_id

    if new:
        wallets |= zip(new, work("Opening wallets", open_wallet, new, channels=channels), strict=True)
        WALLETS_FILE.write_text(json.dumps({"client_id": client_id, "wallets": wallets}) + "\n")
    return Seeded(merchants, wallets)


def _known_wallets(client_id: str) -> dict[str, str]:
    if not WALLETS_FILE.exists():
        return {}
    known = json.loads(WALLETS_FILE.read_text())
    return dict(known["wallets"]) if known["client_id"] == client_id else {}


def created(answer: Answer) -> Any:
    """The body of a 201. Raises Unexpected for any other answer."""
    if answer.status != 201:
        raise Unexpected(f"{answer.status}: {answer.text}")
    return answer.json
