"""What a channel says of the file of a batch when it announces it."""

import base64
import hashlib
from typing import Any


def facts(content: str | bytes, **different: Any) -> dict[str, Any]:
    """The members of an announcement that say which file will come."""
    content = content.encode() if isinstance(content, str) else content
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"file_sha256": digest, "file_length": len(content), **different}
