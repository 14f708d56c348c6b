"""Clients of AWS, all with the same configuration: short time-outs, few retries, nothing validated twice."""

from typing import Any

import botocore.session
from botocore.config import Config as BotoConfig

from bank.config import config


def client(service: str, *, read_timeout: int, session: Any = None, **options: Any) -> Any:
    """A client of `service` that waits `read_timeout` seconds for an answer: callers wait no longer.

    `options` go to botocore's Config. Cache it where it is made: a client costs a cold start 40 ms.
    """
    return (session or botocore.session.get_session()).create_client(
        service, region_name=config.region, config=client_config(read_timeout=read_timeout, **options)
    )


def client_config(*, read_timeout: int, **options: Any) -> BotoConfig:
    """The same as botocore's Config, for libraries that make their clients themselves.

    AWS_PATIENCE multiplies the time-outs on a stage whose AWS shares two processors with all that calls it.
    """
    return BotoConfig(
        parameter_validation=False,
        connect_timeout=config.aws_patience,
        read_timeout=read_timeout * config.aws_patience,
        retries={"mode": "standard", "total_max_attempts": 4},
        # botocore composes its own anew for each call, letter by letter: a tenth of the time of a call.
        user_agent=f"perkbank/{config.service}",
        **options,
    )
