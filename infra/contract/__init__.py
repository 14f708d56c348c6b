"""The contract of the house, made from its code: the HTTP API, the domain events, a sample of each.

Nothing here is read at run time. `python -m infra.generate` writes what these modules make, and a test fails
when what is written is not what they would make today.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# As on Lambda: the rooms and the kernel's layer are importable by their own names.
for _folder in (ROOT / "functions", ROOT / "layers" / "bank" / "python"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))
# Rooms are imported to be read, not run.
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
