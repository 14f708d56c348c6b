"""Who may call which of the customers room's operations."""

from tests.support.authorisation import CHANNELS, CUSTOMERS, KEEPERS, LIST, OWN, RECORD, SELF, STAFF, rules

AT_THE_DOOR = "log_in recover_phone refresh_login register reset_password send_code"
MINE = """
    change_me change_my_wallet change_password change_phone close_me confirm_totp get_me
    issue_payment_token list_my_sessions list_my_wallets list_my_devices log_out log_out_everywhere
    offer_totp open_my_wallet remove_totp send_my_code set_payment_password unlock_payment_password
    forget_my_device freeze_my_wallet revoke_my_session unfreeze_my_wallet
"""
RULES = {
    **rules(AT_THE_DOOR, OWN, CHANNELS, "customers/test_login"),
    **rules(MINE, SELF, CUSTOMERS, "customers/test_me"),
    **rules("start_export list_exports get_export", SELF, CUSTOMERS, "customers/test_exports"),
    **rules("list_my_notices", SELF, CUSTOMERS, "customers/test_notices"),
    **rules("get_closure_terms", SELF, CUSTOMERS, "customers/test_erasure"),
    **rules("look_up_customer get_customer", RECORD, KEEPERS, "customers/test_directory"),
    **rules("list_customers", LIST, STAFF, "customers/test_directory"),
    **rules("unmask", RECORD, STAFF, "customers/test_directory"),
    **rules("suspend_customer reinstate_customer", RECORD, STAFF, "customers/test_suspension"),
}
