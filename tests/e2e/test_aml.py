"""Screening and patterns on the deployed stack: OFAC's list, a decision, structuring that the job finds."""

import hashlib
import json
import time
import urllib.request
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bank import clock
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("aml")

DATA = Path(__file__).parents[1] / "data" / "screening"
FILES = {"sdn": "ofac_sdn_2019.csv.gz", "alt": "ofac_alt_2019.csv.gz"}


@pytest.fixture(scope="module")
def screened_against(deployed: Deployed, people: People) -> dict[str, Any]:
    """OFAC's list of January 2019, announced, uploaded with the URLs given out, and published."""
    contents = {name: (DATA / file).read_bytes() for name, file in FILES.items()}
    digests = {f"{name}_sha256": hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    announced = created(people.analyst.post("/sanctions-lists", {"name": "ofac", **digests}))
    for name, url in (announced["uploads"] or {}).items():
        with urllib.request.urlopen(urllib.request.Request(url, data=contents[name], method="PUT")) as put:
            assert put.status == 200
    published: dict[str, Any] = ok(
        people.analyst.post(f"/sanctions-lists/{announced['list_id']}/publication")
    )
    # Other processes learn of a new list within half a minute.
    deployed.eventually(lambda: screen(deployed, "Erika Mustermann").status, 201)
    return published


def screen(deployed: Deployed, name: str, *, key: str | None = None, **about: Any) -> Any:
    """POST /aml/screenings of a new customer."""
    body = {"kind": "customer", "subject_id": f"cus_{uuid.uuid4().hex[:26]}", "name": name, **about}
    return deployed.post("/aml/screenings", body, key=key)


def test_the_real_list_is_published_once(people: People, screened_against: dict[str, Any]) -> None:
    assert (screened_against["entries"], screened_against["status"]) == (7379, "published")

    again = ok(people.analyst.post(f"/sanctions-lists/{screened_against['list_id']}/publication"))

    assert again == screened_against


@pytest.mark.usefixtures("screened_against")
def test_a_name_is_screened_judged_by_staff_and_remembered(deployed: Deployed, people: People) -> None:
    subject = f"cus_{uuid.uuid4().hex[:26]}"
    hit = created(screen(deployed, "Usama bin Ladin", subject_id=subject))
    assert (hit["outcome"], hit["hits"][0]["programme"]) == ("in_review", "SDGT, SDT")
    waiting = ok(deployed.get("/aml/screenings", {"limit": 100}))["items"]
    assert hit["screening_id"] in [item["screening_id"] for item in waiting]

    decision = {"decision": "no_hit", "reason": "a namesake"}
    decided = ok(people.analyst.post(f"/aml/screenings/{hit['screening_id']}/decision", decision))
    again = created(screen(deployed, "Usama bin Ladin", subject_id=subject))

    assert (decided["outcome"], again["outcome"], again["hits"]) == ("no_hit", "no_hit", [])


@pytest.mark.usefixtures("screened_against")
def test_twelve_at_once_about_one_customer_are_one_screening(deployed: Deployed) -> None:
    subject, key = f"cus_{uuid.uuid4().hex[:26]}", uuid.uuid4().hex

    answers = at_once(
        [lambda: screen(deployed, "Nicolas Maduro", subject_id=subject, key=key) for _ in range(12)], width=4
    )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["screening_id"] for answer in answers}) == 1


@pytest.mark.usefixtures("screened_against")
def test_of_two_decisions_at_once_one_stands(deployed: Deployed, people: People) -> None:
    screening_id = created(screen(deployed, "Nicolas Maduro"))["screening_id"]
    path = f"/aml/screenings/{screening_id}/decision"

    def decide(decision: str) -> Any:
        return people.analyst.post(path, {"decision": decision, "reason": "looked at"})

    answers = at_once([lambda: decide("no_hit"), lambda: decide("confirmed")])

    # Who was confirmed meanwhile is not cleared: that was approved for a screening that waited.
    cleared, confirmed = answers
    stands = ok(deployed.get(f"/aml/screenings/{screening_id}"))["outcome"]
    if cleared.status == 200:
        assert stands == "no_hit"
        assert confirmed.status == 200 or confirmed.json["code"] == "already_decided"
    else:
        assert (cleared.status, cleared.json["code"], stands) == (409, "content_changed", "confirmed")


@pytest.mark.usefixtures("screened_against")
def test_who_is_beyond_doubt_on_the_list_is_blocked(deployed: Deployed) -> None:
    account = f"wal_{uuid.uuid4().hex[:26]}"

    confirmed = created(
        screen(deployed, "BANK MELLI IRAN", subject_id=account, kind="payee", type="Organization")
    )

    assert confirmed["outcome"] == "confirmed"
    deployed.eventually(lambda: _blocked(deployed, account), "scr_")


