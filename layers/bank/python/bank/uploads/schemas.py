"""Fields that requests and answers of rooms that take files have alike."""

from typing import Annotated, Literal

from pydantic import Field

from bank.http.fields import Instant, Schema

Sha256 = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$",
        description="SHA-256 of the file's bytes in base64, as `x-amz-checksum-sha256` has it",
        examples=["qv6e8vmug80ftS5CyXb2gcHJKKew64jmf0ht1Kd8odI="],
    ),
]


class Upload(Schema):
    """Upload of the file, with these headers and its Content-Length: the URL takes no other file.

    It may be put again. The URL is good until `expires_at` at most; when S3 refuses it, the same request sent
    again gets another for the same file.
    """

    url: str = Field(examples=["https://s3.example.com/uploads/batch?X-Amz-Signature=..."])
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str] = Field(
        examples=[
            {
                "Content-Type": "text/csv",
                "x-amz-checksum-sha256": "qv6e8vmug80ftS5CyXb2gcHJKKew64jmf0ht1Kd8odI=",
            }
        ]
    )
    expires_at: Instant
