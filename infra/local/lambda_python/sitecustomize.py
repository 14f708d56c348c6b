"""Hide from local functions the packages that Lambda's Python has not.

The tools for development bring them along, and botocore imports them where it finds them: a fifth of each
cold start, and 14 MB of each worker. MiniStack has this folder in its PYTHONPATH, and Python imports a module
of this name before any other.
"""

import sys

for absent in ("awscrt", "OpenSSL"):
    sys.modules[absent] = None  # type: ignore[assignment]
