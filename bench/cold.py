"""Cold import of each HTTP function, against `import boto3` and a client, each in a process of its own."""

import os
import subprocess
import sys

from bench import PATHS, ROOT, report
from bench.report import Row, Section
from infra.local.server import LAMBDA_PYTHON
from tests.support import cloudformation

RUNS = 7
BUDGET = 1.5
BARE = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
# What a function needs before it can answer: its module, and the client that it will make its calls with.
FUNCTION = "import {module}; from bank import store; store.client()"
TIMED = "import time; started = time.process_time(); {code}; print(time.process_time() - started)"


def imports() -> Section:
    """The least CPU time of several runs by turns, after one that leaves everything compiled."""
    modules = [function.module for function in cloudformation.functions() if function.is_http]
    codes = {"": BARE} | {module: FUNCTION.format(module=module) for module in modules}
    best = {name: float("inf") for name in codes}
    for run in range(RUNS + 1):
        for name, code in codes.items():
            spent = _spent(code)
            if run:
                best[name] = min(best[name], spent)
    return Section(
        "Cold import of an HTTP function",
        ("function, ms", "boto3, ms", "ratio"),
        [_row(name, best[name], best[""]) for name in modules],
    )


def _row(name: str, function: float, bare: float) -> Row:
    ratio = function / bare
    return Row(name, (round(function * 1000), round(bare * 1000), ratio), report.at_most(BUDGET, ratio))


def _spent(code: str) -> float:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": os.pathsep.join(str(path) for path in (*PATHS, LAMBDA_PYTHON)),
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
