"""Write what follows from the code: HTTP contract, scopes, events' schemas, samples, what templates share.

    python -m infra.generate           writes
    python -m infra.generate --check   writes nothing, and fails where something would be written

Samples are only made where they are missing: a room may bring its own.
"""

import difflib
import sys
from pathlib import Path

from infra import jobs, runbook, templates
from infra.contract import ROOT, acts, events, gateway, holdings, kinds, requests, review, scopes

SHOWN_LINES = 60


def wanted() -> dict[Path, str]:
    """Each generated file as it should be."""
    return {
        gateway.FILE: gateway.text(),
        scopes.FILE: scopes.text(),
        acts.FILE: acts.text(),
        kinds.FILE: kinds.text(),
        **templates.wanted(),
        jobs.FILE: jobs.catalogue(templates.all_jobs()),
        **review.files(),
        **runbook.wanted(),
        **holdings.wanted(),
        **events.schemas(),
        **{path: text for path, text in samples().items() if not path.exists()},
    }


def leftovers(files: dict[Path, str]) -> list[Path]:
    """Schemas of events that nobody publishes, and contracts of rooms that have no API, any more."""
    schemas = sorted(path for path in events.SCHEMAS.glob("*/*.json") if path not in files)
    return [*schemas, *review.leftovers()]


def samples() -> dict[Path, str]:
    """A sample of each event and of a request to each route."""
    return {**events.samples(), **requests.samples()}


def write() -> None:
    """Write every file that differs and remove what nothing declares any more."""
    files = wanted()
    for path, text in files.items():
        if _current(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {_shown(path)}")
    for path in leftovers(files):
        path.unlink()
        print(f"removed {_shown(path)}")


def differences() -> list[str]:
    """Return what `write` would change, as lines of a diff from what is there to what should be."""
    files = wanted()
    found: list[str] = []
    for path, text in files.items():
        lines = difflib.unified_diff(
            _current(path).splitlines(), text.splitlines(), _shown(path), "as the code has it", lineterm=""
        )
        found += list(lines)
    return found + [f"{_shown(path)}: nothing declares this any more" for path in leftovers(files)]


def _current(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def main(arguments: list[str]) -> int:
    """Write or check; 1 where the check finds something."""
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    if not arguments:
        write()
        return 0
    found = differences()
    for line in found[:SHOWN_LINES]:
        print(line)
    if len(found) > SHOWN_LINES:
        print(f"... and {len(found) - SHOWN_LINES} lines more")
    if found:
        print("\nThe contract is not what the code says: run `python -m infra.generate`.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
