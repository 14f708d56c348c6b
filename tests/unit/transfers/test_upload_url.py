"""Upload URLs: signed as botocore signs them, and the same for deliveries that come soon after each other."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bank import aws, clock
from tests.unit.transfers.desk import Desk
from transfers.adapters import object_store
from transfers.domain.batch_file import FileFacts
from transfers.settings import settings

AT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("token", ["", "a session's token/with=signs+"])
def test_the_signature_is_the_one_that_botocore_gives(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
        aws.session.cache_clear()
        object_store._s3.cache_clear()
    file = FileFacts.of(b"to_account_id", "text/csv; charset=utf-8")
    theirs = object_store._s3().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": settings.batch_bucket,
            "Key": "uploads/bat_01.csv",
            "ContentLength": file.length,
            "ContentType": file.media_type,
            "ChecksumSHA256": file.sha256,
        },
        ExpiresIn=3_600,
    )

    (stamp,) = parse_qs(urlsplit(theirs).query)["X-Amz-Date"]
    as_of = datetime.strptime(stamp, "%Y%m%dT%H%M%S%z")

    ours = object_store.upload_url("bat_01", file=file, as_of=as_of, good_for=timedelta(hours=1))

    assert urlsplit(ours)[:3] == urlsplit(theirs)[:3]
    assert parse_qs(urlsplit(ours).query) == parse_qs(urlsplit(theirs).query)
    (signed,) = parse_qs(urlsplit(ours).query)["X-Amz-SignedHeaders"]
    assert signed == "content-length;content-type;host;x-amz-checksum-sha256"


def test_a_replay_within_the_period_gives_the_same_answer_and_later_a_url_that_is_still_good(
    desk: Desk,
) -> None:
    alice = desk.wallet(1_000)

    def announced(after: timedelta) -> tuple[str, timedelta]:
        now = AT + after
        with clock.source(lambda: now):
            upload = desk.announce(alice, 1, 100).json["upload"]
        return upload["url"], clock.parse(upload["expires_at"]) - now

    first, second = announced(timedelta(0)), announced(timedelta(minutes=29))
    third, last = announced(timedelta(minutes=31)), announced(timedelta(days=9))

    assert first[0] == second[0]
    assert len({first[0], third[0], last[0]}) == 3
    assert all(
        timedelta(minutes=30) <= left <= timedelta(hours=1) for _, left in (first, second, third, last)
    )
