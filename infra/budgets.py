"""Use of AWS's limits: the table in docs/operations.md, which a contract test holds.

Templates are measured as CloudFormation sees them, expanded by SAM's translator with gradual deployments on.
Sources: "AWS CloudFormation quotas", "Lambda quotas", "Amazon API Gateway quotas", "IAM and AWS STS quotas".
"""

import functools
import importlib.metadata
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from infra import stacks, templates
from infra.contract import gateway
from infra.templates import ROOT, Document

# An address as long as those of `sam package`.
PACKAGED = "s3://artifacts/0123456789abcdef0123456789abcdef"
MAKEFILE = ROOT / "layers" / "dependencies" / "Makefile"


@dataclass(frozen=True)
class Budget:
    """Of what, its limit at AWS, how much of it the worst place uses and which that is."""

    what: str
    limit: int
    used: int
    where: str
    # Packages take another size on another machine: printed by the test, not written down.
    here_only: bool = False


def all_of() -> list[Budget]:
    """Every budget with what is used of it today."""
    # As they should be: a new room's template lacks what is generated until it is written.
    expanded = {
        path.relative_to(ROOT).as_posix(): _expanded(templates.parse(text))
        for path, text in templates.wanted().items()
    }
    expanded |= {path: templates.read(path) for path in templates.SHARED}
    roles = {
        f"{path} {name}": resource["Properties"]
        for path, template in expanded.items()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    }
    functions = {
        name: resource["Properties"]
        for template in expanded.values()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    return [
        _worst(
            "bytes of a template", 1_000_000, {path: _size(template) for path, template in expanded.items()}
        ),
        _worst(
            "resources of a stack", 500, {path: len(each["Resources"]) for path, each in expanded.items()}
        ),
        _worst(
            "parameters of a stack",
            200,
            {path: len(each.get("Parameters", {})) for path, each in expanded.items()},
        ),
        _worst(
            "outputs of a stack", 200, {path: len(each.get("Outputs", {})) for path, each in expanded.items()}
        ),
        Budget("resources of the REST API", 300, len(_api_resources()), "infra/gateway.yaml"),
        _worst(
            "managed policies of a role",
            10,
            {name: len(role.get("ManagedPolicyArns", ())) for name, role in roles.items()},
        ),
        _worst("bytes of a managed policy", 6_144, _policies(expanded)),
        _worst(
            "bytes of a function's environment",
            4_096,
            {name: _size(each["Environment"]["Variables"]) for name, each in functions.items()},
        ),
        _worst(
            "MB of a function with its layers",
            250,
            {name: _megabytes(each) for name, each in functions.items()},
            here_only=True,
        ),
    ]


def table() -> str:
    """The budgets as Markdown."""
    rows = [_row(budget) for budget in all_of() if not budget.here_only]
    return "\n".join(["| what | limit | used at most | | where |", "|---|---|---|---|---|", *rows, ""])


def _row(budget: Budget) -> str:
    share = 100 * budget.used // budget.limit
    return f"| {budget.what} | {budget.limit:,} | {budget.used:,} | {share} % | `{budget.where}` |"


def _worst(what: str, limit: int, used: dict[str, int], *, here_only: bool = False) -> Budget:
    where = max(sorted(used), key=lambda name: used[name])
    return Budget(what, limit, used[where], where, here_only)


def _expanded(template: Document) -> Document:
    """A template as CloudFormation gets it: packaged, included and transformed."""
    if "Globals" in template:
        template["Globals"]["Function"]["CodeUri"] = PACKAGED
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = PACKAGED
        if resource["Type"] == "AWS::Serverless::Api":
            resource["Properties"]["DefinitionBody"] = _gateway()
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    parameters = {"Stage": "production", "GradualDeployment": "true"}
    found: Document = transform(template, parameters, stacks.NO_MANAGED_POLICIES)
    return found


def _gateway() -> Document:
    """As it should be, too: it is written in the same run."""
    document: Document = yaml.safe_load(gateway.text())
    return document


def _api_resources() -> set[str]:
    """Each part of each path is a resource, and so is the root."""
    found = {"/"}
    for path in _gateway()["paths"]:
        parts = path.strip("/").split("/")
        found |= {"/" + "/".join(parts[: count + 1]) for count in range(len(parts))}
    return found


def _size(value: Any) -> int:
    return len(json.dumps(value))


def _policies(expanded: dict[str, Document]) -> dict[str, int]:
    """IAM counts a policy's characters without white space, its names written out."""
    return {
        f"{path} {name}": len(json.dumps(resource["Properties"]["PolicyDocument"], separators=(",", ":")))
        for path, template in expanded.items()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    }


def _megabytes(function: Document) -> int:
    layers = _layer_bytes()
    used = sum(layers.get(layer["Ref"], 0) for layer in function["Layers"])
    room = function["Handler"].split(".")[0]
    return -(
        -(used + _folder_bytes(ROOT / "functions" / room) + _folder_bytes(ROOT / "layers" / "bank")) // 10**6
    )


@functools.cache
def _layer_bytes() -> dict[str, int]:
    """Measure each layer's packages on this machine in bytes, compiled files and tests included."""
    heavy = dict(re.findall(r"^(RULES|ANALYTICS) = (.+)$", MAKEFILE.read_text(), re.M))
    lines = re.findall(r"^[\w-]+==.*$", (ROOT / "requirements.txt").read_text(), re.M)
    found = Counter[str]()
    for line in lines:
        layers = [name.capitalize() for name, pattern in heavy.items() if re.match(pattern, line)]
        found[f"{(layers or ['Dependencies'])[0]}Layer"] += _package_bytes(line.partition("==")[0])
    return found


def _package_bytes(name: str) -> int:
    files = importlib.metadata.distribution(name).files or ()
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def _folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
