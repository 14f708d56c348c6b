"""Decisions about money, a batch at a time: into history, into profiles, past the shadows, to the cases."""

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.config import config
from bank.events import envelope, publish
from bank.ledger.velocity import Velocity, VelocityCounter
from bank.money import valued
from bank.risk.tables import ProfileRow, learned, short
from bank.store import Transaction
from risk.adapters import object_store
from risk.events import AlertRaised
from risk.service import shadows
from risk.tables import HitRow

HIT_KEPT = timedelta(days=90)
Change = tuple[list[Action], Condition]
# Names seen, by the attribute of the profile that lists them.
Seen = dict[str, set[str]]


def take(*, lines: list[dict[str, Any]]) -> None:
    """Take a batch of decisions. Delivered again, it leaves all as it is, but that a channel's windows may
    count a payment twice: velocity then errs to the safe side.
    """
    if not lines:
        return
    object_store.append(object_store.DECISIONS, lines)
    spent = sorted((line for line in lines if line["spent"]), key=lambda line: line["decided_at"])
    # A claim moves no money, and tells by which devices a customer comes.
    _learn([*spent, *(line for line in lines if line["product"] == "benefit")])
    _count(spent)
    first = [line for line in lines if line["first"]]
    shadows.run(first)
    store.put_many([_hit(line) for line in first if line["reasons"]])
    publish(_alert(line) for line in first if line["outcome"] == "decline")


def _learn(lines: Iterable[dict[str, Any]]) -> None:
    """Record payers' devices and payees, and devices' payers: once a day each, at most."""
    seen: dict[str, Seen] = defaultdict(lambda: defaultdict(set))
    for line in lines:
        payer, device = line["payer_id"], line["device_id"]
        if line["payee_id"]:
            seen[f"payer#{payer}"]["payees"].add(short(line["payee_id"]))
        if device:
            seen[f"payer#{payer}"]["devices"].add(short(device))
            seen[f"device#{device}"]["payers"].add(short(payer))
            # By it the devices' profiles are found when the payer leaves.
            seen[f"devices#{payer}"]["devices"].add(device)
    rows = store.get_many([(ProfileRow, profile) for profile in seen])
    # Most payments teach nothing new: those cost a read, and no write.
    changes = {
        profile: change
        for (profile, names), row in zip(seen.items(), rows, strict=True)
        if (change := _with_names(names, row)) is not None
    }
    for start in range(0, len(changes), store.TRANSACTION_LIMIT):
        some = dict(itertools.islice(changes.items(), start, start + store.TRANSACTION_LIMIT))
        try:
            _change_together(some)
        except store.Stale:
            for profile in some:
                change_profile(profile, functools.partial(_with_names, seen[profile]))


def _with_names(seen: Seen, row: ProfileRow | None) -> Change | None:
    """The change that has a profile know these names, or None where it knew them today."""
    actions: list[Action] = []
    same = ProfileRow.profile_key.exists() if row else ProfileRow.profile_key.does_not_exist()
    for name, names in seen.items():
        attribute: Attribute[Any] = getattr(ProfileRow, name)
        before = getattr(row, name) if row else None
        known, today = before, clock.business_date()
        for each in sorted(names):
            known = learned(known, each, today) or known
        if known != before:
            actions.append(attribute.set(known))
            same &= unchanged(attribute, before)
    return (actions, same) if actions else None


def _count(lines: Iterable[dict[str, Any]]) -> None:
    """The channels' windows: one write a channel and batch."""
    by_channel: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for line in lines:
        if line["client_id"]:
            seconds = int(clock.parse(line["decided_at"]).timestamp())
            # The channel's payers pay in several currencies: one sum of what each amount counts for.
            counts_for = valued(line["amount"], line["currency"], config.home_currency)
            by_channel[line["client_id"]].append((seconds, counts_for))
    for client_id, spends in by_channel.items():
        change_profile(f"channel#{client_id}", functools.partial(_counted, spends))


def _counted(spends: list[tuple[int, int]], row: ProfileRow | None) -> Change:
    velocity = Velocity()
    if row is not None and row.minute:
        in_minute = VelocityCounter(int(row.minute_count), int(row.minute_sum))
        velocity = Velocity.unpack(int(row.minute), in_minute, row.earlier)
    for seconds, amount in spends:
        velocity = velocity.at(seconds).moved(VelocityCounter(1, amount))
    actions: list[Action] = [
        ProfileRow.minute.set(velocity.minute),
        ProfileRow.minute_count.set(velocity.in_minute.count),
        ProfileRow.minute_sum.set(velocity.in_minute.sum),
        ProfileRow.earlier.set(velocity.pack()),
    ]
    if row is None or not row.minute:
        return actions, ProfileRow.minute.does_not_exist()
    same = (ProfileRow.minute == row.minute) & (ProfileRow.minute_count == row.minute_count)
    return actions, same & (ProfileRow.minute_sum == row.minute_sum)


def _change_together(changes: dict[str, Change]) -> None:
    """Make changes of profiles that were just read in one transaction. Raises Stale where one has changed."""
    transaction = Transaction()
    for profile, (actions, condition) in changes.items():
        transaction.update((ProfileRow, profile), actions, condition, store.stale)
    transaction.commit()


def change_profile(profile: str, change: Callable[[ProfileRow | None], Change | None]) -> None:
    """Read a profile, decide, and write on the condition that it still is so; again while it is not."""

    def act() -> None:
        wanted = change(store.get(ProfileRow, profile))
        if wanted is None:
            return
        transaction = Transaction()
        transaction.update((ProfileRow, profile), wanted[0], wanted[1], store.stale)
        transaction.commit()

    store.retry_on_conflict(act)


def unchanged(attribute: Attribute[Any], before: Any) -> Condition:
    """Return the condition that an attribute is as it was read."""
    return attribute.does_not_exist() if before is None else attribute == before


def _hit(line: dict[str, Any]) -> HitRow:
    return HitRow(
        finding=f"hit#{line['record_id']}",
        part="-",
        reasons=line["reasons"],
        payee_id=line["payee_id"] if line["product"] == "transfer" else None,
        purge_at=int((clock.parse(line["decided_at"]) + HIT_KEPT).timestamp()),
    )


def _alert(line: dict[str, Any]) -> dict[str, Any]:
    alert = AlertRaised(
        alert_id=ids.derived("alt", "risk", line["record_id"]),
        kind=f"{line['product']}_declined_by_risk",
        severity="medium",
        customer_id=line["customer_id"],
        unit_id=line["unit_id"] or HEAD_OFFICE,
        merchant_id=line["merchant_id"],
        device_id=line["device_id"],
        record_ids=[line["record_id"]],
        reasons=line["reasons"],
        amount=line["amount"],
        currency=line["currency"],
    )
    return envelope(alert, subject=alert.alert_id, change=line["record_id"], time=line["decided_at"])
