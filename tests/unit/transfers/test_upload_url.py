"""Upload URLs: what they take, until when, and what a delivery that comes again gets."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bank import aws, clock
from bank.uploads.facts import FileFacts
from tests.unit.transfers.desk import Desk
from transfers.adapters import object_store

HOUR = timedelta(hours=1)


def parts(url: str) -> tuple[str, dict[str, list[str]]]:
    """The object that a URL names, and its parameters."""
    return urlsplit(url).path, parse_qs(urlsplit(url).query)


@pytest.mark.parametrize("token", ["", "a session's token/with=signs+"])
def test_length_type_and_checksum_are_signed(desk: Desk, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
        aws.session.cache_clear()
        object_store._s3.cache_clear()
    file = FileFacts.of(b"to_account_id", "text/csv; charset=utf-8")

    path, signed = parts(object_store.upload_url("bat_01", file=file, good_for=HOUR))

    assert path.endswith("/uploads/bat_01.csv")
    assert signed["X-Amz-SignedHeaders"] == ["content-length;content-type;host;x-amz-checksum-sha256"]
    assert signed["X-Amz-Expires"] == ["3600"]
    assert signed.get("X-Amz-Security-Token", [""]) == [token]


def test_a_delivery_that_comes_again_gets_the_same_batch_and_a_url_for_another_hour(desk: Desk) -> None:
    alice, first_at = desk.wallet(1_000), clock.now()

    def announced(after: timedelta) -> dict[str, object]:
        with clock.source(lambda: first_at + after):
            answer = desk.announce(alice, 1, 100).json
        path, _ = parts(answer["upload"]["url"])
        left = clock.parse(answer["upload"]["expires_at"]) - (first_at + after)
        return {"batch_id": answer["batch_id"], "path": path, "left": left, **answer["upload"]["headers"]}

    first = announced(timedelta(0))

    assert first["left"] == HOUR
    assert [announced(after) for after in (timedelta(minutes=31), timedelta(days=9))] == [first] * 2
