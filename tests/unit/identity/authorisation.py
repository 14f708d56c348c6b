"""Who may call which of the identity room's operations."""

from tests.support.authorisation import LIST, PUBLIC, RECORD, STAFF, rules

CLIENTS = """
    register_client get_client change_client send_enrolment_code suspend_client reinstate_client revoke_client
"""
RULES = {
    # What is sent says who they are.
    **rules("get_jwks issue_token enrol_client", PUBLIC),
    **rules(CLIENTS, RECORD, STAFF, "identity/test_registry"),
    **rules("list_clients", LIST, STAFF, "identity/test_registry"),
    **rules("add_client_key retire_client_key", RECORD, STAFF, "identity/test_keys"),
    **rules("list_client_keys", LIST, STAFF, "identity/test_keys"),
}
