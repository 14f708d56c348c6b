"""Parameters of aml and the sanctions lists in force. Rows are read as stored: models are that room's."""

import json
from collections.abc import Iterator
from typing import Any

from audit.service.verifying.held import Acts, Facts, Held, after, unbroken
from bank import store
from bank.control.audit import acts_on

PARAMETERS, LIVE = "parameters", "live"


def aml_parameters() -> Iterator[Held]:
    """The bounds of patterns that were set otherwise than by default; a row that is gone says none."""
    row = _row(PARAMETERS)
    if row or acts_on(PARAMETERS):
        says = {"values": _json(row, "values"), "as the acts found it": True}
        yield Held("aml.parameters", says, PARAMETERS, _since(row), _parameters_told)


def _parameters_told(acts: Acts) -> Facts | None:
    done = [act for act in acts if act.action == "aml.parameters_set"]
    values = {name: value for each in after(done, "aml.parameters_set") for name, value in each.items()}
    return {"values": values, "as the acts found it": unbroken(done)} if done else None


def sanctions_lists() -> Iterator[Held]:
    """The versions of lists that people are screened against: each was published by an act."""
    row = _row(LIVE)
    for name, list_id in _json(row, "lists").items():
        yield Held(f"aml.lists.{name}", {"live": list_id}, list_id, _since(row), _list_told)


def _list_told(acts: Acts) -> Facts | None:
    published = after(acts, "aml.list_published")
    return {"live": published[-1].get("live")} if published else None


def _row(record_id: str) -> dict[str, Any]:
    key = {"record_id": {"S": record_id}}
    answer = store.client().get_item(TableName=store.table_name("aml-records"), Key=key, ConsistentRead=True)
    return dict(answer.get("Item", {}))


def _json(row: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(json.loads(row[name]["S"])) if name in row else {}


def _since(row: dict[str, Any]) -> str:
    return str(row.get("created_at", {}).get("S", ""))
