"""Who may call which of the operations room's operations."""

from tests.support.authorisation import BANK, STAFF, rules

RULES = {
    **rules("list_jobs list_runs repeat_run", BANK, STAFF, "operations/test_jobs"),
    **rules("get_calendar change_calendar", BANK, STAFF, "operations/test_calendars"),
    **rules("list_incidents get_incident acknowledge_incident", BANK, STAFF, "operations/test_incidents"),
}
