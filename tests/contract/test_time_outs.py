"""A call of AWS that is never answered ends before the function that waits for it does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bank import aws
from tests.support import cloudformation
from tests.support.cloudformation import ROOT

KERNEL = ROOT / "layers/bank/python/bank"
FUNCTIONS = cloudformation.functions()
GATEWAY_SECONDS = 29
# botocore's standard mode: at random up to one second before the second try, two before the third, and so on.
PAUSES = sum(2**number for number in range(aws.TRIES - 1))


def longest(read_timeout: int) -> int:
    """Seconds that a call takes at most."""
    return aws.TRIES * (aws.CONNECT_SECONDS + read_timeout) + PAUSES


def clients(folder: Path) -> Iterator[tuple[str, int]]:
    """Where below `folder` a client is made, and how many seconds it waits for an answer."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("aws."):
                for keyword in node.keywords:
                    if keyword.arg == "read_timeout":
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.literal_eval(keyword.value)


CLIENTS = {folder: list(clients(folder)) for folder in (KERNEL, *(ROOT / "functions").iterdir())}


@pytest.mark.parametrize("function", FUNCTIONS, ids=[function.logical_id for function in FUNCTIONS])
def test_no_call_of_kernel_or_room_outlasts_the_function(function: cloudformation.Function) -> None:
    late = {
        where: longest(waits)
        for where, waits in CLIENTS[KERNEL] + CLIENTS[ROOT / "functions" / function.room]
        if longest(waits) > function.timeout
    }

    assert not late


def test_both_round_trips_of_a_payment_may_go_wrong_before_the_gateway_gives_up() -> None:
    (tables,) = (waits for where, waits in CLIENTS[KERNEL] if "store/tables.py" in where)
    (payments,) = (each for each in FUNCTIONS if each.is_http and each.room == "payments")

    assert 2 * longest(tables) <= payments.timeout


def test_every_function_behind_the_gateway_ends_before_it_gives_up() -> None:
    for function in FUNCTIONS:
        assert not function.is_http or function.timeout <= GATEWAY_SECONDS, function.logical_id
