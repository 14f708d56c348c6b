"""Consumers of the room's streams and queues, each for one use case."""

import base64
from typing import Any

from aml import events
from aml.domain.outcomes import Trigger
from aml.service import closing, movements, rescreens, screening
from aml.service.subjects import Subject
from bank import vault
from bank.access.principal import THE_BANK, Ownership
from bank.events import change_id, envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger
from bank.privacy import closures
from bank.privacy.closures import Closure


def tell(records: list[dict[str, Any]]) -> None:
    """Publish what the changes mean. When others lists are in force, begin to screen everybody again."""
    changes = [(record, *images(record)) for record in records]
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.subject)
        for record, old, new in changes
        for domain_event in events.of_change(old, new)
    )
    for record, old, new in changes:
        if events.is_new_list(old, new):
            rescreens.begin(trigger=Trigger.LIST, at=change_id(record))
    logger.info("published", changes=len(changes))


def take_customer(body: str) -> None:
    """Screen a customer whose name was verified; screen one who has left no more."""
    envelope = unwrap_sqs_event(body)
    if envelope["type"] == closures.CLOSED:
        closing.close(Closure.of(envelope))
    else:
        _take_verification(envelope)


def _take_verification(envelope: dict[str, Any]) -> None:
    """Screen a name that was verified. An event without one is none for this room."""
    verified = events.Verified.model_validate(envelope["data"])
    if not verified.name_sealed:
        logger.info("a verification without a name", event_id=envelope["id"])
        return
    context = {"record": verified.verification_id, "field": "name"}
    name = vault.unseal(base64.b64decode(verified.name_sealed), context=context)
    subject = Subject(verified.customer_id, "customer", "Person", name)
    given = Ownership(verified.client_id, verified.unit_id or THE_BANK.unit_id, verified.customer_id)
    outcome = screening.take_verified(subject=subject, owner=given, event_id=envelope["id"])
    logger.info("screened", event_id=envelope["id"], outcome=outcome)


def take_movements(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Add a batch to the movement history. What cannot be read fails alone; the rest is one object a day."""
    lines: list[dict[str, Any]] = []

    def take(body: str) -> None:
        line = movements.line_of(unwrap_sqs_event(body))
        if line is not None:
            lines.append(line)

    answer = process_sqs_batch(event, context, take)
    movements.keep(lines)
    return answer
