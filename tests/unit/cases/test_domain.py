"""The rules of cases, without AWS."""

from hypothesis import given
from hypothesis import strategies as st

from cases import domain
from cases.domain import MAX_RECORDS, Severity, Status


@given(st.sampled_from(Severity), st.sampled_from(Severity))
def test_the_graver_of_two_does_not_depend_on_their_order(one: Severity, other: Severity) -> None:
    assert domain.graver(one, other) is domain.graver(other, one)
    assert domain.graver(one, other) in (one, other)


def test_severities_are_ordered() -> None:
    assert domain.graver(Severity.LOW, Severity.CRITICAL) is Severity.CRITICAL
    assert domain.graver(Severity.HIGH, Severity.MEDIUM) is Severity.HIGH


@given(st.lists(st.text(min_size=1, max_size=3)), st.lists(st.text(min_size=1, max_size=3), max_size=400))
def test_records_are_gathered_once_and_the_newest_stay(before: list[str], more: list[str]) -> None:
    found = domain.gathered(before, more)

    assert len(found) == len(set(found)) <= MAX_RECORDS
    assert set(found) <= {*before, *more}
    assert not more or len({*before, *more}) > MAX_RECORDS or set(more) <= set(found)


def test_alerts_are_gathered_by_customer_before_merchant_before_device() -> None:
    assert domain.subject(customer_id="c", merchant_id="m", device_id="d") == "customer#c"
    assert domain.subject(customer_id=None, merchant_id="m", device_id="d") == "merchant#m"
    assert domain.subject(customer_id=None, merchant_id=None, device_id="d") == "device#d"
    assert domain.subject(customer_id=None, merchant_id=None, device_id=None) is None


def test_a_case_is_closed_only_when_open_and_with_nothing_held() -> None:
    assert domain.closing_refusal(Status.OPEN, 0) is None
    assert isinstance(domain.closing_refusal(Status.INVESTIGATING, 1), domain.ReviewsPending)
    assert isinstance(domain.closing_refusal(Status.CLOSED, 0), domain.CaseIsClosed)
