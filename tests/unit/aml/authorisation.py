"""Who may call which of the aml room's operations."""

from tests.support.authorisation import BANK, KEEPERS, LIST, RECORD, STAFF, rules

RULES = {
    **rules("list_aml_reports", LIST, KEEPERS, "aml/test_reports"),
    **rules("get_aml_report", RECORD, KEEPERS, "aml/test_reports"),
    **rules("list_screenings", LIST, KEEPERS, "aml/test_screening"),
    **rules("screen get_screening", RECORD, KEEPERS, "aml/test_screening"),
    **rules("decide_screening unmask_screened_name", RECORD, STAFF, "aml/test_screening"),
    **rules("submit_aml_report", RECORD, STAFF, "aml/test_reports"),
    **rules("get_aml_parameters", BANK, KEEPERS, "aml/test_reports"),
    **rules("set_aml_parameters", BANK, STAFF, "aml/test_reports"),
    **rules("get_list", BANK, KEEPERS, "aml/test_lists"),
    **rules("announce_list publish_list", BANK, STAFF, "aml/test_lists"),
}
