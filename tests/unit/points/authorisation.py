"""Who may call which of the points room's operations."""

from tests.support.authorisation import BANK, CHANNELS, CUSTOMERS, KEEPERS, RECORD, SELF, STAFF, rules

RULES = {
    **rules("get_my_points", SELF, CUSTOMERS, "points/test_customers"),
    **rules("get_points_of_customer", RECORD, KEEPERS, "points/test_customers"),
    **rules("get_earning", RECORD, shown_in="points/test_customers"),
    **rules("redeem_points reverse_redemption", RECORD, CHANNELS, "points/test_redeeming"),
    **rules("get_redemption", RECORD, KEEPERS, "points/test_redeeming"),
    **rules("adjust_points", RECORD, STAFF, "points/test_adjustments"),
    **rules("create_programme activate_programme", BANK, STAFF, "points/test_programmes"),
    **rules("list_programmes get_programme", BANK, KEEPERS, "points/test_programmes"),
}
