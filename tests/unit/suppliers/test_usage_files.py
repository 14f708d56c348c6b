"""Suppliers' own files of use, from their announcement to what came of comparing them."""

import json
from typing import Any

import boto3
import pytest

from bank.config import config
from bank.uploads.facts import FileFacts
from suppliers import app as room
from suppliers.app import app
from suppliers.settings import settings
from tests.support import http
from tests.support.http import Reply, call, context
from tests.support.organisation import OTHER_BRANCH, units
from tests.support.streams import Cloud
from tests.unit.suppliers.given import applicant, get, supplier
from tests.unit.suppliers.test_statements import DECEMBER, deliver, reversed_, used

FILE = b"code,amount\nent_1,100\nent_2,90\nent_9,100\n"


def announce(supplier_id: str, content: bytes = FILE, **given: Any) -> Reply:
    file = FileFacts.of(content, "text/csv")
    body = {
        "period": "2026-11",
        "file_name": "usage.csv",
        "file_sha256": file.sha256,
        "file_length": file.length,
        "file_type": file.media_type,
        **given.pop("facts", {}),
    }
    return call(app, "POST", f"/suppliers/{supplier_id}/usage-files", body, **given)


def put(
    supplier_id: str, file_id: str, content: bytes = FILE, media_type: str = "text/csv"
) -> dict[str, Any]:
    """Put the file, and have S3 tell of it."""
    key = f"usage/{supplier_id}/{file_id}.csv"
    s3 = boto3.client("s3", region_name=config.region)
    s3.put_object(Bucket=settings.bucket, Key=key, Body=content, ContentType=media_type)
    return told(key)


def told(key: str) -> dict[str, Any]:
    body = json.dumps({"Records": [{"s3": {"object": {"key": key.replace("/", "%2F")}}}]})
    record = {"messageId": "m0", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs"}
    record |= {"attributes": {}, "messageAttributes": {}, "eventSourceARN": "a:b:c:d:e:f"}
    answer = room.on_usage_files({"Records": [record]}, context())
    return dict(answer)


def compared(supplier_id: str, content: bytes = FILE) -> dict[str, Any]:
    file_id = announce(supplier_id, content).json["file_id"]
    assert put(supplier_id, file_id, content) == {"batchItemFailures": []}
    found: dict[str, Any] = get(f"/suppliers/{supplier_id}/usage-files/{file_id}").json
    return found


def results(supplier_id: str, file_id: str) -> list[str]:
    s3 = boto3.client("s3", region_name=config.region)
    found = s3.get_object(Bucket=settings.bucket, Key=f"results/{supplier_id}/{file_id}.csv")
    return found["Body"].read().decode().splitlines()[1:]


def test_each_code_is_compared_with_what_the_bank_has(bank: Cloud) -> None:
    supplier_id = supplier()
    deliver(used(supplier_id, 1), used(supplier_id, 2), used(supplier_id, 3), used(supplier_id, 4, DECEMBER))
    deliver(used(supplier_id, 5), reversed_(supplier_id, 5))

    found = compared(supplier_id)
    assert (found["status"], found["lines"], found["unreadable"]) == ("compared", 3, [])
    assert found["counts"] == {"matched": 1, "ours_only": 1, "theirs_only": 1, "amount_differs": 1}
    assert "attachment" in found["results_url"]
    assert results(supplier_id, found["file_id"]) == [
        "ent_1,matched,1,100,1,100",
        "ent_2,amount_differs,1,100,1,90",
        "ent_3,ours_only,1,100,0,0",
        "ent_9,theirs_only,0,0,1,100",
    ]


def test_the_same_file_is_one_record_however_often_it_comes(bank: Cloud) -> None:
    supplier_id = supplier()
    deliver(used(supplier_id, 1))
    first = compared(supplier_id)

    again = compared(supplier_id)
    assert {**again, "results_url": None} == {**first, "results_url": None}
    shuffled = b"code,amount\nent_9,100\nent_2,90\nent_1,100\n"
    other = compared(supplier_id, shuffled)
    assert other["file_id"] != first["file_id"]
    assert other["counts"] == first["counts"]
    assert announce(supplier_id, facts={"period": "2026-12"}).json["file_id"] != first["file_id"]


def test_of_another_supplier_s_codes_nothing_is_learnt(bank: Cloud) -> None:
    mine, theirs = supplier(), supplier()
    deliver(used(theirs, 1), used(theirs, 2))

    assert compared(mine)["counts"] == {"matched": 0, "ours_only": 0, "theirs_only": 3, "amount_differs": 0}


@pytest.mark.parametrize(
    ("content", "code"), [(b"amount,code\n", "wrong_header"), (b"\xff\xfe\xff", "not_csv")]
)
def test_a_file_that_is_none_is_rejected_and_says_why(bank: Cloud, content: bytes, code: str) -> None:
    found = compared(supplier(), content)

    assert (found["status"], found["rejection"]["code"], found["results_url"]) == ("rejected", code, None)


def test_only_the_announced_file_counts(bank: Cloud) -> None:
    supplier_id = supplier()
    file_id = announce(supplier_id).json["file_id"]
    path = f"/suppliers/{supplier_id}/usage-files/{file_id}"

    for content, media_type in ((FILE + b"ent_5,1\n", "text/csv"), (FILE, "text/html")):
        assert put(supplier_id, file_id, content, media_type) == {"batchItemFailures": []}
        assert get(path).json["status"] == "awaiting_file"
    put(supplier_id, file_id)
    assert get(path).json["status"] == "compared"


def test_what_nobody_announced_and_what_is_no_usage_file_is_passed_over(bank: Cloud) -> None:
    supplier_id = supplier()

    assert put(supplier_id, "suf_0K8KBABGV9C3Q610962XCWYWV4") == {"batchItemFailures": []}
    assert told("documents/x/y") == {"batchItemFailures": []}
    assert get(f"/suppliers/{supplier_id}/usage-files/suf_1").json["code"] == "usage_file_not_found"


def test_usage_files_are_missing_for_other_branches_and_not_for_applicants(bank: Cloud) -> None:
    units()
    supplier_id, other = supplier(), http.staff(OTHER_BRANCH)
    file_id = announce(supplier_id).json["file_id"]

    strange = [
        announce(supplier_id, principal=other),
        get(f"/suppliers/{supplier_id}/usage-files/{file_id}", principal=other),
    ]
    assert [(each.status, each.json["code"]) for each in strange] == [(404, "supplier_not_found")] * 2
    assert announce(applicant()).json["code"] == "supplier_status"
    assert announce(supplier_id, facts={"period": "2026-13"}).status == 422
