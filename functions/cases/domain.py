"""The rules of cases: where one may go from where it stands, and which alerts open one. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from bank import errors

MAX_RECORDS = 200


class Status(StrEnum):
    """Statuses of a case. A closed one may be reopened."""

    OPEN = "open"
    INVESTIGATING = "investigating"
    CLOSED = "closed"


class Outcome(StrEnum):
    """Outcomes of a case. `valuable`: no fraud, and worth having been looked at."""

    CONFIRMED = "confirmed"
    VALUABLE = "valuable"
    FALSE_POSITIVE = "false_positive"


class Severity(StrEnum):
    """Severities, from least to most urgent."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Decision(StrEnum):
    """Decisions on money that was held for review."""

    RELEASE = "release"
    REJECT = "reject"


class ReviewStatus(StrEnum):
    """Statuses of a review, which is decided once. `lapsed`: its hold ended before anybody decided."""

    PENDING = "pending"
    RELEASED = "released"
    REJECTED = "rejected"
    LAPSED = "lapsed"


DECIDED = {Decision.RELEASE: ReviewStatus.RELEASED, Decision.REJECT: ReviewStatus.REJECTED}


class CaseNotFound(errors.NotFound):
    """404: no such case, or not one that the caller may see."""

    code, title = "case_not_found", "Case not found"


class ReviewNotFound(errors.NotFound):
    """404: the case holds no such review."""

    code, title = "review_not_found", "Review not found"


class CaseIsClosed(errors.Conflict):
    """409: only a case that is not closed can be worked on."""

    code, title = "case_closed", "Case closed"


class CaseNotClosed(errors.Conflict):
    """409: only a closed case can be reopened."""

    code, title = "case_not_closed", "Case not closed"


class ReviewsPending(errors.Conflict):
    """409: money is still held for this case; decide on it before closing."""

    code, title = "reviews_pending", "Reviews pending"


class ReviewIsDecided(errors.Conflict):
    """409: a review is decided once."""

    code, title = "review_decided", "Review decided"


class NothingToSnooze(errors.Conflict):
    """409: the case is about no customer."""

    code, title = "no_customer", "No customer"


def graver(one: Severity, other: Severity) -> Severity:
    """The graver of two."""
    order = list(Severity)
    return max(one, other, key=order.index)


def subject(*, customer_id: str | None, merchant_id: str | None, device_id: str | None) -> str | None:
    """Return the subject that alerts are gathered by: the customer, else the merchant, else the device."""
    for name, value in (("customer", customer_id), ("merchant", merchant_id), ("device", device_id)):
        if value:
            return f"{name}#{value}"
    return None


def gathered(records: Iterable[str], more: Iterable[str]) -> list[str]:
    """The records of a case with `more` of them, each once, the newest `MAX_RECORDS`."""
    return list(dict.fromkeys([*records, *more]))[-MAX_RECORDS:]


def work_refusal(status: Status) -> errors.Conflict | None:
    """Return the refusal to work on a case of this status, or None."""
    return CaseIsClosed("this case is closed; reopen it first") if status is Status.CLOSED else None


def closing_refusal(status: Status, pending_reviews: int) -> errors.Conflict | None:
    """Return the refusal to close the case, or None."""
    if pending_reviews:
        return ReviewsPending(f"money of {pending_reviews} records is still held for this case")
    return work_refusal(status)
