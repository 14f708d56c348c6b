"""The policies that authorizers answer with, as far as one asks them whether a method may be called."""

import re
from collections.abc import Iterable
from typing import Any

INVOKE = "execute-api:Invoke"


def allowed(document: dict[str, Any], method_arn: str) -> bool:
    """Return whether a policy lets the method be called: some statement allows it, and none denies it."""
    effects = {each["Effect"] for each in document.get("Statement", ()) if _is_about(each, method_arn)}
    return effects == {"Allow"}


def _is_about(statement: dict[str, Any], method_arn: str) -> bool:
    actions, resources = statement.get("Action", ()), statement.get("Resource", ())
    return _matches(actions, INVOKE) and _matches(resources, method_arn)


def _matches(patterns: str | Iterable[str], value: str) -> bool:
    each = (patterns,) if isinstance(patterns, str) else patterns
    return any(_expression(pattern).fullmatch(value) for pattern in each)


def _expression(pattern: str) -> re.Pattern[str]:
    """IAM knows two signs: * for any text, ? for any character."""
    quoted = re.escape(pattern)
    return re.compile(quoted.replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
