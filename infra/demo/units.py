"""Cost of one payment, driven through its real handler in a process here, on the deployed tables.

    python -m infra.demo.units WALLET MERCHANT      two payments; what the second cost, as JSON

A process of its own, since rooms and kernel read their environment once, at import.
"""

import contextlib
import io
import json
import subprocess
import sys
import uuid
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

from infra import environment, local
from infra.channel import Channel
from infra.demo.purchases import CURRENCY
from infra.demo.seed import CAFE, Seeded, created

SAMPLE = local.ROOT / "events" / "samples" / "payments" / "http_create_payment.json"
COFFEE = 450


@dataclass(frozen=True)
class Cost:
    """Capacity units and round trips before the answer."""

    write_units: float
    read_units: float
    round_trips: int


def of_a_payment(channel: Channel, seeded: Seeded) -> Cost:
    """Pay for two coffees and count the second. The café is not the shop whose sums are compared."""
    wallet = next(iter(seeded.wallets.values()))
    body = {
        "account_id": wallet,
        "amount": 2 * COFFEE,
        "currency": CURRENCY,
        "source": "bank_transfer",
        "reference": "coffee",
    }
    created(channel.post("/deposits", body))
    ran = subprocess.run(
        [sys.executable, "-m", "infra.demo.units", wallet, seeded.merchants[CAFE]],
        env=environment.process_environment(),
        cwd=local.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Cost(**json.loads(ran.stdout))


def _measured(wallet: str, merchant: str) -> Cost:
    # Imported where they are needed: the demo has another environment.
    from bank.observability import logger
    from bench.meter import Meter
    from payments.app import app

    # The handler's own lines, and its metrics, are for a log, not for who looks on.
    logger.setLevel("CRITICAL")
    order = {
        "payer_account_id": wallet,
        "merchant_id": merchant,
        "amount": COFFEE,
        "currency": CURRENCY,
        "merchant_order_no": "COFFEE",
    }
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)
    # The first opens the café's account in this currency; the second is what a payment is from then on.
    for _ in range(2):
        with Meter() as meter, contextlib.redirect_stdout(io.StringIO()):
            answer = app(_event(order), context)
        assert answer["statusCode"] == 201, answer["body"]
    return Cost(meter.usage.writes, meter.usage.reads, meter.usage.round_trips)


def _event(body: dict[str, object]) -> dict[str, object]:
    event: dict[str, Any] = json.loads(SAMPLE.read_text())
    key = str(uuid.uuid4())
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    # As the client that opened the wallet: it stands for the bank's own systems.
    event["requestContext"]["authorizer"]["bank_wide"] = "true"
    event["body"] = json.dumps(body)
    event["headers"] = headers
    event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return event


if __name__ == "__main__":
    print(json.dumps(asdict(_measured(*sys.argv[1:]))))
