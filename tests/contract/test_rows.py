"""The kernel reads and writes items as PynamoDB does, for every model that there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from pynamodb.attributes import Attribute, JSONAttribute, MapAttribute
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

from bank.store import Table
from tests.compatibility import items

STORED = {
    "S": "2026-11-29T01:02:03.000000Z",
    "N": "7",
    "BOOL": True,
    "SS": ["a", "b"],
    "NS": ["1", "2"],
    "B": b"\x00",
    "L": [{"S": "a"}],
}
MODELS = [model for kinds in items.models().values() for model in kinds]


def stored(attribute: Attribute[Any]) -> dict[str, Any]:
    kind = attribute.attr_type
    return {kind: '{"a": [1, null]}' if isinstance(attribute, JSONAttribute) else STORED[kind]}


def versions(model: type[Table]) -> Iterator[dict[str, Any]]:
    """An item with all attributes, with none, without one, with one that is NULL, with others besides."""
    attributes = list(model.get_attributes().values())
    every = {each.attr_name: stored(each) for each in attributes}
    yield every
    yield {}
    yield every | {"of another release": {"S": "x"}}
    for each in attributes:
        yield {name: value for name, value in every.items() if name != each.attr_name}
        yield every | {each.attr_name: {"NULL": True}}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_item_is_read_as_pynamodb_reads_it(model: type[Table], monkeypatch: pytest.MonkeyPatch) -> None:
    # PynamoDB makes the row that it reads into.
    monkeypatch.setattr(model, "__init__", Model.__init__)
    for item in versions(model):
        theirs: Any = Model.from_raw_data.__func__(model, item)  # type: ignore[attr-defined]

        ours = model.from_item(item)

        assert type(ours) is model
        assert ours.attribute_values == theirs.attribute_values


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_is_written_as_pynamodb_writes_it(model: type[Table]) -> None:
    for item in versions(model):
        row = model.from_item(item)

        assert row.serialize(null_check=False) == Model.serialize(row, null_check=False)
    for name, attribute in model.get_attributes().items():
        row = model.from_item(next(versions(model)))
        row.attribute_values[name] = None
        if not attribute.null:
            with pytest.raises(AttributeNullError, match=f"'{name}'"):
                row.serialize()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_new_row_is_as_pynamodb_makes_it(model: type[Table]) -> None:
    every = model.from_item(next(versions(model))).attribute_values
    for values in ({}, every, *({name: value} for name, value in every.items()), dict.fromkeys(every)):
        theirs: Any = model.__new__(model)
        Model.__init__(theirs, **values)

        assert model(**values).attribute_values == theirs.attribute_values
    key = ["h", "r"][: 1 + bool(model._range_keyname)]
    theirs = model.__new__(model)
    Model.__init__(theirs, *key)
    assert model(*key).attribute_values == theirs.attribute_values
    with pytest.raises(ValueError, match="of_another"):
        model(of_another=1)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_model_has_what_the_kernel_does_not_read(model: Any) -> None:
    assert not model._discriminator
    assert not [each for each in model.get_attributes().values() if isinstance(each, MapAttribute)]
    assert all(each.default_for_new is None for each in model.get_attributes().values())
