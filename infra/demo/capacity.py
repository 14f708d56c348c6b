"""What one payment costs: its handler driven in this process, on the stage's tables, with the bench's meter.

python -m infra.demo.capacity <merchant_id> <account_id> <key>      prints round trips, read and write units
"""

import json
import subprocess
import sys
from dataclasses import dataclass

import infra.contract
from infra.environment import process_environment


@dataclass(frozen=True)
class Cost:
    """Of one payment, before its answer."""

    round_trips: int
    read_units: float
    write_units: float


def measured(*, merchant_id: str, account_id: str, key: str) -> Cost:
    """Make one payment of a cent in a process of its own, whose environment is the stage's."""
    ran = subprocess.run(
        [sys.executable, "-m", "infra.demo.capacity", merchant_id, account_id, key],
        env=process_environment(),
        cwd=infra.contract.ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return Cost(**json.loads(ran.stdout.splitlines()[-1]))


def main() -> None:
    """Measure, warm: the first payment pays for connections and imports."""
    from bench.meter import Meter
    from payments.app import app
    from tests.support.http import call

    merchant_id, account_id, key = sys.argv[1:]
    payment = {
        "payer_account_id": account_id,
        "merchant_id": merchant_id,
        "amount": 1,
        "currency": "USD",
        "merchant_order_no": key,
    }
    with Meter() as meter:
        answer = call(app, "POST", "/payments", payment, key=key)
    assert answer.json["status"] == "succeeded", answer.body
    usage = meter.usage
    print(json.dumps(vars(Cost(usage.round_trips, usage.reads, usage.writes))))


if __name__ == "__main__":
    main()
