"""Carts and benefits drawn at random: small prices and few names, so that they meet often."""

from dataclasses import replace

import hypothesis.strategies as st

from bank.promotions import (
    AmountOff,
    Benefit,
    Cart,
    CheapestOff,
    FixedPrice,
    Line,
    NthOff,
    Per,
    PercentOff,
    Scope,
    Terms,
    Tiers,
)

AMOUNTS = st.integers(0, 500)
POINTS = st.integers(1, 10_000)
PER = st.sampled_from(Per)
NAMES = st.sampled_from("abc")


@st.composite
def lines(draw: st.DrawFn) -> Line:
    quantity, amount = draw(st.integers(1, 5)), draw(AMOUNTS)
    floor = draw(st.just(0) | st.integers(0, amount))
    return Line(draw(NAMES), draw(NAMES), quantity, amount, floor)


@st.composite
def tiers(draw: st.DrawFn) -> Tiers:
    thresholds = sorted(draw(st.sets(st.integers(1, 1_000), min_size=1, max_size=3)))
    amounts = sorted(draw(st.sets(st.integers(1, 200), min_size=len(thresholds), max_size=len(thresholds))))
    return Tiers(tuple(zip(thresholds, amounts, strict=True)), len(thresholds) == 1 and draw(st.booleans()))


EFFECTS = st.one_of(
    st.builds(AmountOff, st.integers(1, 300), PER),
    st.builds(PercentOff, POINTS, PER, st.none() | st.integers(1, 100)),
    st.builds(FixedPrice, AMOUNTS),
    st.builds(NthOff, st.integers(2, 4), POINTS),
    st.builds(CheapestOff, POINTS),
    tiers(),
)
SCOPES = st.builds(
    Scope,
    skus=st.frozensets(NAMES, max_size=2),
    categories=st.frozensets(NAMES, max_size=2),
    not_categories=st.frozensets(NAMES, max_size=1),
    unit_from=st.none() | st.integers(0, 100),
    unit_to=st.none() | st.integers(50, 300),
    undiscounted=st.booleans(),
)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    effect, scope = draw(EFFECTS), draw(st.just(Scope()) | SCOPES)
    if isinstance(effect, CheapestOff):
        scope = replace(scope, undiscounted=False)
    minimum, on = draw(st.just(0) | AMOUNTS), draw(st.none() | SCOPES)
    return Terms(
        effect, scope, minimum, on, draw(st.just(frozenset[str]()) | st.frozensets(NAMES, max_size=1))
    )


@st.composite
def benefits(draw: st.DrawFn, most: int = 7) -> list[Benefit]:
    return [
        Benefit(
            f"ent_{number}",
            draw(terms()),
            draw(st.sampled_from(["one", "two", "three", "four", "five", "six"])),
            draw(st.sampled_from([False, False, False, True])),
            draw(st.integers(0, 2)),
        )
        for number in range(draw(st.integers(0, most)))
    ]


CARTS = st.lists(lines(), min_size=1, max_size=4).map(Cart.of)
