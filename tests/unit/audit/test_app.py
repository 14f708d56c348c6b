"""The trail over HTTP: to whom it shows what, and what the consumers make of what they are given."""

import json
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from audit import app
from audit.service import chaining, reading, verifying
from audit.service.reading import Wanted
from bank import clock
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Principal
from bank.control.audit import system
from bench.meter import Meter
from tests.support import bus, http
from tests.support.http import Reply, context
from tests.support.streams import Cloud
from tests.unit.audit.given import DAY, NOON, acted, blocks, chained_acts, decision, event_id, in_lane

HEAD = Principal("cli_console", frozenset(), Kind.STAFF, subject="stf_1", unit=HEAD_OFFICE)


def ask(path: str, who: dict[str, str] | None = None, method: str = "GET", **query: str) -> Reply:
    principal = who or http.staff(HEAD_OFFICE)
    return http.call(app.app, method, path, query=query or None, principal=principal)


def ids(reply: Reply) -> list[str]:
    return [item["entry_id"] for item in reply.json["items"]]


def test_an_act_is_shown_whole(trail: Cloud) -> None:
    entry_id = acted(reason="a letter")

    entry = ask(f"/audit/{entry_id}").json

    assert entry["actor"]["subject"] == "stf_1"
    assert (entry["actor"]["source_ip"], entry["reason"]) == ("192.0.2.7", "a letter")
    assert (entry["before"], entry["after"]) == ({"status": "active"}, {"status": "frozen"})


@pytest.mark.usefixtures("branches")
def test_a_branch_sees_its_subtree_s_acts_only(trail: Cloud) -> None:
    of_a1, of_a = acted(unit="unit_a1"), acted(unit="unit_a")
    of_b, of_head = acted(unit="unit_b"), acted(unit=HEAD_OFFICE)

    assert sorted(ids(ask("/audit", http.staff("unit_a")))) == sorted([of_a, of_a1])
    assert sorted(ids(ask("/audit"))) == sorted([of_a, of_a1, of_b, of_head])
    for query in ({"unit": "unit_b"}, {"actor": "stf_1"}, {"subject": "acc_1"}, {}):
        assert of_b not in ids(ask("/audit", http.staff("unit_a"), **query))
    assert ask(f"/audit/{of_b}", http.staff("unit_a")).status == 404
    assert ask(f"/audit/{of_a1}", http.staff("unit_a")).status == 200


@pytest.mark.usefixtures("branches")
def test_filters_say_which(trail: Cloud) -> None:
    first = acted("acc_1")
    second = acted("acc_2", action="accounts.closed")
    third = acted("acc_2", actor=system("accounts.job"), unit="unit_b")

    assert ids(ask("/audit", subject="acc_1")) == [first]
    assert ids(ask("/audit", actor="accounts.job")) == [third]
    assert ids(ask("/audit", action="accounts.closed")) == [second]
    assert ids(ask("/audit", unit="unit_b")) == [third]
    assert ids(ask("/audit", subject="acc_2", actor="stf_1")) == [second]


def test_a_window_holds_its_first_moment_and_not_its_last(trail: Cloud) -> None:
    found = []
    for minute in (0, 1, 2):
        with clock.source(lambda minute=minute: NOON + timedelta(minutes=minute)):  # type: ignore[misc]
            found.append(acted())
    with clock.source(lambda: NOON + timedelta(hours=1)):
        query = {"from": clock.instant(NOON), "to": clock.instant(NOON + timedelta(minutes=2))}
        assert ids(ask("/audit", **query)) == [found[1], found[0]]
        assert ids(ask("/audit", subject="acc_1", **query)) == [found[1], found[0]]


@pytest.mark.usefixtures("branches")
def test_pages_go_over_days(trail: Cloud) -> None:
    expected = []
    for hours in range(0, 60, 7):
        with clock.source(lambda hours=hours: NOON + timedelta(hours=hours)):  # type: ignore[misc]
            expected.insert(0, acted())

    with clock.source(lambda: NOON + timedelta(hours=61)):
        for narrow in ({}, {"actor": "stf_1"}, {"unit": "unit_a"}, {"subject": "acc_1"}):
            found: list[str] = []
            cursor: dict[str, str] = {}
            while True:
                page = ask("/audit", **{"limit": "4"}, **narrow, **cursor)
                found += ids(page)
                if not page.json["next_cursor"]:
                    break
                cursor = {"cursor": page.json["next_cursor"]}
            assert found == expected, narrow


