"""The stage of a history: what the code under test would take from the machine, it takes from the world."""

import base64
import contextlib
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest import mock

import botocore.endpoint

from accounts.service import sweeping, withdrawals
from audit.service import chaining
from bank import clock, ids
from bank.access import organisation
from bank.calendar import years
from bank.caps import domain as caps
from bank.caps import tables as cap_tables
from bank.config import config
from bank.control.approval import rules
from bank.http import cursors
from bank.ledger import expiry, parts, payees
from bank.store import recent, retries
from benefits.service import expiry as expiry_of_benefits
from benefits.service import indexing
from merchants.service import closing
from payments.service import pay as payments_pay
from points import tables as points_tables
from points.service import runs as points_runs
from tests.simulation.appenders import Appenders
from tests.support import embedded, http
from tests.support.approvals import undelayed
from transfers.service import pay as transfers_pay

if TYPE_CHECKING:
    from tests.simulation.world import World

# Weeks would leave nothing of a history but reviews that lapsed.
REVIEW = timedelta(hours=2)
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    # Over https botocore would send a file in chunks, with its checksum behind it.
    "AWS_ENDPOINT_URL_S3": "http://s3.us-east-1.amazonaws.com",
}


class Errors(logging.Handler):
    """Keeps the last error that the code logged, for a report."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.levelno >= logging.ERROR:
            self.last = logging.Formatter().format(record)


@contextmanager
def stage(world: "World") -> Iterator[None]:
    """AWS, time, chance and the log are the world's in here."""
    appenders = Appenders(world.random)
    services = {"eventbridge": world.bus.serve, "sqs": world.queues.serve, "s3": world.files.serve}
    # botocore draws its pauses from a source of its own.
    sleepless = SimpleNamespace(sleep=lambda _: world.passes(0.05))
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", ENVIRONMENT))
        stack.enter_context(embedded.cloud(world.around, **services))
        stack.enter_context(clock.source(world.read_clock))
        for target, attribute, instead in (
            (retries, "pause", world.pause),
            (ids, "_entropy", world.random.randbytes),
            (secrets, "randbelow", world.random.randrange),
            # Of the nonces that cursors are sealed with.
            (cursors, "os", SimpleNamespace(urandom=world.random.randbytes)),
            (secrets, "token_urlsafe", lambda size: _text(world.random.randbytes(size))),
            # A history is small: a credit or two in a minute make an account grow, to a few parts.
            (parts, "PER_MINUTE", world.random.choice([0, 1])),
            (parts, "MOST", 4),
            (withdrawals, "REVIEW", REVIEW),
            (payments_pay, "REVIEW", REVIEW),
            (transfers_pay, "REVIEW", REVIEW),
            (closing, "DRAINS", REVIEW),
            # A night looks through each shard of the accounts.
            (payees, "SHARDS", 3),
            (sweeping, "SEGMENTS", 2),
            # So few claims are split over rows here, and met by two who look at one each.
            (caps, "PER_SHARD", 2),
            (cap_tables, "LOOKED_AT", 1),
            (expiry_of_benefits, "SHARDS", 2),
            (indexing, "SHARDS", 2),
            (points_tables, "SHARDS", 2),
            (points_runs, "SHARDS", 2),
            (botocore.endpoint, "time", sleepless),
            # Several threads would be the machine's chance.
            (expiry, "WORKERS", 1),
            (http, "keep_session", world.quietly(http.keep_session)),
            (recent, "_kept", {}),
            # What an appender knows of the chains is a process's, and of one history.
            (chaining, "append", appenders.append),
            (chaining, "forget", appenders.forget),
            (logging.getLogger(config.service), "handlers", [world.errors]),
        ):
            stack.enter_context(mock.patch.object(target, attribute, instead))
        # What the history before has left in memory is not of this one.
        organisation.forget()
        years.forget()
        rules.forget()
        # A day would leave nothing of a history but proposals.
        stack.enter_context(undelayed("merchants.change_merchant"))
        yield


def _text(random: bytes) -> str:
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode()
