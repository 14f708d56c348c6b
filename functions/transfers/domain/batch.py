"""The states of a batch, and how long an upload URL is good."""

from datetime import timedelta
from enum import StrEnum

# At most: a URL ends with the credentials that it is signed with, and Lambda renews these when it likes.
UPLOAD_TIME = timedelta(hours=1)

# Why nothing is paid for a client that was suspended or revoked after it had announced a batch.
CLIENT_STOPPED = "client_stopped"


class Status(StrEnum):
    """Statuses of a batch. rejected and completed are final."""

    AWAITING_FILE = "awaiting_file"
    PROCESSING = "processing"
    COMPLETED = "completed"
    REJECTED = "rejected"
