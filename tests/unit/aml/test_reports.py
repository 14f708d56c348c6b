"""From movements on the bus to a draft report, an alert and its submission."""

from datetime import timedelta
from typing import Any

import pytest

from aml.app import app, on_patterns
from bank import ledger
from bank.clock import instant
from bank.control.audit import AuditEntryRow
from tests.support.http import CHANNEL, call, context, staff
from tests.support.organisation import BRANCH, OTHER_BRANCH, units
from tests.unit.aml.desk import Desk, deliver, from_bus
from tests.unit.aml.planted import START

DEPOSITED = "perkbank.accounts.MoneyDeposited.v1"
UNTIL = {"until": "2026-02-01T00:00:00+08:00"}


def deposits(count: int = 5, amount: int = 4_800_000, account: str = "wal_1") -> list[str]:
    """Cash just under the threshold, twice a day."""
    return [
        from_bus(
            DEPOSITED,
            {
                "account_id": account,
                "movement_id": f"dep_{number}",
                "journal_id": f"jrn_{number}",
                "amount": amount,
                "currency": "CNY",
                "cash": True,
            },
            f"evt_{number}",
            instant(START + timedelta(days=10, hours=18 * number)),
        )
        for number in range(count)
    ]


def keep(bodies: list[str]) -> None:
    assert deliver("aml.app.on_movements", bodies) == {"batchItemFailures": []}


def account(account_id: str, unit: str) -> None:
    ledger.AccountRow(
        account_id=account_id,
        owner_id="cus_1",
        kind="wallet",
        currency="CNY",
        opened_at=instant(START),
        client_id="cli_test",
        unit_id=unit,
    ).save()


