"""The rules of the tree: whatever moves come in whatever order, each unit has one way up."""

from hypothesis import given
from hypothesis import strategies as st

from bank.access.organisation import HEAD_OFFICE, Tree
from staff.domain.tree import has_open_children, parent_at, would_circle

NAMES = [HEAD_OFFICE, *(f"unit_{number}" for number in range(8))]
MOVES = st.lists(st.tuples(st.sampled_from(NAMES[1:]), st.sampled_from(NAMES)), max_size=40)


@given(MOVES)
def test_no_sequence_of_moves_makes_a_circle(moves: list[tuple[str, str]]) -> None:
    parents: dict[str, str | None] = {HEAD_OFFICE: None} | dict.fromkeys(NAMES[1:], HEAD_OFFICE)
    for unit_id, parent_id in moves:
        below = unit_id in Tree(parents).ancestors(parent_id)
        assert would_circle(parents, unit_id=unit_id, new_parent=parent_id) is below
        if not below:
            parents[unit_id] = parent_id

    assert all(Tree(parents).ancestors(name)[-1] == HEAD_OFFICE for name in NAMES)


def test_a_circle_that_is_there_already_ends_the_walk() -> None:
    assert not would_circle({"a": "b", "b": "a"}, unit_id="c", new_parent="a")


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=10), st.data())
def test_a_unit_was_where_its_history_says(places: list[str], data: st.DataObject) -> None:
    """Moved at 1, 2, 3 ...: at n and a half it is where the n-th move put it."""
    history = [{"parent_id": place, "until": f"{number + 1:03}"} for number, place in enumerate(places[:-1])]
    at = data.draw(st.integers(0, len(places) - 1))

    assert parent_at(parent_id=places[-1], history=history, as_of=f"{at:03}.5") == places[at]


def test_only_open_units_below_keep_a_unit_open() -> None:
    parents = {"a": HEAD_OFFICE, "b": "a", HEAD_OFFICE: None}

    assert has_open_children(parents, set(), "a")
    assert not has_open_children(parents, {"b"}, "a")
    assert not has_open_children(parents, set(), "b")
