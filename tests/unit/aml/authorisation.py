"""Who may call which of the aml room's operations."""

from tests.support.authorisation import BANK, KEEPERS, LIST, RECORD, rules

RULES = {
    **rules("list_aml_reports", LIST, KEEPERS, "aml/test_reports"),
    **rules("get_aml_report submit_aml_report", RECORD, KEEPERS, "aml/test_reports"),
    **rules("list_screenings", LIST, KEEPERS, "aml/test_screening"),
    **rules("screen get_screening decide_screening", RECORD, KEEPERS, "aml/test_screening"),
    **rules("unmask_screened_name", RECORD, KEEPERS, "aml/test_screening"),
    **rules("get_aml_parameters set_aml_parameters", BANK, KEEPERS, "aml/test_reports"),
    **rules("announce_list get_list publish_list", BANK, KEEPERS, "aml/test_lists"),
}