def reports(**options: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = call(app, "GET", "/aml/reports", **options).json["items"]
    return items


def suspicious(**options: Any) -> dict[str, Any]:
    (found,) = [report for report in reports(**options) if report["kind"] == "STR"]
    return found


def test_structuring_becomes_one_draft_with_its_evidence_and_one_alert(desk: Desk) -> None:
    account("wal_1", "unit_head")
    keep(deposits())

    first, second = on_patterns(UNTIL, context()), on_patterns(UNTIL, context())
    desk.settle()

    assert (first["structuring"], first["new_reports"], second["new_reports"]) == (1, first["new_reports"], 0)
    report = call(app, "GET", f"/aml/reports/{suspicious()['report_id']}").json
    assert (report["pattern"], report["status"], report["amount"]) == ("structuring", "draft", 24_000_000)
    assert report["record_ids"] == [f"dep_{number}" for number in range(5)]
    assert report["customer_id"] == "cus_1"
    assert "240,000.00 CNY" in report["narrative"]
    (alert,) = [event for event in desk.published if event["name"] == "AlertRaised"]
    assert (alert["kind"], alert["amount"], alert["unit_id"]) == ("aml_structuring", 24_000_000, "unit_head")
    assert report["report_id"] in alert["record_ids"]


@pytest.mark.parametrize(("until", "movements"), [("2026-01-14T15:59:59Z", 4), ("2026-01-14T16:00:00Z", 5)])
def test_a_run_ends_before_the_business_day_of_its_instant(desk: Desk, until: str, movements: int) -> None:
    """Midnight in Shanghai is 16:00 UTC; the fifth deposit is of 14 January."""
    keep(deposits())

    on_patterns({"until": until}, context())

    assert suspicious()["movements"] == movements


def test_movements_that_come_twice_and_in_other_batches_count_once(desk: Desk) -> None:
    bodies = deposits(3)
    keep(bodies)
    keep(bodies[::-1])
    keep(bodies[1:])

    assert on_patterns(UNTIL, context())["structuring"] == 0


def test_a_draft_follows_its_evidence_until_it_is_decided(desk: Desk) -> None:
    keep(deposits(4))
    on_patterns(UNTIL, context())
    report_id = suspicious()["report_id"]

    keep(deposits(5))
    on_patterns(UNTIL, context())
    assert suspicious()["movements"] == 5

    submission = {"decision": "submitted", "reason": "no business reason"}
    submitted = call(app, "POST", f"/aml/reports/{report_id}/submission", submission)
    keep(deposits(6))
    on_patterns(UNTIL, context())

    assert (submitted.status, submitted.json["status"]) == (200, "submitted")
    assert (suspicious()["movements"], suspicious()["status"]) == (5, "submitted")
    assert [row.subject_id for row in AuditEntryRow.scan() if row.action == "aml.report_submitted"] == [
        report_id
    ]


def test_a_report_is_decided_once(desk: Desk) -> None:
    keep(deposits())
    on_patterns(UNTIL, context())
    path = f"/aml/reports/{suspicious()['report_id']}/submission"

    first, same, other = (
        call(app, "POST", path, {"decision": decision, "reason": "looked at"}, changes=False)
        for decision in ("dismissed", "dismissed", "submitted")
    )

    assert first.json == same.json
    assert (other.status, other.json["code"]) == (409, "already_decided")


def test_a_report_is_dismissed_by_two_and_submitted_by_one(desk: Desk) -> None:
    """One person, without showing a factor anew, kept the authority from hearing of it for good."""
    keep(deposits())
    on_patterns(UNTIL, context())
    report_id = suspicious()["report_id"]
    path, why = f"/aml/reports/{report_id}/submission", {"reason": "a friend of mine"}

    proposal = call(app, "POST", path, {"decision": "dismissed", **why}, approve=False)
    assert (proposal.status, proposal.json["kind"]) == (202, "aml.submit_aml_report")
    assert suspicious()["status"] == "draft"

    submitted = call(app, "POST", path, {"decision": "submitted", **why}, approve=False)
    assert (submitted.status, submitted.json["status"]) == (200, "submitted")


def test_a_branch_sees_its_customers_reports_alone_and_a_channel_none(desk: Desk) -> None:
    units()
    north, south = BRANCH, OTHER_BRANCH
    account("wal_1", north)
    keep(deposits())
    on_patterns(UNTIL, context())
    report_id = suspicious()["report_id"]

    assert suspicious(principal=staff(north))["report_id"] == report_id
    assert reports(principal=staff(south)) == []
    assert call(app, "GET", f"/aml/reports/{report_id}", principal=staff(south)).status == 404
    assert call(app, "GET", "/aml/reports", principal=CHANNEL).status == 403


def test_large_cash_is_reported_and_raises_no_alert(desk: Desk) -> None:
    keep(deposits(1, 6_000_000))

    counts = on_patterns(UNTIL, context())

    assert (counts["large_cash"], counts["new_reports"]) == (1, 1)
    assert reports()[0]["kind"] == "LTR"
    assert desk.names() == []


def test_parameters_are_data(desk: Desk) -> None:
    body = {"large_cash": 4_000_000, "reason": "a lower threshold"}
    changed = call(app, "PATCH", "/pattern-parameters", body)
    keep(deposits(1))

    assert changed.json["values"]["large_cash"] == 4_000_000
    assert call(app, "GET", "/pattern-parameters").json == changed.json
    assert on_patterns(UNTIL, context())["large_cash"] == 1
    (entry,) = [row for row in AuditEntryRow.scan() if row.action == "aml.parameters_set"]
    assert (entry.before, entry.after) == ({"large_cash": 5_000_000}, {"large_cash": 4_000_000})


def test_reports_come_in_pages_newest_first(desk: Desk) -> None:
    for number in range(5):
        keep(
            [
                body.replace("dep_0", f"dep_{number}").replace("evt_0", f"evt_{number}")
                for body in deposits(1, 6_000_000, f"wal_{number}")
            ]
        )
    on_patterns(UNTIL, context())

    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = call(app, "GET", "/aml/reports", query=query).json
        seen += [item["report_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 5
    # A page that holds all there is is the last one.
    assert call(app, "GET", "/aml/reports", query={"limit": "5"}).json["next_cursor"] is None


def test_what_moves_no_money_is_no_movement(desk: Desk) -> None:
    declined = from_bus("perkbank.transfers.TransferDeclined.v1", {"code": "insufficient_funds"})

    keep([declined])

    assert on_patterns(UNTIL, context())["objects"] == 0


@pytest.mark.parametrize("broken", ["", "{}", "[]"])
def test_a_message_that_cannot_be_read_fails_alone(desk: Desk, broken: str) -> None:
    answer = deliver("aml.app.on_movements", [broken, *deposits(1, 6_000_000)])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert on_patterns(UNTIL, context())["large_cash"] == 1
