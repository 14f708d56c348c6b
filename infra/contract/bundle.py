"""Write the OpenAPI documents, whole and by tag, into the folder that the about room serves them from.

    python -m infra.contract.bundle FOLDER

Part of each build of that room: functions/about/Makefile.
"""

import json
import sys
from pathlib import Path
from typing import Any

from infra.contract import clients


def documents() -> dict[str, str]:
    """The text of each file, by its path in the folder: that of the URL that it is served at."""
    whole = clients.document()
    parts = {f"openapi/{tag['name']}.json": clients.part(whole, tag["name"]) for tag in whole["tags"]}
    return {name: _text(each) for name, each in {"openapi.json": whole, **parts}.items()}


def write(folder: Path) -> None:
    """Write them all."""
    for name, text in documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