def test_a_page_looks_at_a_week_and_loses_nothing_where_the_next_one_starts(trail: Cloud) -> None:
    asked = NOON + timedelta(days=31)
    midnight = datetime.combine(clock.business_date(asked) - timedelta(days=6), time.min, clock.SHANGHAI)
    millisecond = timedelta(milliseconds=1)
    expected = []
    for moment in (NOON + timedelta(hours=1), midnight - millisecond, midnight, midnight + millisecond):
        with clock.source(lambda moment=moment: moment):  # type: ignore[misc]
            expected.insert(0, acted())

    found: list[list[str]] = []
    cursor: dict[str, str] = {}
    with clock.source(lambda: asked):
        while not found or cursor:
            with Meter() as meter:
                page = ask("/audit", **cursor)
            assert meter.usage.calls["Query"] <= 7 * 8
            found.append(ids(page))
            cursor = {"cursor": page.json["next_cursor"]} if page.json["next_cursor"] else {}

    assert found[:2] == [expected[:2], expected[2:3]]
    assert [each for page_ids in found for each in page_ids] == expected


@pytest.mark.usefixtures("branches")
def test_nothing_is_older_than_the_first_moment_of_the_window(trail: Cloud) -> None:
    with clock.source(lambda: NOON - timedelta(days=3)):
        before = acted()
    with clock.source(lambda: NOON):
        for narrow in ({}, {"actor": "stf_1"}, {"unit": "unit_a"}, {"subject": "acc_1"}):
            every = dict.fromkeys(("actor", "subject", "action", "unit"))
            wanted = Wanted(**{**every, **narrow}, since=NOON, until=NOON, after=before, limit=20)
            assert reading.list_entries(principal=HEAD, wanted=wanted) == ([], None), narrow


def test_what_would_read_too_much_is_refused(trail: Cloud) -> None:
    assert ask("/audit", **{"from": "2025-01-01T00:00:00Z"}).json["code"] == "invalid_request"


def test_customers_see_nothing_of_it(trail: Cloud) -> None:
    entry_id = acted()

    for path in ("/audit", f"/audit/{entry_id}", "/audit/verification"):
        assert ask(path, http.customer("cus_1")).json["code"] == "caller_kind"


# Decisions on money


def message(number: int, **data: Any) -> dict[str, Any]:
    made = decision(number, **data)
    detail = {"id": made["id"], "time": made["at"], "type": made["type"], "subject": made["subject"]}
    return {
        "messageId": f"m{number}",
        "eventSource": "aws:sqs",
        "body": bus.body({**detail, "data": made["data"]}),
    }


