"""The picture in the kernel's README against its imports."""

import re
from pathlib import Path

import grimp
import pytest

import bank

README = (Path(bank.__path__[0]) / "README.md").read_text(encoding="utf-8")
GRAPH = grimp.build_graph("bank", cache_dir=None)
MODULES = {module for module in GRAPH.modules if module != "bank"}
PACKAGES = {module.split(".")[1] for module in MODULES if module.count(".") > 1}
LEAVES = {module.split(".")[1] for module in MODULES} - PACKAGES
IMPORTS = {
    (module.split(".")[1], imported.split(".")[1])
    for module in MODULES
    for imported in GRAPH.find_modules_directly_imported_by(module)
    if imported.startswith("bank.") and imported.split(".")[1] != module.split(".")[1]
}


def rows(heading: str) -> dict[str, str]:
    """The table below a heading: its first column, and the text beside it."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))


def test_the_picture_shows_each_package_and_every_import_between_two_and_no_other() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", README, re.MULTILINE))
    assert drawn == {(one, other) for one, other in IMPORTS if other in PACKAGES}
    boxes = set(re.findall(r"^    (\w+)(?: -->|$)", README, re.MULTILINE)) | {other for _, other in drawn}
    assert boxes == PACKAGES


def test_no_packages_import_each_other_in_a_circle() -> None:
    left = set(PACKAGES)
    while left:
        free = {box for box in left if not any(one == box and other in left for one, other in IMPORTS)}
        assert free, f"a circle among {sorted(left)}"
        left -= free


def test_leaves_import_only_leaves() -> None:
    assert not {(one, other) for one, other in IMPORTS if one in LEAVES and other not in LEAVES}


def test_the_tables_name_all_packages_and_all_leaves() -> None:
    assert set(rows("Packages")) == PACKAGES
    assert set(rows("Leaves")) == LEAVES


@pytest.mark.parametrize("package", sorted(PACKAGES - {"vault"}))
def test_a_package_s_row_names_its_modules(package: str) -> None:
    modules = {module.split(".")[2] for module in MODULES if module.startswith(f"bank.{package}.")}
    assert modules <= set(re.findall(r"`(\w+)`", rows("Packages")[package]))
