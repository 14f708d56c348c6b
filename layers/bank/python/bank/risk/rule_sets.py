"""The rule sets of this process: each version is read, checked and compiled once."""

from typing import Any

from bank import rules, store
from bank.ledger.velocity import WINDOWS, Caps
from bank.risk import facts
from bank.risk.tables import ContentRow, content_key
from bank.rules import RulesBroken

_contents: dict[str, tuple[rules.Decision, Caps] | RulesBroken] = {}


def forget() -> None:
    """Drop every version that this process has loaded (tests)."""
    _contents.clear()
    rules.forget()


def loaded(version: str) -> tuple[rules.Decision, Caps]:
    """A version's model and caps; read once in a process. Raises RulesBroken and what botocore raises."""
    if not version:
        raise RulesBroken("no rule set is live")
    if version not in _contents:
        row = store.get(ContentRow, content_key(version))
        if row is None:
            raise RulesBroken(f"the content of {version} is missing")
        if len(_contents) >= rules.KEPT:
            _contents.pop(next(iter(_contents)))
        # What is broken stays broken: a version's content never changes.
        _contents[version] = _compiled(version, row)
    known = _contents[version]
    if isinstance(known, RulesBroken):
        raise known
    return known


def _compiled(version: str, row: ContentRow) -> tuple[rules.Decision, Caps] | RulesBroken:
    try:
        decision = rules.compiled(version, row.content, facts.PATHS, facts.SAMPLES)
        return decision, checked_caps(row.caps or {})
    except RulesBroken as error:
        return error


def checked_caps(caps: Any) -> Caps:
    """Caps as data: {window: {"count"?, "sum"?}}, whole numbers. Raises RulesBroken."""
    try:
        for window, cap in caps.items():
            bounds = [(name, bound) for name, bound in cap.items()]
            if window not in WINDOWS or not all(
                name in ("count", "sum") and type(bound) is int and bound >= 0 for name, bound in bounds
            ):
                raise RulesBroken(f"these are no caps: {window}")
    except AttributeError:
        raise RulesBroken("caps are an object of windows") from None
    checked: Caps = caps
    return checked