def test_decisions_of_the_bus_come_into_one_block_and_each_once(trail: Cloud) -> None:
    risk = {"outcome": "decline", "reasons": ["velocity_1h"], "rules": "rls_1"}
    batch = [message(number, risk=risk) for number in range(20)]

    for _ in range(2):
        assert app.on_decisions({"Records": batch}, context()) == {"batchItemFailures": []}

    assert [int(row.entry_count) for row in blocks()] == [20]
    assert blocks()[0].to_domain().entries[0]["data"]["risk"] == risk


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"detail": {"id": "evt_1"}}', '{"detail": []}'])
def test_what_is_no_event_fails_alone(trail: Cloud, body: str) -> None:
    batch = [message(1), {"messageId": "bad", "body": body}, message(2)]

    answer = app.on_decisions({"Records": batch}, context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert [int(row.entry_count) for row in blocks()] == [2]


@pytest.mark.usefixtures("branches")
def test_decisions_are_found_by_day_and_subject_within_the_data_scope(trail: Cloud) -> None:
    of_a = [decision(number, unit_id="unit_a1") for number in range(3)]
    chaining.append(of_a)
    chaining.append([decision(9, unit_id="unit_b"), decision(10)])

    def found(who: dict[str, str] | None = None, **query: str) -> list[str]:
        reply = ask("/audit/decisions", who, day=DAY, **query)
        return [item["event_id"] for item in reply.json["items"]]

    assert found() == [event_id(n) for n in (10, 9, 2, 1, 0)]
    assert found(http.staff("unit_a")) == [event_id(n) for n in (2, 1, 0)]
    assert found(subject=of_a[1]["subject"]) == [event_id(1)]
    assert found(type="perkbank.payments.PaymentDeclined.v1") == []


def test_decisions_are_paged_within_and_over_blocks(trail: Cloud) -> None:
    for start in range(0, 12, 4):
        chaining.append([decision(number) for number in range(start, start + 4)])
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask("/audit/decisions", day=DAY, limit="3", **cursor).json
        found += [item["event_id"] for item in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert found == [event_id(number) for number in reversed(range(12))]


@pytest.mark.parametrize("count", [12, 15])
def test_blocks_that_take_several_reads_are_each_found_once(trail: Cloud, count: int) -> None:
    """Reads of 4 and 8 blocks, the third of which finds nothing or what is left."""
    for number in range(count):
        in_lane(3, decision(number))

    page = ask("/audit/decisions", day=DAY, limit="100").json

    assert [item["event_id"] for item in page["items"]] == [event_id(n) for n in reversed(range(count))]
    assert page["next_cursor"] is None


# Verification


def test_verification_is_readable_by_those_who_see_the_whole_bank(trail: Cloud) -> None:
    assert ask("/audit/verification").json["code"] == "not_verified_yet"
    chained_acts(2)
    app.on_anchor({}, context())

    made = ask("/audit/verifications", method="POST")

    assert (made.status, made.json["intact"], made.json["entries"]) == (201, True, 2)
    assert made.json["anchors"] == 1
    assert ask("/audit/verification").json == made.json
    assert ask("/audit/verification", http.staff("unit_a")).status == 404
    assert ask("/audit/verifications", http.staff("unit_a"), "POST").status == 404


def test_a_failed_verification_raises_the_metric_and_an_event(
    trail: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "publish", published.extend)
    chained_acts(1)
    app.on_anchor({}, context())
    assert app.on_recent_verification({}, context())["difference_count"] == 0
    assert published == []

    late = acted()
    with clock.source(lambda: NOON + verifying.run.LATE * 2):
        report = app.on_audit_verification({}, context())

    assert report["difference_count"] == 1
    assert published[0]["data"]["first_id"] == late
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [each["AuditVerificationFailures"] for each in metrics] == [[0.0], [1.0]]


def test_a_row_that_cannot_be_read_is_chained_as_that_and_keeps_nothing_back(trail: Cloud) -> None:
    """Put in past the functions: without what an act says, or larger than a block."""
    acted()
    (record,) = trail.records("audit-entries")
    keys = {"entry_id": {"S": "aud_odd"}}
    odd = {"SequenceNumber": "7", "ApproximateCreationDateTime": 0, "Keys": keys}
    for number, image in enumerate(({**keys, "at": {"N": "7"}}, {**keys, "reason": {"S": "x" * 390_000}})):
        told = {**odd, "SequenceNumber": str(number), "NewImage": image}
        app.on_entries({"Records": [{**record, "dynamodb": told}, record]}, context())

    found = [entry for row in blocks() for entry in row.to_domain().entries]
    assert [each.get("how", each["what"]) for each in found] == [
        "put in unreadable",
        "act",
        "put in unreadable",
    ]


def test_decisions_of_several_lanes_are_paged_together_newest_first(trail: Cloud) -> None:
    expected = []
    for number in range(12):
        with clock.source(lambda number=number: NOON + timedelta(minutes=number)):  # type: ignore[misc]
            in_lane(number % 3 * 7, decision(number))
            in_lane(number % 2, decision(number))
        expected.insert(0, event_id(number))
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask("/audit/decisions", day=DAY, limit="5", **cursor).json
        pages.append([item["event_id"] for item in page["items"]])
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert all(len(set(each)) == len(each) for each in pages)
    found = [each for page_ids in pages for each in page_ids]
    # One that was chained twice may come again on the next page, and nowhere else.
    assert list(dict.fromkeys(found)) == expected


def test_a_change_of_the_trail_itself_is_chained_as_what_it_is_and_logged(
    trail: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    acted()
    (record,) = trail.records("audit-entries")
    new = record["dynamodb"]["NewImage"]
    changed = {**record, "eventName": "MODIFY"}

    app.on_entries({"Records": [changed]}, context())
    app.on_entries({"Records": [changed]}, context())

    (touch,) = [entry for row in blocks() for entry in row.to_domain().entries]
    assert (touch["what"], touch["subject"], touch["how"]) == ("touch", new["entry_id"]["S"], "overwritten")
    assert "what is only added was changed" in caplog.text
