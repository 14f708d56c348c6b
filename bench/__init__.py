"""Costs of the platform against its budgets: `make bench`. README.md says how to read them.

Nothing here runs in Lambda: the real handlers are called in this process, against a MiniStack of its own.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# As on Lambda: the rooms and the kernel's layer are importable by their own names.
PATHS = (ROOT / "functions", ROOT / "layers" / "bank" / "python")
for _folder in PATHS:
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))
# What the handlers log would stand between the rows of the table.
os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "ERROR")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
