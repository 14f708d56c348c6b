"""Who may call which of the kyc room's operations."""

from tests.support.authorisation import CUSTOMERS, KEEPERS, LIST, RECORD, SELF, STAFF, rules

RULES = {
    **rules("list_my_cards add_my_card list_my_verifications verify_me", SELF, CUSTOMERS, "kyc/test_access"),
    **rules("get_my_verification", SELF, CUSTOMERS, "kyc/test_access"),
    **rules("list_verifications", LIST, KEEPERS, "kyc/test_access"),
    **rules("verify_customer get_verification_of_customer", RECORD, KEEPERS, "kyc/test_access"),
    **rules("unmask_identity", RECORD, STAFF, "kyc/test_unmasking"),
}
