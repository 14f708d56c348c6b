"""Facts by which a file is told from another. Pure."""

import base64
import hashlib
from dataclasses import dataclass


class AnotherFile(Exception):
    """This is not the file that was announced; that one may still come. `code` and `detail` say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class FileFacts:
    """Identity of a file: SHA-256 (in base64, as S3 writes it), length in bytes, and media type."""

    sha256: str
    length: int
    media_type: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> "FileFacts":
        """The facts of a file that is here."""
        digest = hashlib.sha256(content).digest()
        return cls(base64.b64encode(digest).decode(), len(content), media_type)

    @property
    def sha256_hex(self) -> str:
        """The SHA-256 as hexadecimal digits."""
        return base64.b64decode(self.sha256).hex()

    def require(self, announced: "FileFacts") -> None:
        """Raise AnotherFile unless this is the announced file. Says nothing of what came instead."""
        if self.length != announced.length:
            raise AnotherFile("wrong_length", f"the file has not the announced {announced.length} bytes")
        if self.media_type != announced.media_type:
            raise AnotherFile("wrong_type", f"the file did not come as {announced.media_type}, as announced")
        if self.sha256 != announced.sha256:
            raise AnotherFile("wrong_digest", "the file has another SHA-256 than announced")
