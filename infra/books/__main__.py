"""Commands: see `infra.books`. Ends with 1 where anything differs. `make verify-export` does both."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import infra.books
from infra import local


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.books",
        description=infra.books.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("export", "verify"))
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--kept", type=Path, help="file of checkpoints, from which an incremental export goes on"
    )
    parser.add_argument("--publish", action="store_true", help="let GET /ledger/verification answer it")
    parser.add_argument("--memory", default="1GB", help="that DuckDB may use; the rest goes to FOLDER")
    chosen = parser.parse_args(arguments)
    if (chosen.command == "export" or chosen.publish) and "TABLE_PREFIX" not in os.environ:
        os.environ |= {
            "AWS_ENDPOINT_URL": local.outputs()["Endpoint"],
            "AWS_REGION": local.REGION,
            "TABLE_PREFIX": f"perkbank-{local.STAGE}-",
            "TEST_CLOCK": local.TEST_CLOCK,
            **local.CREDENTIALS,
        }
    # Imported now: the kernel reads its environment once, at import.
    from bank.ledger import verification
    from infra.books import exporting, verifying

    if chosen.command == "export":
        print(json.dumps(exporting.export(chosen.folder), indent=2))
        return 0
    report = verifying.verify(chosen.folder, kept=chosen.kept, memory=chosen.memory)
    if chosen.publish:
        verification.keep({name: value for name, value in report.items() if name != "export"})
    print(json.dumps(report, indent=2, ensure_ascii=False))
    return 1 if report["difference_count"] or not report["zero_sum"] else 0


if __name__ == "__main__":
    sys.exit(main())
