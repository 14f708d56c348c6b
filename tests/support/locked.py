"""The bucket that audit anchors lie in, as template.yaml makes it."""

import boto3

from audit.adapters import object_store
from audit.settings import settings
from bank.config import config


def create_bucket() -> None:
    """A versioned bucket with object lock."""
    s3 = boto3.client("s3", region_name=config.region)
    s3.create_bucket(Bucket=settings.bucket, ObjectLockEnabledForBucket=True)


def forget() -> None:
    """Let go of the client that was made for it."""
    object_store.client.cache_clear()
