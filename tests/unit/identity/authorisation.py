"""Who may call which of the identity room's operations."""

from tests.support.authorisation import PUBLIC, rules

RULES = rules("get_jwks issue_token", PUBLIC)
