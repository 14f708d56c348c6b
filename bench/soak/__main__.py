"""Load the bank for MINUTES with faults, and say whether anything was lost: `make soak MINUTES=60`.

    python -m bench.soak [--minutes N] [--clients N]

On a stack of its own, or on the one on this machine that PERKBANK_ENV names (a path to an env.json). Ends
with 1 where a balance, an answer or a verification differs, or a kind of fault never happened.
"""

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bench.soak import ending
from bench.soak.faults import Faults
from bench.soak.load import Load
from bench.soak.sent import Sent
from tests.e2e import stack
from tests.e2e.deployed import Deployed

WALLETS, MERCHANTS = 40, 8


def main() -> int:
    """Run it, print the figures, answer the exit code."""
    arguments = _arguments()
    named = os.environ.get("PERKBANK_ENV")
    with nullcontext(Path(named)) if named else stack.own() as path:
        deployed = Deployed(stack.read(path), path.resolve().parent)
        if deployed.env.stage != "local":
            raise SystemExit(f"not on stage {deployed.env.stage}: a soak breaks what it loads")
        load = Load(deployed, wallets=WALLETS, merchants=MERCHANTS)
        started = time.monotonic()
        with Faults(deployed) as faults:
            load.run(arguments.minutes * 60, arguments.clients)
        print(report(load, time.monotonic() - started, faults.done), flush=True)
        figures = ended(load)
    figures["wrong: faults that never happened"] = [kind for kind, count in faults.done.items() if not count]
    for what, found in figures.items():
        print(f"{what:58} {found}")
    wrong = [what for what, found in figures.items() if what.startswith("wrong:") and found]
    return 1 if wrong else 0


def ended(load: Load) -> dict[str, Any]:
    """Figures of the end, by what each is. Those that begin with `wrong:` must be empty."""
    started = time.monotonic()
    figures: dict[str, Any] = {"answered only when sent again after the faults": ending.answer_all(load)}
    figures["batches"] = len(load.batches)
    figures["wrong: batches without an end"] = ending.unfinished_batches(load)
    figures["sent again under load"] = load.again.count
    load.again.send_all(load.insist)
    figures["sent again in all"] = load.again.count
    done = sum(each.done is not None for each in load.sent)
    figures["wrong: done and not sent again"] = done - load.again.count
    figures["wrong: answered otherwise"] = load.again.otherwise
    figures["balances compared with the answers"] = len(load.expected)
    figures["wrong: balances (are, should be)"] = ending.wrong_balances(load)
    figures["seconds until all that was so"] = round(time.monotonic() - started)
    started = time.monotonic()
    verified = load.deployed.verified()
    figures["journals verified"] = verified["journals"]
    figures["wrong: verification"] = verified["differences"]
    figures["wrong: late and not to come"] = verified["late"]
    figures["wrong: sum of all balances is not zero"] = not verified["zero_sum"]
    audit = load.deployed.audited()
    figures["entries of the audit trail verified"] = audit["entries"]
    figures["wrong: audit trail"] = audit["differences"]
    figures["seconds of verifying"] = round(time.monotonic() - started)
    figures["wrong: given up"] = ending.given_up(load.deployed)
    return figures


def report(load: Load, seconds: float, faults: Counter[str]) -> str:
    """Requests, outcomes, latencies from the first attempt to the last, refusals and faults, as a table."""
    sent, kinds = load.sent, defaultdict[str, list[Sent]](list)
    refused: Counter[str] = Counter()
    for each in sent:
        if each.answer and each.done is None:
            refused[f"{each.kind} refused: {each.answer.status} {each.answer.json['code']}"] += 1
        kinds[each.kind].append(each)
    lines = [f"{len(sent):,} requests in {seconds:.0f} s: {len(sent) / seconds:.1f} a second", ""]
    lines.append(f"{'':14}{'sent':>8}{'done':>8}{'refused':>9}{'again':>7}{'p50 ms':>9}{'p99 ms':>9}")
    for kind, some in kinds.items():
        done = sum(each.done is not None for each in some)
        again = sum(each.answer is None or each.answer.attempts > 1 for each in some)
        taken = sorted(each.seconds * 1_000 for each in some)
        times = f"{percentile(taken, 50):>9.0f}{percentile(taken, 99):>9.0f}"
        lines.append(f"{kind:14}{len(some):>8}{done:>8}{len(some) - done:>9}{again:>7}{times}")
    failures = Counter({f"answers of {status}": count for status, count in load.failures.items()})
    counts = [f"{what}: {count}" for what, count in (refused + failures).items()]
    counts += [f"{what}: {count}" for what, count in faults.items()]
    return "\n".join([*lines, "", *counts, ""])


def percentile(ordered: list[float], percent: int) -> float:
    """The value that so many percent of ordered values do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Load the bank with faults")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8, help="requests under way at any time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
