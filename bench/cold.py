"""Cold import of each function, against `import boto3` and a client, each in a process of its own.

CPU time, since waiting is the machine's; on a busy machine that grows by half from a second to the next, too.
So each run of a function stands between two of boto3 and is compared with their mean, and the median counts.
A median of a few such ratios still moves by a tenth: what is over its budget runs again, and all runs count.
"""

import os
import statistics
import subprocess
import sys

from bench import PATHS, ROOT, report
from bench.report import Row, Section
from infra.local.server import LAMBDA_PYTHON
from tests.support import cloudformation

RUNS = 7
RUNS_AGAIN = 3 * RUNS
# docs/decisions.md, 15, says why it is no less.
BUDGET = 1.6
BARE = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
# What a function needs before it can answer: its module, and the client that it will make its calls with.
FUNCTION = "import {module}; from bank import store; store.client()"
# A row of its own: the libraries that all functions import, and a client made as boto3 makes it.
ALONE = "libraries alone"
LIBRARIES = (
    "import chalice, pydantic, pynamodb.models, ulid, aws_lambda_powertools.metrics; "
    "type('Model', (pydantic.BaseModel,), {'__module__': 'bench'}); " + BARE
)
TIMED = "import time; started = time.process_time(); {code}; print(time.process_time() - started)"


def imports() -> Section:
    """The median of several rounds, after one that leaves everything compiled; of more if over budget."""
    modules = sorted({function.module for function in cloudformation.functions()})
    code = {module: FUNCTION.format(module=module) for module in modules} | {ALONE: LIBRARIES}
    for each in code.values():
        _spent(each)
    spent = _rounds(code, RUNS)
    over = {name: each for name, each in code.items() if name != ALONE and _ratio(spent[name]) > BUDGET}
    for name, again in _rounds(over, RUNS_AGAIN).items():
        spent[name] += again
    return Section(
        f"Cold import of a function, Python {sys.version_info.major}.{sys.version_info.minor}",
        ("function, ms", "boto3, ms", "ratio"),
        [_row(name, each) for name, each in spent.items()],
    )


def _rounds(code: dict[str, str], runs: int) -> dict[str, list[tuple[float, float]]]:
    rounds = [_round(code) for _ in range(runs)]
    return {name: [each[name] for each in rounds] for name in code}


def _round(code: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Seconds of each, and of boto3 just before and after it."""
    spent, before = {}, _spent(BARE)
    for name, each in code.items():
        function, after = _spent(each), _spent(BARE)
        spent[name] = (function, (before + after) / 2)
        before = after
    return spent


def _row(name: str, spent: list[tuple[float, float]]) -> Row:
    function, bare = (min(seconds) for seconds in zip(*spent, strict=True))
    ratio = _ratio(spent)
    budget = None if name == ALONE else report.at_most(BUDGET, ratio)
    return Row(name, (round(function * 1000), round(bare * 1000), ratio), budget)


def _ratio(spent: list[tuple[float, float]]) -> float:
    return statistics.median(ours / theirs for ours, theirs in spent)


def _spent(code: str) -> float:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": os.pathsep.join(str(path) for path in (*PATHS, LAMBDA_PYTHON)),
        # As in infra/globals.yaml.
        "PYDANTIC_DISABLE_PLUGINS": "1",
        # Lambda has credentials there; without, botocore would ask the network for some.
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    ran = subprocess.run(
        [sys.executable, "-c", TIMED.format(code=code)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout.splitlines()[-1])
