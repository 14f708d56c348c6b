"""Who may call which of the staff room's operations."""

from tests.support.authorisation import LIST, OWN, PUBLIC, RECORD, STAFF, rules

MEMBERS = """
    change_staff enter_staff get_staff grant_role invite_again reinstate_staff reset_credentials
    revoke_role suspend_staff
"""
RULES = {
    # Where staff come in: what is sent says who they are.
    **rules("enrol_staff log_in_staff refresh_staff_session", PUBLIC),
    **rules(MEMBERS, RECORD, STAFF, "staff/test_members"),
    **rules("list_staff list_roles", LIST, STAFF, "staff/test_members"),
    **rules("make_role get_role change_role", RECORD, STAFF, "staff/test_members"),
    # For oneself, in the head office alone.
    **rules("break_glass", OWN, STAFF, "staff/test_break_glass"),
    **rules("list_duties list_duty_conflicts", LIST, STAFF, "staff/test_duties"),
    **rules("list_staff_sessions", LIST, STAFF, "staff/test_logins"),
    **rules("step_up_staff_session", OWN, STAFF),
    **rules("revoke_staff_session", RECORD, STAFF, "staff/test_logins"),
    **rules("list_units", LIST, STAFF, "staff/test_units"),
    **rules("add_unit get_unit change_unit move_unit", RECORD, STAFF, "staff/test_units"),
}
