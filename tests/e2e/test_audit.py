"""The audit trail on the deployed stack: one chain, whoever appends, and what was altered is named."""

import itertools
import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from bank import clock
from infra import local
from infra.people import Member
from tests.e2e.deployed import BANK_ACCOUNT, Deployed, at_once, created, ok
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("audit")


def client(deployed: Deployed, service: str) -> Any:
    """AWS past all functions, as somebody with the account's own credentials."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=deployed.env.endpoint_url,
        region_name=deployed.env.region,
        aws_access_key_id=local.CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=local.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def decisions(who: Member, **query: Any) -> list[dict[str, Any]]:
    """The decisions on money that were chained today."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        day = clock.business_date().isoformat()
        page = ok(who.get("/audit/decisions", {"day": day, "limit": 100, **query, **cursor}))
        found += page["items"]
        if not page["next_cursor"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def anchored(deployed: Deployed) -> None:
    """Run the job that anchors, as its schedule would."""
    name = f"perkbank-{deployed.env.stage}-audit-on-anchor"
    answer = client(deployed, "lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def verified(who: Member) -> dict[str, Any]:
    report: dict[str, Any] = created(who.post("/audit/verifications"))
    return report


def test_what_many_do_at_once_is_chained_once_each_in_one_intact_chain(
    deployed: Deployed, people: People
) -> None:
    """Payments that succeed and that are declined, and units that are added meanwhile."""
    merchant, wallet = deployed.merchant(), deployed.wallet(20_000)
    who = people.auditor
    before = verified(who)["differences"]

    paid = at_once(
        [lambda: created(deployed.pay(wallet, merchant, 1_000))] * 24 + [lambda: people.branch()] * 4  # type: ignore[list-item]
    )

    payments = [each for each in paid if isinstance(each, dict)]
    assert {each["status"] for each in payments} == {"succeeded", "declined"}
    for each in payments:
        deployed.eventually(
            lambda each=each: len(decisions(who, subject=each["payment_id"])),
            1,  # type: ignore[misc]
        )
    event_ids = [each["event_id"] for each in decisions(who)]
    assert len(event_ids) == len(set(event_ids))
    anchored(deployed)
    report = verified(who)
    assert report["differences"] == before
    assert report["entries"] >= len(payments)
    assert report["anchors"] >= 1
    assert ok(who.get("/audit/verification")) == report


def test_an_entry_that_was_altered_past_the_functions_is_named(deployed: Deployed, people: People) -> None:
    """For good: the chain holds that it was touched, also once it stands there again as it was."""
    unit_id = people.branch()
    who = people.auditor
    entries = ok(who.get("/audit", {"subject": unit_id}))["items"]
    entry_id = entries[0]["entry_id"]
    table = f"perkbank-{deployed.env.stage}-audit-entries"
    dynamodb = client(deployed, "dynamodb")
    key = {"entry_id": {"S": entry_id}}
    assert of_entry(who, entry_id) == set()
    deployed.eventually(lambda: _is_chained(dynamodb, deployed, entry_id), True)
    before = dynamodb.get_item(TableName=table, Key=key)["Item"]
    try:
        dynamodb.put_item(TableName=table, Item={**before, "actor": {"S": "stf_somebody_else"}})
        assert "altered in the audit trail: actor" in of_entry(who, entry_id)
        dynamodb.delete_item(TableName=table, Key=key)
        assert "removed from the audit trail" in of_entry(who, entry_id)
    finally:
        dynamodb.put_item(TableName=table, Item=before)
    touches = {"overwritten past the functions", "removed past the functions"}
    deployed.eventually(lambda: {each.split(" at ")[0] for each in of_entry(who, entry_id)}, touches)


def of_entry(who: Member, entry_id: str) -> set[str]:
    """What verification says of an entry."""
    return {each["detail"] for each in verified(who)["differences"] if each["id"] == entry_id}


def _is_chained(dynamodb: Any, deployed: Deployed, entry_id: str) -> bool:
    """Whether a block holds the entry's id."""
    from audit.domain import id_digest

    blocks = _blocks(dynamodb, deployed)
    return any(id_digest(entry_id) in block["ids"]["B"] for block in blocks if "ids" in block)


def _blocks(dynamodb: Any, deployed: Deployed) -> list[dict[str, Any]]:
    """Today's blocks of all lanes, as they are stored: all pages, since a busy lane has over a megabyte."""
    from audit.domain import LANES, lane_day

    today = clock.business_date().isoformat()
    pages = (
        dynamodb.get_paginator("query").paginate(
            TableName=f"perkbank-{deployed.env.stage}-audit-chain",
            KeyConditionExpression="#d = :d",
            ExpressionAttributeNames={"#d": "day"},
            ExpressionAttributeValues={":d": {"S": lane_day(today, lane)}},
        )
        for lane in range(LANES)
    )
    return [block for page in itertools.chain.from_iterable(pages) for block in page["Items"]]


def _bucket(s3: Any, deployed: Deployed) -> str:
    """The bucket of anchors."""
    prefix = f"perkbank-{deployed.env.stage}-audit-"
    names: list[str] = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    return next(name for name in names if name.startswith(prefix))


def test_the_newest_block_written_anew_is_named_before_any_anchor(deployed: Deployed, people: People) -> None:
    """Its digests are right, and whoever has the tables has not the key."""
    from audit.domain import Block, block, claim

    people.branch()
    who, dynamodb = people.auditor, client(deployed, "dynamodb")
    table = f"perkbank-{deployed.env.stage}-audit-chain"
    deployed.eventually(lambda: len(_blocks(dynamodb, deployed)) > 0, True)
    stored = _blocks(dynamodb, deployed)[-1]
    day, seq = stored["day"]["S"], int(stored["seq"]["N"])
    forged: Block = block(
        day=day,
        seq=seq,
        previous=stored["previous"]["S"],
        created_at=stored["created_at"]["S"],
        entries=[{"id": "evt_forged", "at": stored["created_at"]["S"], "what": "decision"}],
    )
    assert forged.claim() == claim("block", {"day": day, "seq": seq, "hash": forged.hash})
    written = {
        "packed": {"B": forged.packed},
        "ids": {"B": forged.ids},
        "leaves": {"B": forged.leaves},
        "hash": {"S": forged.hash},
        "entry_count": {"N": "1"},
    }
    try:
        dynamodb.put_item(TableName=table, Item={**stored, **written})
        found = {(each["id"], each["detail"]) for each in verified(who)["differences"]}
    finally:
        dynamodb.put_item(TableName=table, Item=stored)

    assert (f"{day}/{seq}", "rewritten: the bank did not sign it") in found


def test_an_anchor_that_the_job_did_not_put_is_named(deployed: Deployed, people: People) -> None:
    """Early and unlocked, to be taken away when it is in the way."""
    s3, who = client(deployed, "s3"), people.auditor
    day = clock.business_date().isoformat()
    head = {"day": day, "seq": 900_000, "hash": "0" * 64, "count": 1, "ended": False}
    early = {**head, "anchored_at": clock.instant(), "retain_until": clock.instant(), "signature": ""}
    place = {"Bucket": _bucket(s3, deployed), "Key": f"anchors/{day}/000900000.json"}
    put = s3.put_object(**place, Body=json.dumps(early).encode())
    try:
        found = {each["id"]: each["detail"] for each in verified(who)["differences"]}
    finally:
        s3.delete_object(**place, VersionId=put["VersionId"])

    assert found[place["Key"]] == "bad signature: the bank did not put it"


def test_an_anchor_cannot_be_deleted_by_whoever_has_all_rights(deployed: Deployed, people: People) -> None:
    """Compliance mode: neither the version nor its retention gives way."""
    people.branch()
    anchored(deployed)
    s3 = client(deployed, "s3")
    bucket = _bucket(s3, deployed)
    version = s3.list_object_versions(Bucket=bucket, Prefix="heads/")["Versions"][0]
    place = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**place)
    # A day ahead: a date that is past would be refused whatever the retention is.
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": clock.now() + timedelta(days=1)}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object_retention(**place, Retention=shorter)


def test_the_nightly_verification_reads_all_that_it_compares_and_names_who_is_paid_sooner(
    deployed: Deployed,
) -> None:
    """By its own role, which is let to read each of these tables; a payee is what it comes to last."""
    merchant = deployed.merchant(bank_account=BANK_ACCOUNT)
    payee = {"TableName": deployed.env.tables["ledger-payees"], "Key": {"payee_id": {"S": merchant}}}
    row = deployed.env.aws("dynamodb").get_item(**payee)["Item"]

    def named() -> list[str]:
        report = deployed.env.invoke("audit-on-verification")
        return [each["detail"] for each in report["differences"] if each["id"] == merchant]

    def put(**changed: Any) -> None:
        client(deployed, "dynamodb").put_item(TableName=payee["TableName"], Item={**row, **changed})

    before = named()
    put(days={"N": "0"})
    try:
        altered = named()
    finally:
        put()

    assert (before, altered) == ([], ["altered: settlement"])


def test_a_branch_sees_the_acts_on_its_own_alone(people: People) -> None:
    unit_id, other = people.branch(), people.branch()
    auditor = people.staff(unit_id, "rol_auditor")

    found = ok(auditor.get("/audit", {"limit": 100}))["items"]

    assert {each["unit_id"] for each in found} <= {unit_id}
    foreign = ok(people.administrator.get("/audit", {"unit": other}))["items"]
    for each in foreign[:1]:
        assert auditor.get(f"/audit/{each['entry_id']}").status == 404
    assert auditor.get("/audit/verification").status == 404