def _blocked(deployed: Deployed, account: str) -> str:
    """Where the entry of the risk room's block list comes from."""
    found = deployed.env.aws("dynamodb").get_item(
        TableName=deployed.env.tables["risk-desk"],
        Key={"desk": {"S": "list#block"}, "entry": {"S": f"payee#{account}"}},
    )
    return str(found.get("Item", {}).get("source", {}).get("S", ""))[:4]


def test_nobody_without_the_scope_comes_near(deployed: Deployed) -> None:
    unknown = deployed.get("/aml/screenings/scr_01JDB3W6Q2V0M8C4T5R7N9XKHE")

    problem(unknown, 404, "not_found")


def test_structuring_that_was_really_deposited_is_found_by_the_job(
    deployed: Deployed, people: People
) -> None:
    wallet = deployed.wallet(currency="CNY")
    for number in range(5):
        money = {"account_id": wallet, "amount": 4_700_000 + number, "currency": "CNY"}
        created(deployed.post("/deposits", {**money, "source": "cash", "reference": "counter"}))
    deployed.eventually(lambda: _kept(deployed, wallet), 5)
    tomorrow = clock.instant(clock.now() + timedelta(days=1))

    counts = deployed.env.invoke("aml-on-patterns", {"until": tomorrow})
    again = deployed.env.invoke("aml-on-patterns", {"until": tomorrow})

    assert counts["structuring"] >= 1
    assert again["new_reports"] == 0
    reports = [
        report
        for report in ok(deployed.get("/aml/reports", {"limit": 100}))["items"]
        if report["account_id"] == wallet
    ]
    assert {report["pattern"] for report in reports} == {"structuring", "large_cash"}
    suspicious = next(report for report in reports if report["kind"] == "STR")
    assert (suspicious["movements"], suspicious["amount"]) == (5, 23_500_010)
    evidence = ok(deployed.get(f"/aml/reports/{suspicious['report_id']}"))
    assert len(evidence["record_ids"]) == 5

    submission = {"decision": "submitted", "reason": "no business reason"}
    path = f"/aml/reports/{suspicious['report_id']}/submission"
    # One person alone keeps the authority from hearing of nothing.
    friend = people.alone("rol_risk_analyst")
    assert friend.post(path, {"decision": "dismissed", "reason": "a friend of mine"}).status == 202
    assert ok(people.analyst.get(f"/aml/reports/{suspicious['report_id']}"))["status"] == "draft"
    assert ok(people.analyst.post(path, submission))["status"] == "submitted"
    problem(people.analyst.post(path, {"decision": "dismissed", "reason": "no"}), 409, "already_decided")


def test_cash_on_a_merchants_settlement_account_is_heard_of_like_any(
    deployed: Deployed, people: People
) -> None:
    merchant = deployed.merchant()
    settlement = ok(deployed.get("/accounts", {"owner_id": merchant}))["items"][0]["account_id"]
    money = {"account_id": settlement, "amount": 9_999_900, "currency": "CNY"}
    created(deployed.post("/deposits", {**money, "source": "cash", "reference": "counter"}))
    deployed.eventually(lambda: _kept(deployed, settlement), 1)

    deployed.env.invoke("aml-on-patterns", {"until": clock.instant(clock.now() + timedelta(days=1))})

    reports = ok(deployed.get("/aml/reports", {"limit": 100}))["items"]
    mine = [report for report in reports if report["account_id"] == settlement]
    assert [(report["pattern"], report["amount"]) for report in mine] == [("large_cash", 9_999_900)]


def _kept(deployed: Deployed, wallet: str) -> int:
    """How many movements of a wallet the history holds."""
    s3, bucket = deployed.env.aws("s3"), f"perkbank-{deployed.env.stage}-aml-{_account(deployed)}"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="movements/")
    seen = set()
    for page in pages:
        for item in page.get("Contents", ()):
            for line in s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode().splitlines():
                movement = json.loads(line)
                if wallet in (movement["from_account"], movement["to_account"]):
                    seen.add(movement["event_id"])
    return len(seen)


def _account(deployed: Deployed) -> str:
    account: str = deployed.env.aws("sts").get_caller_identity()["Account"]
    return account


@pytest.mark.usefixtures("screened_against")
def test_screening_again_every_day_ends_and_makes_nothing_new(deployed: Deployed) -> None:
    screening_id = created(screen(deployed, "Nicolas Maduro"))["screening_id"]
    before = ok(deployed.get("/aml/screenings", {"limit": 100}))["items"]

    assert deployed.env.invoke("aml-on-daily") == {"stretches": 16}
    deployed.eventually(lambda: _waiting_messages(deployed), 0)
    time.sleep(1)

    after = ok(deployed.get("/aml/screenings", {"limit": 100}))["items"]
    assert screening_id in [item["screening_id"] for item in after]
    assert [item["screening_id"] for item in after] == [item["screening_id"] for item in before]


def _waiting_messages(deployed: Deployed) -> int:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    answer = deployed.env.aws("sqs").get_queue_attributes(
        QueueUrl=deployed.env.queues["aml-rescreens"], AttributeNames=list(names)
    )
    return sum(int(answer["Attributes"][name]) for name in names)
