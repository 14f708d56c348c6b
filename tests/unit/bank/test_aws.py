"""Clients of AWS: how long their calls wait, and what they know of services."""

from dataclasses import replace

import botocore.loaders
import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError

from bank import aws
from bank.config import config


@pytest.mark.parametrize(("patience", "waits"), [(1, (1, 3)), (30, (30, 90))])
def test_time_outs_are_short_unless_the_stage_asks_for_patience(
    patience: int, waits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "config", replace(config, aws_patience=patience))

    made = aws.client_config(read_timeout=3)

    assert (made.connect_timeout, made.read_timeout) == waits


@pytest.mark.parametrize("service", ["dynamodb", "events", "kms", "s3", "sns", "sqs"])
@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1", "paginators-1"])
def test_services_are_described_as_botocore_describes_them(service: str, kind: str) -> None:
    # Fresh ones: whoever mocks AWS in this process may have changed what the shared ones have read.
    ours, theirs = aws._loader.__wrapped__(), botocore.loaders.create_loader()

    assert ours.load_service_model(service, kind) == theirs.load_service_model(service, kind)


def test_a_service_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownServiceError):
        aws.client("dynamodbb", read_timeout=3)


def test_a_file_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DataNotFoundError):
        aws.session().get_component("data_loader").load_service_model("dynamodb", "service-1")
