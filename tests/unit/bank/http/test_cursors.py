"""Cursors: good for what they were given out for, for a day; KMS asked once a day."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import clock, errors
from bank.access.principal import Kind, Principal
from bank.http import cursors
from bank.http.cursors import Purpose
from tests.support import embedded

PLACE = "2026-11-21T12:00:00.000000Z#jnl_01JD3Q4V5W6X7Y8Z9A0B1C2D3E"
ANNE = Principal("cli_app", frozenset({"payments:read"}), Kind.STAFF, "stf_1", "unit_hz", "ses_1")
PURPOSE = Purpose("GET /payments", '{"status":null}', ANNE)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[embedded.AwsCall]]:
    """Calls of AWS."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    calls: list[embedded.AwsCall] = []

    def around(call: embedded.AwsCall, serve: embedded.Serve) -> embedded.AwsAnswer:
        calls.append(call)
        return serve(call)

    with embedded.cloud(around):
        yield calls


def refuses(cursor: str, purpose: Purpose = PURPOSE) -> bool:
    with suppress(errors.Invalid):
        cursors.unseal(cursor, purpose)
        return False
    return True


@given(st.text(max_size=200))
def test_a_cursor_leads_back_to_its_place(asked: list[embedded.AwsCall], place: str) -> None:
    cursor = cursors.seal(place, PURPOSE)

    assert cursor.isascii()
    assert not set(cursor) & set("=+/&?# ")
    assert cursors.unseal(cursor, PURPOSE) == place


def test_nothing_of_the_place_can_be_read_and_no_two_cursors_are_alike(asked: list[embedded.AwsCall]) -> None:
    one, other = cursors.seal(PLACE, PURPOSE), cursors.seal(PLACE, PURPOSE)

    held = base64.urlsafe_b64decode(one + "=" * (-len(one) % 4))
    assert not any(PLACE[start : start + 4].encode() in held for start in range(len(PLACE) - 3))
    assert one != other


@pytest.mark.parametrize(
    "purpose",
    [
        PURPOSE._replace(operation="GET /transfers"),
        PURPOSE._replace(filters='{"status":"held"}'),
        *(
            PURPOSE._replace(caller=replace(ANNE, **other))
            for other in (
                {"client_id": "cli_other"},
                {"kind": Kind.CUSTOMER},
                {"subject": "stf_2"},
                {"unit": "unit_head"},
                {"bank_wide": True},
            )
        ),
    ],
)
def test_a_cursor_is_good_for_nothing_else(asked: list[embedded.AwsCall], purpose: Purpose) -> None:
    assert refuses(cursors.seal(PLACE, PURPOSE), purpose)


def test_a_cursor_outlives_its_session_and_token(asked: list[embedded.AwsCall]) -> None:
    later = replace(ANNE, session="ses_2", scopes=frozenset(), issued_at=7)

    assert cursors.unseal(cursors.seal(PLACE, PURPOSE), PURPOSE._replace(caller=later)) == PLACE


def test_the_parts_of_a_purpose_cannot_take_from_each_other(asked: list[embedded.AwsCall]) -> None:
    cursor = cursors.seal(PLACE, Purpose("GET /a", '["b"]', ANNE))

    assert refuses(cursor, Purpose('GET /a["b"]', "", ANNE))
    assert refuses(cursor, Purpose('GET /a", "[\\"b\\"]', "", ANNE))


def test_no_character_of_it_may_change_and_none_may_be_missing(asked: list[embedded.AwsCall]) -> None:
    cursor = cursors.seal(PLACE, PURPOSE)

    for at, character in enumerate(cursor):
        altered = "B" if character == "A" else "A"
        assert refuses(f"{cursor[:at]}{altered}{cursor[at + 1 :]}"), at
        assert refuses(cursor[:at])
    for more in ("A", "=", "==", " ", "!"):
        assert refuses(cursor + more)


@given(st.text() | st.text("ABCab01-_=!+/ ", max_size=12) | st.binary().map(lambda raw: raw.hex()))
def test_what_was_never_given_out_is_invalid(asked: list[embedded.AwsCall], cursor: str) -> None:
    assert refuses(cursor)


def test_the_form_of_release_0_1_is_invalid(asked: list[embedded.AwsCall]) -> None:
    for place in (PLACE, "wal_01JD3Q4V5W6X7Y8Z9A0B1C2D3E", "\0", "\t"):
        assert refuses(base64.urlsafe_b64encode(place.encode()).decode().rstrip("="))


def test_a_cursor_counts_on_its_day_and_the_next(asked: list[embedded.AwsCall]) -> None:
    with clock.source(lambda: NOON):
        cursor = cursors.seal(PLACE, PURPOSE)
    for days, old in ((1, False), (2, True), (-1, True)):
        moment = NOON + timedelta(days=days)
        with clock.source(lambda moment=moment: moment):  # type: ignore[misc]
            assert refuses(cursor) is old, days


def test_a_thousand_pages_cost_one_call_a_day_and_each_day_has_a_key_of_its_own(
    asked: list[embedded.AwsCall],
) -> None:
    for days in (0, 1):
        moment = NOON + timedelta(days=days)
        with clock.source(lambda moment=moment: moment):  # type: ignore[misc]
            for _ in range(500):
                cursors.unseal(cursors.seal(PLACE, PURPOSE), PURPOSE)

    assert [call.operation for call in asked] == ["GenerateMac", "GenerateMac"]
    assert asked[0].document["Message"] != asked[1].document["Message"]


def test_a_made_up_day_asks_kms_for_nothing(asked: list[embedded.AwsCall]) -> None:
    with clock.source(lambda: NOON):
        for day in range(0, 1 << 24, 4321):
            assert refuses(base64.urlsafe_b64encode(day.to_bytes(3) + bytes(60)).decode())

    assert asked == []
