"""Terms of a counterparty, as entries of the audit trail tell them."""

from collections.abc import Iterable, Mapping
from typing import Any

from bank import ids


def terms(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return these terms for an audit entry; of what is kept sealed, what tells it from another."""
    return {name: _told(getattr(row, name)) for name in names}


def _told(value: Any) -> Any:
    if not isinstance(value, Mapping) or "sealed" not in value:
        return value
    shown = {name: value[name] for name in ("bank_code", "account_number", "masked") if name in value}
    return {**shown, "kept_digest": ids.digest(value)}
