"""The risk room's own tables. What verdicts read (`risk-rules`, `risk-profiles`) stands in `bank.risk`."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.store import Table, table_name

RULES, BACKTESTS = "rules", "backtests"


class DeskRow(Table):
    """Base of what staff work on: `desk` is the pile, `entry` the sheet. Its stream gives the events."""

    class Meta:
        table_name = table_name("risk-desk")

    desk = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


class RuleSetRow(DeskRow):
    """A version of a product's rules, `rules` / its id. Its content stands in the kernel's `ContentRow`.

    A changed draft is a new rule set. Which version is live or shadowed is the pointer's to say (`LiveRow`);
    `status` says how far this one has come, and `history` what was done with it.
    """

    product = UnicodeAttribute()
    note = UnicodeAttribute()
    posture = UnicodeAttribute()
    digest = UnicodeAttribute()
    status = UnicodeAttribute()
    approval_id = UnicodeAttribute(null=True)
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    # [{"at", "by", "what", "reason"}], newest last, the last `domain.rule_sets.HISTORY` of them.
    history: JSONAttribute = JSONAttribute(default=list)
    version = NumberAttribute(default=0)
    request_digest = UnicodeAttribute()


class ListRow(DeskRow):
    """An entry of a list, `list#<block|allow|watch>` / `<kind>#<id>`: a profile's mark, with its story."""

    reason = UnicodeAttribute()
    source = UnicodeAttribute()
    added_by = UnicodeAttribute()
    added_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    version = NumberAttribute(default=0)


class BacktestRow(DeskRow):
    """A run of a rule set over history, `backtests` / its id."""

    rule_set_id = UnicodeAttribute()
    product = UnicodeAttribute()
    from_day = UnicodeAttribute()
    to_day = UnicodeAttribute()
    status = UnicodeAttribute()
    requested_by = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    finished_at = UnicodeAttribute(null=True)
    result: JSONAttribute = JSONAttribute(null=True)
    problem: JSONAttribute = JSONAttribute(null=True)
    request_digest = UnicodeAttribute()


class FindingsRow(Table):
    """Base of what is found out: `finding` is about what, `part` which part of it."""

    class Meta:
        table_name = table_name("risk-findings")

    finding = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)


class ReportRow(FindingsRow):
    """A unit's day, `report#<day>` / unit id; written anew by each count of that day."""

    content: JSONAttribute = JSONAttribute()
    counted_at = UnicodeAttribute()


class ShadowRow(FindingsRow):
    """A shadow version's batch of decisions, `shadow#<rule set>` / `<day>#<batch>`.

    One row per batch, named for the batch's events: delivered twice, it is put twice. What a version would do
    differently in a day is the sum of its rows, with some samples each.
    """

    counts: JSONAttribute = JSONAttribute()
    samples: JSONAttribute = JSONAttribute()
    purge_at = NumberAttribute()


class HitRow(FindingsRow):
    """Reasons of a decision that was no plain approval, `hit#<record id>` / `-`: 90 days, for its case."""

    reasons: JSONAttribute = JSONAttribute()
    # Of a transfer: who received it.
    payee_id = UnicodeAttribute(null=True)
    purge_at = NumberAttribute()
