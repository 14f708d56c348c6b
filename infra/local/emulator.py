"""MiniStack, which reads each expression once.

    python infra/local/emulator.py

MiniStack 1.5 reads the text of a condition anew for every item that it tries it on, which is nearly all that
a query of a large partition costs it, and holds up every other request. What a text says is the same each
time, so that here the last texts' readings are kept. It behaves as MiniStack does otherwise.
"""

import functools
import sys

from ministack import app  # type: ignore[import-untyped]
from ministack.services import dynamodb  # type: ignore[import-untyped]

# Functions of a text alone, whose answers nobody changes.
OF_TEXTS = ("_tokenize", "_condition_syntax_error")
TEXTS = 4096


def keep_readings() -> None:
    """Have the emulator keep what it reads from expressions; what another release lacks is left alone."""
    for name in OF_TEXTS:
        if hasattr(dynamodb, name):
            setattr(dynamodb, name, functools.lru_cache(TEXTS)(getattr(dynamodb, name)))


if __name__ == "__main__":
    keep_readings()
    sys.exit(app.main())
