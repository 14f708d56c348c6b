"""What must hold of entitlements, their caps and the payments that use them, after every write."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from bank import caps, clock
from bank.benefits import bearers, offers
from bank.benefits.domain import Status
from bank.benefits.tables import order_reference
from benefits.domain import cycles
from tests.simulation.rooms.benefits.acts import OPEN, BenefitActs
from tests.simulation.stored import Change, Row, check, parsed

OVER = {"expired", "revoked", "given_away"}
# What an entitlement's status may become. A refund gives a use back.
NEXT = {
    None: {"issued"},
    **dict.fromkeys(OPEN, OPEN | OVER | {"redeemed"}),
    "redeemed": {"redeemed", "issued", "expired"},
    **{each: {each} for each in OVER},
}
# Shards count a later day once one of them has begun; a claim is decided again for some seconds.
MEANWHILE = timedelta(seconds=90)
FIXED = ("cid", "ac", "vf", "vt", "at")
CAPTURED = {"succeeded", "partially_refunded", "refunded"}
HELD = {"authorized", "in_review"}
# The bank's accounts that bear discounts.
BEARING = ("int_marketing", "int_suppliers")


# As a content names the bounds of each, and their caps' ids say of what they are.
EACH = {"unit": "each_branch", "client": "each_channel"}


class BenefitBooks(BenefitActs):
    """The part of the benefits room that keeps watch: its own account of caps, uses and who bore them."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        # What was taken of each cap: (shard, business day) -> counts.
        self._taken: dict[str, dict[tuple[int, str], Counter[str]]] = defaultdict(
            lambda: defaultdict(Counter)
        )
        # What each entitlement keeps of each budget: (cap, entitlement) -> minor units.
        self._kept = Counter[tuple[str, str]]()
        # (entitlement, payment) that used it, and of these those that gave the use back.
        self.used: set[tuple[str, str]] = set()
        self.returned: set[tuple[str, str]] = set()
        self._borne = Counter[str]()

    def changed(self, changes: list[Change]) -> None:
        """Each entitlement that changed; then every cap, and what payments say that each has given."""
        tables = {change.table for change in changes}
        for change in changes:
            if change.table == "entitlements":
                self._step(change.key[0], change.old, change.new or {})
            elif change.table == "ledger-journals":
                self._bear(change.new or {})
        if tables & {"entitlements", "caps"}:
            self._caps()
            self._given_away()
        if tables & {"entitlements", "payments"}:
            self._given()

    # An entitlement

    def _step(self, name: str, old: Row | None, new: Row) -> None:
        before, last = old["st"] if old else None, parsed(new["lt"]) if new else {}
        check(new.get("st") in NEXT[before], f"{name}: {before} -> {new.get('st')}")
        check(new["u"] >= 0 and new["s"] >= 0, f"{name} has {new['u']} uses, gave {new['s']}")
        if old is None:
            self._made(name, new)
        else:
            check(all(old[fact] == new[fact] for fact in FIXED), f"{name} became another")
            check(new["rv"] == old["rv"] + 1, f"{name}: two changes of one revision")
            self._in_time(name, old, new, last)
            self._as_reserved(name, old, new, last)
            self._spent(name, old, new, last)
        self._keep(name, old, new)
        self._uses(name, new, last)

    def _made(self, name: str, new: Row) -> None:
        """One of a cycle's that its customer may have; or a gift, with what is left of what was given."""
        if "gf" in new:
            return
        content = self._content(name)
        moment, cycle = clock.parse(new["at"]), cycles.ClaimCycle(content["cycle"])
        days = {clock.business_date(moment - MEANWHILE), clock.business_date(moment)}
        may = {
            offers.entitlement_id(offers.offer_of(name), new["cid"], cycles.name_of(cycle, day), str(number))
            for day in days
            for number in range(content["per_customer"])
        }
        check(name in may, f"{name} is one more than {new['cid']} may have")
        by_cap = {each.cap_id: each.parts for each in caps.unpack(parsed(new["tk"]))}
        check(by_cap.keys() == _bounds(name, new, content).keys(), f"{name} has taken of {by_cap.keys()}")
        days.add(clock.business_date(moment + MEANWHILE))
        for cap_id, parts in by_cap.items():
            for part in parts:
                check(part.day in {day.isoformat() for day in days}, f"{name} counts on {part.day}")
                self._taken[cap_id][part.shard, part.day].update(part.counts._asdict())

    def _in_time(self, name: str, old: Row, new: Row, last: Row) -> None:
        """It ends once its time is over, and is used within it; clocks may be a second apart."""
        if new["st"] == "expired" != old["st"]:
            check(new["vt"] <= self._soon(), f"{name} expired before its time")
        at_once = last["what"] == "redeemed" and old.get("rf") != last["by"]
        if at_once or last["what"] in {"reserved", "revoked", "given_away"}:
            check(self._lately() < new["vt"], f"{name} is over and was {last['what']}")
            early = self._soon() < new["vf"] and last["what"] in {"redeemed", "reserved"}
            check(not early, f"{name} was {last['what']} before its time")

    def _as_reserved(self, name: str, old: Row, new: Row, last: Row) -> None:
        """While it is reserved, it is for whom it is reserved, and nobody else."""
        if old["st"] != "reserved" or old["ru"] <= self._soon():
            return
        what, whose = last["what"], old["rf"]
        check(what in {"reserved", "released", "redeemed", "refunded"}, f"{name} was {what}, and is reserved")
        if what in {"reserved", "redeemed"}:
            by = last.get("by") or new["rf"]
            check(
                whose in {by, self._order_of(by)}, f"{name} was {what} by {by}, and is reserved for {whose}"
            )

    def _order_of(self, payment_id: str) -> str:
        payment = self.world.stored.rows["payments"].get((payment_id, "payment"))
        return order_reference(payment["merchant_id"], payment["merchant_order_no"]) if payment else ""

    def _spent(self, name: str, old: Row, new: Row, last: Row) -> None:
        by = {"redeemed": 1, "refunded": -1}.get(last["what"], 0) * last.get("amount", 0)
        check(new["s"] == old["s"] + by, f"{name} had given {old['s']}, then {new['s']}, by {last}")

    def _uses(self, name: str, new: Row, last: Row) -> None:
        """A payment uses it once, and gives that back once; what is left are all others."""
        if last["what"] == "redeemed":
            check((name, last["by"]) not in self.used, f"{name} was used by {last['by']} twice")
            self.used.add((name, last["by"]))
        if last["what"] == "refunded" and last["whole"]:
            use = (name, last["of"])
            check(use in self.used - self.returned, f"{name}: a use of {last['of']} came back that is none")
            self.returned.add(use)
        made = sum(use[0] == name for use in self.used) - sum(use[0] == name for use in self.returned)
        whole = self._content(name).get("uses", 1)
        check(new["u"] == whole - made, f"{name} has {new['u']} uses left of {whole}, {made} were made")

    def _keep(self, name: str, old: Row | None, new: Row) -> None:
        """What it has of each budget; once that is settled or given away, what it has cost."""
        there = old if old and "tk" in old else new
        for taken in caps.unpack(parsed(there["tk"])) if "tk" in there else ():
            of = taken.cap_id, name
            if "tk" in new:
                self._kept[of] = sum(part.counts.budget for part in taken.parts)
            else:
                self._kept[of] = 0 if new["st"] == "given_away" else min(self._kept[of], new["s"])
            budgeted = any(part.counts.budget for part in taken.parts)
            check(not budgeted or new["s"] <= self._kept[of], f"{name} gave {new['s']} of {self._kept[of]}")

    # Caps

    def _caps(self) -> None:
        """As much is taken as entitlements have, of each shard; no more than there is, in all and a day."""
        shards: dict[str, dict[int, Row]] = defaultdict(dict)
        for row in self.rows("caps"):
            cap_id, _, shard = row["shard_id"].rpartition("#")
            shards[cap_id][int(shard)] = row
        check(shards.keys() == self._taken.keys(), f"caps are {shards.keys()}, taken was of {self._taken}")
        stocks = {row["offer_id"]: parsed(row["content"])["stock"] for row in self.rows("benefit-offers")}
        for cap_id, rows in shards.items():
            offer_id, _, of = cap_id.partition("#")
            bounds = stocks[offer_id][EACH[of.partition("#")[0]]] if of else stocks[offer_id]
            self._in_stock(cap_id, bounds, rows)
            self._in_budget(cap_id, bounds, rows)
        for offer_id, stock in stocks.items():
            if "units" in stock:
                self._all_accounted_for(offer_id, stock["units"], shards[offer_id])

    def _in_stock(self, cap_id: str, bounds: Row, shards: dict[int, Row]) -> None:
        taken, by_day = Counter[int](), Counter[str]()
        for (shard, day), counts in self._taken[cap_id].items():
            taken[shard] += counts["units"]
            by_day[day] += counts["day_units"]
            row = shards[shard]
            today = row.get("day") == day and "day_units" in bounds
            check(not today or row["day_units"] == counts["day_units"], f"{row} has {counts} of {day}")
        used = Counter({shard: row.get("units", 0) for shard, row in shards.items()})
        check(used == taken, f"{cap_id} counts {used}, handed out were {taken}")
        _within(cap_id, bounds, units=used.total(), day_units=max(by_day.values(), default=0))

    def _in_budget(self, cap_id: str, bounds: Row, shards: dict[int, Row]) -> None:
        used, by_day = sum(row.get("budget", 0) for row in shards.values()), Counter[str]()
        kept = sum(amount for of, amount in self._kept.items() if of[0] == cap_id)
        check(used == kept, f"{cap_id}: {used} of its budget is taken, entitlements have {kept}")
        for row in shards.values():
            by_day[row.get("day", "")] += row.get("day_budget", 0)
        _within(cap_id, bounds, budget=used, day_budget=max(by_day.values(), default=0))

    def _all_accounted_for(self, offer_id: str, units: int, shards: dict[int, Row]) -> None:
        """Stock + unused + reserved + redeemed + expired + revoked = issued. A gift is its receiver's."""
        left = units - sum(row.get("units", 0) for row in shards.values())
        by_status = Counter(
            row["st"]
            for row in self.entitlements()
            if offers.offer_of(row["entitlement_id"]) == offer_id and row["st"] != "given_away"
        )
        check(by_status.keys() <= set(Status), f"{offer_id} has entitlements that are {by_status}")
        check(left + by_status.total() == units, f"{offer_id}: {left} and {by_status}, stock was {units}")

    def _given_away(self) -> None:
        """Each that was given away is one other customer's now."""
        rows = {row["entitlement_id"]: row for row in self.entitlements()}
        gone = {name: parsed(row["lt"])["to"] for name, row in rows.items() if row["st"] == "given_away"}
        theirs = {row["gf"]: name for name, row in rows.items() if "gf" in row}
        check(gone == theirs, f"{gone} were given away, and received {theirs}")
        same = all(rows[name]["cid"] != rows[to]["cid"] for name, to in gone.items())
        check(same, f"somebody gave to themselves: {gone}")

    # Payments

    def _bear(self, journal: Row) -> None:
        """Count what payments move on the accounts that bear discounts. Suppliers are paid by others."""
        if journal["kind"] not in {"payment", "capture", "refund"}:
            return
        for account_id, amount in parsed(journal["legs"]):
            if account_id.startswith(BEARING):
                self._borne[account_id] -= amount

    def _given(self) -> None:
        """What entitlements have given, and the bank's accounts have borne, is what payments say."""
        given, borne, holding = Counter[str](), Counter[str](), dict[str, str]()
        for row in self.rows("payments"):
            if row["record"] != "payment" or not row.get("shr"):
                continue
            # What points pay is no benefit's, and the points room's to look at.
            shares = parsed(row.get("shl") or row["shr"])
            shares.pop("points", None)
            if row["status"] in CAPTURED:
                check(bearers.total(parsed(row["shr"])) < row["captured_amount"], f"{row} costs nothing")
                given.update({name: sum(parts.values()) for name, parts in shares.items()})
                borne.update(bearers.by_account(shares, row["currency"]))
            elif row["status"] in HELD:
                holding |= dict.fromkeys(shares, row["payment_id"])
        for row in self.entitlements():
            name = row["entitlement_id"]
            check(row["s"] == given[name], f"{name} gave {row['s']}, payments say {given[name]}")
        check(+self._borne == +borne, f"{self._borne} was borne, payments say {borne}")
        self._held(holding)

    def _held(self, holding: dict[str, str]) -> None:
        """What a payment holds is reserved for it until its hold is over."""
        for name, payment_id in holding.items():
            row = self.world.stored.rows["entitlements"][name,]
            payment = self.world.stored.rows["payments"][payment_id, "payment"]
            reserved = (row["st"], row.get("rf")) == ("reserved", payment_id)
            # Its time is over, by any clock, though no job has come by.
            over = payment["expires_at"] <= self._soon()
            check(reserved or over, f"{name} is not reserved for {payment_id}")

    def _content(self, name: str) -> Any:
        return parsed(self.world.stored.rows["benefit-offers"][offers.offer_of(name),]["content"])

    def _soon(self) -> str:
        return clock.instant(self.world.now() + timedelta(seconds=1))

    def _lately(self) -> str:
        return clock.instant(self.world.now() - timedelta(seconds=1))


def _bounds(name: str, entitlement: Row, content: Row) -> dict[str, Row]:
    """The bounds of each cap that an entitlement is of, by its id."""
    offer_id, stock = offers.offer_of(name), content["stock"]
    found = {offer_id: {name: stock.get(name) for name in caps.Bounds._fields}}
    for what, of in (("unit", entitlement["un"]), ("client", "cli_test")):
        found[f"{offer_id}#{what}#{of}"] = stock.get(EACH[what]) or {}
    return {cap_id: bounds for cap_id, bounds in found.items() if any(bounds.values())}


def _within(cap_id: str, bounds: Row, **taken: int) -> None:
    for count, amount in taken.items():
        bound = bounds.get(count)
        check(bound is None or amount <= bound, f"{cap_id}: {amount} {count} were taken of {bound}")
