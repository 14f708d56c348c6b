"""Who may call which of the about room's operations."""

from tests.support.authorisation import PUBLIC, rules

RULES = rules("get_health get_openapi get_openapi_of_tag", PUBLIC)
