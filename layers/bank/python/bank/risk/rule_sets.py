"""The rule sets of this process: each version is read, checked and compiled once."""

from typing import Any

from bank import ids, rules, store
from bank.config import config
from bank.ledger.velocity import WINDOWS, Caps
from bank.money import limit_in
from bank.risk.tables import ContentRow, LiveRow, content_key
from bank.risk.verdict import MODEL
from bank.rules import RulesBroken

Judge = tuple[rules.Model, Caps]
# By version, product and posture: together they are what was approved.
_contents: dict[tuple[str, str, str | None], Judge | RulesBroken] = {}


class RulesAltered(RulesBroken):
    """The stored content, caps or posture are not what was approved: none of them counts."""


def forget() -> None:
    """Drop every version that this process has loaded (tests)."""
    _contents.clear()
    rules.forget()


def digest_of(product: str, content: Any, caps: Any, posture: str | None) -> str:
    """Return the digest that is approved: of everything that decides about money, and nothing else."""
    return ids.digest({"product": product, "content": content, "caps": caps, "posture": posture})


def loaded(product: str, live: LiveRow | None) -> Judge:
    """The live version's model and caps; read once in a process.

    Raises RulesBroken, RulesAltered where what is stored does not give its digest, and what botocore raises.
    """
    if live is None or not live.version:
        raise RulesBroken("no rule set is live")
    key = (live.version, product, live.posture)
    if key not in _contents:
        row = store.get(ContentRow, content_key(live.version))
        if row is None:
            raise RulesBroken(f"the content of {live.version} is missing")
        if len(_contents) >= rules.KEPT:
            _contents.pop(next(iter(_contents)))
        # What is broken stays broken: a version's content never changes.
        _contents[key] = _compiled(product, live, row)
    known = _contents[key]
    if isinstance(known, RulesBroken):
        raise known
    return known


def _compiled(product: str, live: LiveRow, row: ContentRow) -> Judge | RulesBroken:
    if row.digest and row.digest != digest_of(product, row.content, row.caps, live.posture):
        return RulesAltered(f"{live.version} is not what was approved")
    try:
        return rules.compiled(str(live.version), row.content, MODEL), checked_caps(row.caps or {})
    except RulesBroken as error:
        return error


def faults(content: Any) -> list[str]:
    """Return what a model is refused for, when it is created, tried or loaded, as sentences."""
    return rules.faults(content, MODEL)


def checked_caps(caps: Any) -> Caps:
    """Caps as data: {window: {"count"?, "sum"?}}, whole numbers, sums in the home currency.

    Raises RulesBroken.
    """
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


def caps_in(caps: Caps, currency: str) -> Caps:
    """Caps, whose sums are the home currency's, as they bind an account that counts in `currency`."""
    if currency == config.home_currency:
        return caps
    return {
        window: {
            name: limit_in(bound, config.home_currency, currency) if name == "sum" else bound
            for name, bound in cap.items()
        }
        for window, cap in caps.items()
    }
