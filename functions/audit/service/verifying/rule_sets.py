"""Live rule sets of risk."""

from collections.abc import Callable, Iterator

from audit.service.verifying.held import Acts, Facts, Held, unbroken
from bank import store
from bank.control.audit import acts_on
from bank.risk.rule_sets import digest_of
from bank.risk.tables import ContentRow, LiveRow, content_key


def rule_sets() -> Iterator[Held]:
    """The rule sets that judge movements now, which of those once approved they are, and their shadows."""
    for live in LiveRow.scan(LiveRow.rules_key.startswith("live#")):
        if not (live.version or live.shadows):
            continue
        row = store.get(ContentRow, content_key(live.version)) if live.version else None
        product = live.rules_key.removeprefix("live#")
        content, caps = (row.content, row.caps) if row else (None, None)
        says = {
            "live": live.version,
            "digest": digest_of(product, content, caps, live.posture) if live.version else None,
            "shadows": sorted(live.shadows or ()),
            "as the acts found it": True,
        }
        yield Held(live.rules_key, says, live.rules_key, live.changed_at, _told(live))


def _told(live: LiveRow) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        # Before the pointer had entries of its own, those of the version told that it had been activated.
        of_version = [act.after or {} for act in acts_on(live.version)] if live.version else []
        activated = [after for after in of_version if "live" in after]
        if not (acts or activated):
            return None
        facts: Facts = {"digest": None, "shadows": sorted(live.shadows or ())}
        for after in (*activated[-1:], *(act.after or {} for act in acts)):
            facts |= after
        return {**facts, "as the acts found it": unbroken(acts)}

    return told
