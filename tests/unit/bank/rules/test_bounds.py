"""The largest models that are taken, checked and evaluated: memory follows from their size."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bank.risk import rule_sets
from bank.rules.models import MAX_BYTES
from tests.support.risk import model

ROOT = Path(__file__).parents[4]
# For a model of 200 KB: its text, its tree, zen's form of it, 40 nodes' copies of the facts.
MEGABYTES = 128
MEASURE = """
import json, resource, sys
from bank import rules
from bank.risk import facts, rule_sets
from bank.risk.verdict import MODEL

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

content = json.load(sys.stdin)
small = {"nodes": content["nodes"][:1] + content["nodes"][-1:], "edges": []}
rule_sets.faults(small)
before = peak()
model = rules.compiled("rls_large", content, MODEL)
most = {path: getattr(kind, "high", True) for path, kind in facts.KINDS.items() if not hasattr(kind, "words")}
for flat in ({}, {"customer.count_1m": 3}, {path: int(value) for path, value in most.items()}):
    rules.evaluate(model, facts.nested(flat))
print(peak() - before)
"""


def wide() -> dict[str, Any]:
    """One table with as many rows as may be, each condition as long as fits."""
    condition = " and ".join(["customer.sum_30d * 2 >= amount"] * 12)
    return model(*[(condition, "review", "many")] * 400)


def deep() -> dict[str, Any]:
    """As many nodes as may be, one behind the other, each handing on all that came before."""
    content = model(("x36_0 > 5", "review", "many"))
    before = "request"
    for number in range(37):
        value = f"max([customer.sum_30d, {'amount' if number == 0 else f'x{number - 1}_0'}])"
        value += " + abs(customer.sum_30d - 1)" * 22
        lines = [{"key": f"x{number}_{line}", "value": value} for line in range(7)]
        node = {"expressions": lines, "passThrough": True}
        content["nodes"].insert(-1, {"id": f"n{number}", "type": "expressionNode", "content": node})
        content["edges"].append({"sourceId": before, "targetId": f"n{number}"})
        before = f"n{number}"
    content["edges"][0]["sourceId"] = before
    return content


@pytest.mark.parametrize("content", [wide(), deep()], ids=["wide", "deep"])
def test_the_largest_models_take_memory_by_their_size(content: dict[str, Any]) -> None:
    text = json.dumps(content)
    assert rule_sets.faults(content) == []
    assert MAX_BYTES * 0.8 < len(text) <= MAX_BYTES

    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=text,
        env={"PYTHONPATH": f"{ROOT / 'layers/bank/python'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) < MEGABYTES, done.stdout
