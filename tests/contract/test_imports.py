"""The import contracts hold every room that there is: one misplaced import in any of them breaks one.

The graph of imports is built once. Each case adds to a copy of it what a line of code would have added.
"""

from copy import deepcopy
from itertools import accumulate

import grimp
import pytest
from importlinter.application import use_cases
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import Contract

from infra import imports
from infra.contract import ROOT, rooms

ROOMS = rooms.names()
EACH_ROOM = pytest.mark.parametrize("room", ROOMS)

ROOMS_APART = "Rooms never import each other"
KERNEL_BELOW = "The kernel knows no room"
TOOLS_OUTSIDE = "What is deployed knows nothing of its tools and tests"
FURNITURE = "A room has this furniture, and imports go down only"
PURE_RULES = "Rules know neither AWS nor frameworks"
SAME_ANSWER = "Rules know neither chance nor the environment"
CHALICE_AT_THE_EDGE = "Chalice stays at the edge"

# The contract that breaks, who imports, and what. A module that a room has not is made for it.
MISPLACED = [
    (ROOMS_APART, "{room}.app", "{other}.service"),
    (ROOMS_APART, "{other}.app", "{room}.service"),
    (ROOMS_APART, "{room}.domain.rules", "{other}.domain.rules"),
    (KERNEL_BELOW, "bank.money", "{room}.domain"),
    (KERNEL_BELOW, "bank.ledger.posting", "{room}.tables"),
    (TOOLS_OUTSIDE, "{room}.app", "infra"),
    (TOOLS_OUTSIDE, "{room}.service.work", "tests"),
    (FURNITURE, "{room}.app", "{room}.cli"),
    (FURNITURE, "{room}.routes.views", "{room}.app"),
    (FURNITURE, "{room}.rendering", "{room}.routes"),
    (FURNITURE, "{room}.rendering", "{room}.app"),
    (FURNITURE, "{room}.service.work", "{room}.rendering"),
    (FURNITURE, "{room}.adapters.files", "{room}.service.work"),
    (FURNITURE, "{room}.tables", "{room}.adapters"),
    (FURNITURE, "{room}.tables", "{room}.service"),
    (FURNITURE, "{room}.events", "{room}.service.work"),
    (FURNITURE, "{room}.schemas", "{room}.app"),
    (FURNITURE, "{room}.domain.rules", "{room}.tables"),
    (FURNITURE, "{room}.domain", "{room}.settings"),
    (FURNITURE, "{room}.settings", "{room}.domain"),
    (FURNITURE, "{room}.service", "{room}.helpers"),
    (PURE_RULES, "{room}.domain", "boto3"),
    (PURE_RULES, "{room}.domain.rules", "pynamodb"),
    (PURE_RULES, "{room}.domain.rules", "bank.store"),
    (SAME_ANSWER, "{room}.domain", "random"),
    (SAME_ANSWER, "{room}.domain.rules", "os"),
    (CHALICE_AT_THE_EDGE, "{room}.service.work", "chalice"),
    (CHALICE_AT_THE_EDGE, "{room}.tables", "chalice"),
]


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    """The contracts by name, as `make check` reads them."""
    imports.configure()
    options = use_cases.read_user_options(str(ROOT / "pyproject.toml"))
    kinds = (ForbiddenContract, IndependenceContract, LayersContract)
    by_type = {kind.type_name: kind for kind in kinds}
    return {
        each["name"]: by_type[each["type"]](each["name"], options.session_options, each)
        for each in options.contracts_options
    }


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Today's imports of the kernel and of every room."""
    return grimp.build_graph("bank", *ROOMS, include_external_packages=True, cache_dir=None)


def is_kept(contract: Contract, graph: grimp.ImportGraph) -> bool:
    """Check it on a copy: a contract may change its graph."""
    return contract.check(deepcopy(graph), verbose=False).kept


def with_import(graph: grimp.ImportGraph, importer: str, imported: str) -> grimp.ImportGraph:
    """A copy with one import more, and with both modules and their packages where they are missing."""
    found = deepcopy(graph)
    for module in (importer, imported):
        names = accumulate(module.split("."), "{}.{}".format)
        for name in set(names) - found.modules:
            found.add_module(name)
    found.add_import(importer=importer, imported=imported)
    return found


def test_every_folder_of_functions_is_a_room_with_an_app() -> None:
    """So that nothing is deployed that no check looks at."""
    folders = {path.relative_to(rooms.FUNCTIONS).parts[0] for path in rooms.FUNCTIONS.rglob("*.py")}

    assert sorted(folders) == ROOMS


def test_each_contract_is_kept_and_has_a_case(
    contracts: dict[str, Contract], graph: grimp.ImportGraph
) -> None:
    assert [name for name, contract in contracts.items() if not is_kept(contract, graph)] == []
    assert contracts.keys() == {name for name, _, _ in MISPLACED}


@EACH_ROOM
def test_a_misplaced_import_breaks_a_contract_in_every_room(
    contracts: dict[str, Contract], graph: grimp.ImportGraph, room: str
) -> None:
    other = next(each for each in ROOMS if each != room)
    unnoticed = []
    for name, importer, imported in MISPLACED:
        names = {"room": room, "other": other}
        worse = with_import(graph, importer.format(**names), imported.format(**names))
        if is_kept(contracts[name], worse):
            unnoticed.append((name, importer, imported))

    assert unnoticed == []


@EACH_ROOM
def test_a_module_beside_the_furniture_breaks_a_contract_in_every_room(
    contracts: dict[str, Contract], graph: grimp.ImportGraph, room: str
) -> None:
    cluttered = deepcopy(graph)
    cluttered.add_module(f"{room}.helpers")

    assert not is_kept(contracts[FURNITURE], cluttered)
