"""Scopes: what a channel's client may be given, what a role of staff is made of, and which routes each opens.

Rooms declare them with their routes (`bank.http.Api`), and `python -m infra.generate` collects them in
scopes.json: a function that judges scopes holds no other room's code.
"""

import json
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("scopes.json")


class Opening(NamedTuple):
    """A method, and the first segment of the paths that a scope opens with it, with all that lies below."""

    method: str
    root: str


def _read() -> dict[str, frozenset[Opening]]:
    """The openings of each scope; "POST accounts" in the file is one."""
    written: dict[str, list[str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        scope: frozenset(Opening(*opening.split(" ")) for opening in openings)
        for scope, openings in written.items()
    }


SCOPES = _read()
