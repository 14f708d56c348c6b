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
        "--memory", default="1GB", help="that DuckDB may use; the rest lies beside the export"
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "export" and "TABLE_PREFIX" not in os.environ:
        os.environ |= {
            "AWS_ENDPOINT_URL": local.outputs()["Endpoint"],
            "AWS_REGION": local.REGION,
            "TABLE_PREFIX": f"perkbank-{local.STAGE}-",
            **local.CREDENTIALS,
        }
    # Imported now: the kernel reads its environment once, at import.
    from infra.books import exporting, full_pass

    if chosen.command == "export":
        print(json.dumps(exporting.export(chosen.folder), indent=2))
        return 0
    report = full_pass.verify(chosen.folder, memory=chosen.memory)
    print(json.dumps(report, indent=2, ensure_ascii=False))
    return 1 if report["difference_count"] or not report["zero_sum"] else 0


if __name__ == "__main__":
    sys.exit(main())
