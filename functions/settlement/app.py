"""The settlement room at the edge: its routes, the nightly run and its queue, and its table's stream."""

from collections import Counter
from datetime import timedelta
from typing import Any

from bank import errors, jobs
from bank.access.principal import Kind
from bank.events import envelope_for_change, images, publish
from bank.events.batches import process_sqs_batch
from bank.http import Api, Call, Page
from bank.observability import logger, metrics
from settlement import events, rendering, schemas
from settlement.adapters.queue import Part
from settlement.service import payouts, runs

app = Api("settlement")
# From then on a run that has not come to its end wakes people.
NIGHT = timedelta(hours=4)


@app.get(
    "/merchants/{merchant_id}/payouts",
    scope="merchants:read",
    query=Page,
    answer=schemas.PayoutPage,
    problems=[errors.NotFound],
)
def list_payouts(call: Call, merchant_id: str, query: Page) -> schemas.PayoutPage:
    """List a merchant's payouts, newest first."""
    rows, last = payouts.list_payouts(
        payee_id=merchant_id,
        kind="mer_",
        principal=call.principal,
        after=query.after,
        limit=query.limit,
    )
    return schemas.PayoutPage(items=[rendering.payout(row) for row in rows], next_cursor=last)


@app.get(
    "/suppliers/{supplier_id}/payouts",
    scope="suppliers:read",
    callers=(Kind.STAFF,),
    query=Page,
    answer=schemas.SupplierPayoutPage,
    problems=[errors.NotFound],
)
def list_supplier_payouts(call: Call, supplier_id: str, query: Page) -> schemas.SupplierPayoutPage:
    """List a supplier's payouts, newest first."""
    rows, last = payouts.list_payouts(
        payee_id=supplier_id,
        kind="sup_",
        principal=call.principal,
        after=query.after,
        limit=query.limit,
    )
    items = [rendering.supplier_payout(row) for row in rows]
    return schemas.SupplierPayoutPage(items=items, next_cursor=last)


def on_payouts(event: dict[str, Any], context: Any) -> None:
    """The payouts' stream: tell what was booked."""
    found = [(record, each) for record in event["Records"] for each in events.of_change(*images(record))]
    publish(envelope_for_change(record, each, subject=each.subject) for record, each in found)
    logger.info("published", events=len(found))


@jobs.recorded(keep_days=400)
def on_run(event: dict[str, Any], context: Any) -> jobs.FannedOut | dict[str, int]:
    """On schedule: put on the queue what there is to pay out. Safe to run again, and twice at once."""
    parts = runs.start(run=str(jobs.current()))
    logger.info("a night begins" if parts else "no working day", parts=parts)
    counts = {"parts": parts}
    return jobs.FannedOut(parts, within=NIGHT, counts=counts) if parts else counts


@metrics.log_metrics
def on_parts(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of a run: pay out what is due on a page of accounts, or on one that failed before."""
    times = {record["body"]: _received(record) for record in event["Records"]}
    counted: Counter[str] = Counter()

    def take(body: str) -> None:
        part, again = Part.of_body(body), times[body] > 1

        def work() -> jobs.PartDone:
            counts, further = runs.take(part, left_ms=context.get_remaining_time_in_millis, again=again)
            counted.update(counts)
            return jobs.PartDone(dict(counts), tuple(each.name for each in further))

        jobs.do_part(jobs.RunKey.of(part.run), part.name, work, further=part.is_further)

    answer = process_sqs_batch(event, context, take)
    failed = counted[payouts.FAILED] + len(answer["batchItemFailures"])
    metrics.add_metric(name="PayoutsBooked", unit="Count", value=counted[payouts.PAID])
    metrics.add_metric(name="SettlementFailures", unit="Count", value=failed)
    logger.info("settled", extra=dict(counted))
    return answer


def _received(record: dict[str, Any]) -> int:
    return int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
