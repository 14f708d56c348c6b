"""Live rule sets of risk."""

from collections.abc import Iterator

from audit.service.verifying.held import Acts, Facts, Held
from bank import store
from bank.risk.rule_sets import digest_of
from bank.risk.tables import ContentRow, LiveRow, content_key


def rule_sets() -> Iterator[Held]:
    """The rule sets that judge movements now."""
    for live in LiveRow.scan(LiveRow.rules_key.startswith("live#")):
        if not live.version:
            continue
        row = store.get(ContentRow, content_key(live.version))
        product = live.rules_key.removeprefix("live#")
        content, caps = (row.content, row.caps) if row else (None, None)
        digest = digest_of(product, content, caps, live.posture)
        says = {"live": live.version, "digest": digest}
        yield Held(live.rules_key, says, live.version, live.changed_at, _rules_told)


def _rules_told(acts: Acts) -> Facts | None:
    activated = [after for after in (act.after or {} for act in acts) if "live" in after]
    return activated[-1] if activated else None
