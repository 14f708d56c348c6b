"""Small decision models for tests: one table of rules, each a condition, an outcome and a reason."""

from typing import Any


def table(*rows: tuple[str, str, str], node: str = "rules", output_path: str = "") -> dict[str, Any]:
    """A collecting table: all of its rows that hold."""
    content: dict[str, Any] = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [
            {"id": "outcome", "name": "outcome", "field": "outcome"},
            {"id": "reason", "name": "reason", "field": "reason"},
        ],
        "rules": [
            {"_id": str(number), "when": when, "outcome": f'"{outcome}"', "reason": f'"{reason}"'}
            for number, (when, outcome, reason) in enumerate(rows)
        ],
    }
    if output_path:
        content["outputPath"] = output_path
    return {"id": node, "name": node, "type": "decisionTableNode", "content": content}


def model(*rows: tuple[str, str, str]) -> dict[str, Any]:
    """The whole model of one table."""
    return graph(table(*rows))


def graph(*tables: dict[str, Any]) -> dict[str, Any]:
    """Tables side by side between a request and an answer."""
    return {
        "nodes": [
            {"id": "request", "name": "request", "type": "inputNode"},
            *tables,
            {"id": "answer", "name": "answer", "type": "outputNode"},
        ],
        "edges": [
            edge
            for table in tables
            for edge in (
                {"id": f"to-{table['id']}", "type": "edge", "sourceId": "request", "targetId": table["id"]},
                {"id": f"of-{table['id']}", "type": "edge", "sourceId": table["id"], "targetId": "answer"},
            )
        ],
    }
