"""Costs of the platform against its budgets.

    python -m bench [--accounts N] [SECTION ...]

Prints one table; the exit code is 1 where a budget is broken. It starts a MiniStack of its own and stops it.
"""

import argparse
import sys
import time
from collections.abc import Callable

from bench import (
    access,
    after,
    applying,
    before,
    claims,
    cloud,
    cold,
    cpu,
    expiry,
    hot,
    report,
    scale,
    scenes,
    screening,
    settling,
    watchlist,
)
from bench.background import Background
from bench.capacity import section as capacity

SECTIONS: dict[str, Callable[[Background, int], report.Section | list[report.Section]]] = {
    "before": lambda background, _: before.the_answer(background),
    "after": lambda background, _: after.the_answer(background),
    "appliers": lambda *_: applying.together(),
    "cpu": lambda background, _: cpu.handlers(background),
    "access": lambda *_: access.who_calls(),
    "cold": lambda *_: cold.imports(),
    "pairs": lambda *_: screening.section(),
    "names": lambda *_: watchlist.section(),
    "expiry": lambda *_: expiry.of_holds(),
    "hot": lambda *_: hot.merchant(),
    "claims": lambda *_: claims.sections(),
    "settlement": lambda background, _: settling.night(background),
    "capacity": lambda background, _: capacity.sections(background),
    # Last: MiniStack is slower with so much in it.
    "scale": lambda _, many: scale.accounts_in_the_bank(many),
}


def main() -> int:
    """Measure what the command line names, or everything."""
    arguments = _arguments()
    with cloud.running():
        cloud.furnish()
        scenes.rules_are_live()
        background = Background()
        sections = [
            section
            for name in SECTIONS
            if name in (arguments.sections or SECTIONS)
            for section in _measured(name, background, arguments.accounts)
        ]
    print(report.table(sections))
    missed = [row for section in sections for row in section.rows if row.missed]
    print(f"\nBudgets broken: {len(missed)}")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure costs against their budgets"
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--accounts", type=int, default=100_000, help="accounts in the large bank of `scale`")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(unknown)}: there are {', '.join(SECTIONS)}")
    return arguments


def _measured(name: str, background: Background, accounts: int) -> list[report.Section]:
    started = time.monotonic()
    print(f"measuring {name} ...", end="", file=sys.stderr, flush=True)
    found = SECTIONS[name](background, accounts)
    print(f" {time.monotonic() - started:.0f} s", file=sys.stderr)
    return found if isinstance(found, list) else [found]


if __name__ == "__main__":
    sys.exit(main())
