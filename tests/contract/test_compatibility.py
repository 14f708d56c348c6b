"""What each recorded release wrote and promised is read and kept by today's code, and the other way round."""

import pytest

from tests.compatibility import findings, release, selection

VERSIONS = release.versions()
DECLARED = findings.declared()
EACH = pytest.mark.parametrize("version", VERSIONS)


def broken(version: str, kind: str) -> list[str]:
    return findings.undeclared(version, findings.of(version)[kind], DECLARED)


@EACH
def test_every_item_that_the_release_wrote_is_read_as_it_was_meant(version: str) -> None:
    assert broken(version, "items") == []


@EACH
def test_items_have_what_either_release_needs_while_both_run(version: str) -> None:
    assert broken(version, "models") == []


@EACH
def test_tables_and_indexes_have_the_keys_that_the_release_asks_by(version: str) -> None:
    assert broken(version, "tables") == []


@EACH
def test_requests_messages_cursors_keys_and_tokens_of_the_release_end_as_they_did(version: str) -> None:
    """What comes of them is written and sent as the release, which still runs, can read it."""
    assert broken(version, "exchanges") == []


@EACH
def test_consumers_of_the_release_can_read_the_events_of_today(version: str) -> None:
    assert broken(version, "events") == []


@EACH
def test_consumers_of_today_take_each_event_of_the_release_and_of_the_next(version: str) -> None:
    assert broken(version, "deliveries") == []


@EACH
def test_a_client_of_the_release_can_use_the_http_contract_of_today(version: str) -> None:
    assert broken(version, "http") == []


def test_what_is_declared_to_be_broken_is_broken() -> None:
    found = {version: findings.all_of(version) for version in VERSIONS}

    assert findings.stale(found, DECLARED) == []


@EACH
def test_a_recording_says_what_it_does_not_show(version: str) -> None:
    """All other kinds of items and operations are there, and whatever clients hold on to."""
    recorded = release.read(version)

    assert selection.unshown(recorded) == recorded.about["unshown"]
    assert any(exchange.asks_who for exchange in recorded.exchanges)
    assert any(exchange.cursor for exchange in recorded.exchanges)
    assert any(exchange.repeatable for exchange in recorded.exchanges)
    assert any(exchange.objects for exchange in recorded.exchanges)
