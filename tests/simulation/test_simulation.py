"""A few histories in every run of the tests; `make simulate SEEDS=1000` runs as many as one likes."""

import inspect
import os
import re

import pytest

from tests.simulation import insider
from tests.simulation.faults import SHARES
from tests.simulation.mutants import BLINDNESSES, MUTANTS, Mutant, found
from tests.simulation.world import Failed, World

# Enough for blocks, holds and statements to alter.
INSIDER_STEPS = 100
pytestmark = pytest.mark.simulation

SEEDS = int(os.environ.get("SEEDS", "5"))
# Mistakes that show within a history or two, and the seed from which they are looked for;
# `python -m tests.simulation --mutants` runs all.
QUICK = {
    "journals applied without a mark": 0,
    "an id of its own for each delivery of a request": 0,
    "limits not given back with a hold": 0,
    "a velocity cap checked before the write alone": 0,
    "limits lowered that a spend has not seen": 40,
    "a file that nobody compares with its announcement": 18,
    "a free limit of each payment": 0,
    "an event with an id for each delivery": 0,
    "stock checked before the write alone": 1,
    "a day's stock checked before the write alone": 0,
}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_invariant_holds_through_the_history_of(seed: int) -> None:
    World(seed).run()


def test_a_history_follows_from_its_seed_alone() -> None:
    first, second, other = World(1, steps=60), World(1, steps=60), World(2, steps=60)

    for world in (first, second, other):
        world.run()

    assert first.trace == second.trace
    assert first.trace != other.trace


def test_histories_meet_every_fault_and_what_every_room_does() -> None:
    world = World(2, steps=500, faults=dict.fromkeys(SHARES, 0.03))

    world.run()

    said = "\n".join(world.trace)
    faults = set(re.findall(r"! ([a-z -]+):", said))
    done = set(re.findall(r"^\S+ \S+ +\d+ ([a-z -]+)$", said, re.MULTILINE))
    assert faults >= {
        "throttled",
        "conflict",
        "unprocessed",
        "not connected",
        "time-out after success",
        "internal server error",
        "crash before",
        "crash after",
    }
    # Some merchant has taken in so much that its account has several parts.
    assert re.search(r"ledger-accounts stl_\w+~1", said)
    often = (action.name for room in world.rooms for action in room.actions() if action.weight >= 0.5)
    assert done >= set(often)


@pytest.mark.parametrize("mutant", [*MUTANTS, *BLINDNESSES], ids=lambda each: each.name)
def test_a_mistake_is_one_in_what_is_called_and_not_in_how(mutant: Mutant) -> None:
    """A replacement that cannot be called breaks every history, and shows nothing."""
    every = list(inspect.signature(getattr(mutant.target, mutant.attribute)).parameters.values())
    for given in (every, [each for each in every if each.default is each.empty]):
        named = {each.name: None for each in given if each.kind is each.KEYWORD_ONLY}
        placed = [each for each in given if each.name not in named]

        inspect.signature(mutant.instead).bind(*placed, **named)


@pytest.mark.parametrize(
    "mutant", [each for each in MUTANTS if each.name in QUICK], ids=lambda each: each.name
)
def test_a_rule_that_is_broken_on_purpose_shows_in_some_history(mutant: Mutant) -> None:
    first = QUICK[mutant.name]

    assert found(mutant, [*range(first, 80), *range(first)]) is not None


def test_a_history_that_breaks_says_how_to_see_it_again() -> None:
    mutant = next(each for each in MUTANTS if each.name == "journals applied without a mark")

    seed, what = found(mutant, range(20)) or (-1, "")

    with pytest.raises(Failed, match=re.escape(what)) as failed, mutant.applied():
        World(seed, faults={"interlude": 0.4}).run()
    report = str(failed.value).splitlines()
    assert report[0].startswith(f"seed {seed} broke at step ")
    assert report[-1] == f"python -m tests.simulation --seed {seed} --steps 150"


def test_what_was_lost_longer_ago_than_sweeps_look_back_is_made_up_for_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the streams lost, if no sweep has come for days: as docs/operations.md says."""
    world = World(0, steps=20)
    drain = world._drain

    def days_later() -> None:
        while world.deliveries.has_missing() and not world.deliveries.lost:
            world.deliveries.lose()
        world.passes(4 * 24 * 3600)
        drain()

    monkeypatch.setattr(world, "_drain", days_later)
    world.run()

    assert world.deliveries.lost


# Histories in which there is something of each kind to alter.
@pytest.mark.parametrize("seed", [0, 2])
def test_whatever_an_insider_alters_in_the_tables_is_named(seed: int) -> None:
    named = insider.named(seed, INSIDER_STEPS)

    assert named == {each.name: True for each in insider.ALTERATIONS}


@pytest.mark.parametrize("blindness", BLINDNESSES, ids=lambda each: each.name)
def test_a_verification_that_sees_less_passes_over_some_alteration(blindness: Mutant) -> None:
    with blindness.applied():
        named = insider.named(0, INSIDER_STEPS)

    assert False in named.values()
