"""Report of the demo, and the checks that decide whether it is right."""

import statistics
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from infra.channel import Answer, Channel
from infra.demo.accounts import Sums
from infra.demo.channels import console
from infra.demo.purchases import CURRENCY
from infra.demo.replay import Paid
from infra.demo.seed import MUSIC, Seeded
from infra.demo.units import Cost


def dollars(cents: int) -> str:
    """`12,345.67 USD`."""
    return f"{cents / 100:,.2f} {CURRENCY}"


def show(
    *,
    sums: Sums,
    skipped: int,
    balance: int,
    trial: dict[str, int],
    verified: dict[str, Any],
    replayed: Sequence[Paid],
    seconds: float,
    cost: Cost,
) -> None:
    """The run as a table."""
    rows = [
        ("Payments", f"{len(sums.paid):,} in {seconds:.0f} s, {len(sums.paid) / seconds:.0f} a second"),
        ("Amount", dollars(sums.amount)),
        ("Fees", dollars(sums.fees)),
        ("For the merchant", f"{dollars(sums.net)}; its balance is {dollars(balance)}"),
        ("Sent twice", f"{sums.repeated}, of which {sums.repeated_without_effect} had no second effect"),
        ("Declined", f"{sums.declined}"),
        ("Lines of 0.00 skipped", f"{skipped}"),
        ("Trial balance", ", ".join(f"{total} {currency}" for currency, total in trial.items())),
        ("Verified", f"{verified['journals']:,} journals, {verified['difference_count']} differences"),
        *_latencies(replayed),
        (
            "Capacity of a payment",
            f"{cost.write_units:g} write and {cost.read_units:g} read units before the answer,"
            f" in {cost.round_trips} round trips",
        ),
    ]
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    console.print()
    console.print(table)


def _latencies(replayed: Sequence[Paid]) -> list[tuple[str, str]]:
    payments = _quantiles([each.answer for each in replayed])
    health = _quantiles([each.health for each in replayed if each.health])
    return [
        ("A payment takes", "median {:.0f} ms, p95 {:.0f} ms".format(*payments)),
        ("GET /health in the same run", "median {:.0f} ms, p95 {:.0f} ms".format(*health)),
    ]


def _quantiles(answers: Sequence[Answer]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    taken = [answer.seconds * 1_000 for answer in answers]
    return statistics.median(taken), statistics.quantiles([*taken, taken[-1]], n=20)[-1]


def differences(
    *,
    sums: Sums,
    replayed: Sequence[Paid],
    fees: int,
    got: int,
    trial: dict[str, int],
    verified: dict[str, Any],
) -> list[str]:
    """Return the differences in words; none on a sound run."""
    lines = sum(each.purchase.cents for each in replayed)
    claims = {
        f"the file has {dollars(lines)}, payments add up to {dollars(sums.amount)}": lines == sums.amount,
        f"fees should be {dollars(fees)} and are {dollars(sums.fees)}": fees == sums.fees,
        f"the merchant got {dollars(got)}, not {dollars(sums.net)}": got == sums.net,
        f"{sums.declined} payments were declined": not sums.declined,
        f"only {sums.repeated_without_effect} of {sums.repeated} repeated requests were replays": (
            sums.repeated_without_effect == sums.repeated
        ),
        f"the trial balance is {trial}": not any(trial.values()),
        f"the verification found {verified['differences']}": not verified["difference_count"],
        f"as of {verified['as_of']} the sums were {verified['sums']}": bool(verified["zero_sum"]),
    }
    return [claim for claim, holds in claims.items() if not holds]


def invite(channel: Channel, seeded: Seeded) -> None:
    """Print the API's address, a token, and what to try; plain text, to be copied."""
    merchant = seeded.merchants[MUSIC]
    wallet = next(iter(seeded.wallets.values()))
    print(f"""
The API stays up until `make stop`. To try it, for the next 15 minutes:

export API={channel.api_url}
export TOKEN={channel.token()}

curl -s "$API/merchants/{merchant}" -H "Authorization: Bearer $TOKEN"
curl -s "$API/accounts/{wallet}/entries?limit=3" -H "Authorization: Bearer $TOKEN"
curl -s "$API/payments" -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $(date +%s)" \\
  -H "Content-Type: application/json" -d '{{"payer_account_id": "{wallet}",
  "merchant_id": "{merchant}", "amount": 1, "currency": "{CURRENCY}", "merchant_order_no": "MINE-1"}}'
""")
