"""The states of a batch, and how long an upload URL is good."""

from datetime import datetime, timedelta
from enum import StrEnum

# An upload URL is signed as of the last full period since the batch was made: every delivery of a request
# within that period gets the same URL, and none gets one with less than half of its time left.
SIGNING_PERIOD = timedelta(minutes=30)
UPLOAD_TIME = 2 * SIGNING_PERIOD

# Why nothing is paid for a client that was suspended or revoked after it had announced a batch.
CLIENT_STOPPED = "client_stopped"


class Status(StrEnum):
    """Statuses of a batch. rejected and completed are final."""

    AWAITING_FILE = "awaiting_file"
    PROCESSING = "processing"
    COMPLETED = "completed"
    REJECTED = "rejected"


def signed_as_of(created_at: datetime, now: datetime) -> datetime:
    """The instant that an upload URL given out `now` is signed as of, to the second."""
    periods = max(0, (now - created_at) // SIGNING_PERIOD)
    return (created_at + periods * SIGNING_PERIOD).replace(microsecond=0)
