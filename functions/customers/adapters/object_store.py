"""The bucket of exports: a customer's, a part from each room, a week long."""

import functools
from typing import Any

from bank import aws
from bank.config import config
from bank.privacy import exports

URL_SECONDS = 300


def parts(export_id: str) -> dict[str, int]:
    """The rooms whose part of an export is there, with its bytes. One request."""
    prefix = f"{export_id}/"
    found = _s3().list_objects_v2(Bucket=config.export_bucket, Prefix=prefix).get("Contents", ())
    return {item["Key"].removeprefix(prefix).removesuffix(".json"): int(item["Size"]) for item in found}


def url(export_id: str, room: str) -> str:
    """A presigned URL of a room's part, good for five minutes. No request."""
    address: str = _s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": config.export_bucket,
            "Key": exports.key(export_id, room),
            "ResponseContentDisposition": f'attachment; filename="{room}.json"',
        },
        ExpiresIn=URL_SECONDS,
    )
    return address


def remove(export_id: str) -> None:
    """Delete all parts of an export, before their week is over."""
    for room in parts(export_id):
        _s3().delete_object(Bucket=config.export_bucket, Key=exports.key(export_id, room))


@functools.cache
def _s3() -> Any:
    return aws.s3(read_timeout=4, signature_version="s3v4")
