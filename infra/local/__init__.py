"""Perkbank on this machine: MiniStack stands in for AWS; `sam` builds and deploys the same template there.

`deploy` goes to `AWS_ENDPOINT_URL` where that is set (LocalStack, another MiniStack), else to what `start`
started. All it leaves behind lies in .local/: what it runs, what it built, its log. `PORT` moves the server.
MiniStack runs with AUTH=true: every function has the permissions of its role and no others, as on AWS.
"""

from infra.local.deploying import outputs
from infra.local.looking import sent_messages, tapped
from infra.local.server import running_pid
from infra.local.settings import (
    CREDENTIALS,
    ENDPOINT,
    LOCAL,
    REGION,
    ROOT,
    STACK,
    STAGE,
    TEST_CLOCK,
    Failed,
    bucket,
    client,
)

__all__ = [
    "CREDENTIALS",
    "ENDPOINT",
    "LOCAL",
    "REGION",
    "ROOT",
    "STACK",
    "STAGE",
    "TEST_CLOCK",
    "Failed",
    "bucket",
    "client",
    "outputs",
    "running_pid",
    "sent_messages",
    "tapped",
]
