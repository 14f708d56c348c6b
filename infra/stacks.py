"""Deployment of a `sam build` to MiniStack: a stack of the root's resources, and one for each nested one.

MiniStack does not update nested stacks in place, and expands serverless types in a root template only. So
what the root nests stands beside it here, with the same templates, parameters and names; a change of one room
updates that room's stack alone. SAM's own translator expands the templates, which is what AWS runs.
LocalStack and AWS get the root template through `sam deploy`.
"""

import hashlib
import io
import json
import logging
import os
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from infra import templates
from infra.templates import Document

# The translator needs a region, whose partition it writes into names.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
# It tells of metrics and toggles of the service that runs it at AWS.
logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
SERVERLESS = "AWS::Serverless-2016-10-31"
NESTED = "AWS::CloudFormation::Stack"
# Properties that name a folder on disk until it is uploaded.
ARTIFACTS = {"AWS::Serverless::Function": ("CodeUri",), "AWS::Serverless::LayerVersion": ("ContentUri",)}
FUNCTION = "AWS::Lambda::Function"
# No function ends sooner here: its time-out is for Lambda's processors, not for two that run everything.
PATIENCE_SECONDS = 120
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# The translator would look names of AWS's managed policies up in IAM; our templates name policies by ARN.
NO_MANAGED_POLICIES = SimpleNamespace(load=dict)
POLL_SECONDS = 0.05
DEPLOY_SECONDS = 300


class DeployFailed(Exception):
    """A stack could not be brought to what its template says; the message holds what CloudFormation said."""


class Stage:
    """The stacks of one stage: `name` and, beside it, `name-Payments` and so on."""

    def __init__(self, name: str, parameters: dict[str, str], client: Any, bucket: str) -> None:
        """`client(service)` answers clients of the emulator; `bucket` holds code and templates."""
        self._name, self._parameters, self._bucket = name, parameters, bucket
        self._cloudformation, self._s3 = client("cloudformation"), client("s3")
        self._uploaded: set[str] = set()
        self.changed: list[str] = []

    def deploy(self, built: Path) -> None:
        """Bring all stacks to the built root template and those that it nests."""
        root = self._template(built)
        nested = {name: each for name, each in root["Resources"].items() if each["Type"] == NESTED}
        root["Resources"] = {name: each for name, each in root["Resources"].items() if name not in nested}
        root["Outputs"] |= {
            name: {"Value": {"Ref": name}} for name in _passed(nested) & root["Resources"].keys()
        }
        values = {**_defaults(root), **self._parameters}
        outputs = {"": values | self._bring(self._name, root, values)}
        # What rooms share comes first; rooms name it in DependsOn.
        for name, stack in sorted(nested.items(), key=lambda item: "DependsOn" in item[1]):
            template = self._template(built.parent / stack["Properties"]["TemplateURL"])
            parameters = stack["Properties"]["Parameters"]
            given = {parameter: _value(expression, outputs) for parameter, expression in parameters.items()}
            outputs[name] = self._bring(f"{self._name}-{name}", template, given)
        self._remove_all_but(nested)

    def _template(self, path: Path) -> Document:
        """A built template as plain CloudFormation, what it names on disk uploaded as `sam package` does."""
        template = templates.parse(path.read_text())
        for resource in template["Resources"].values():
            for name in ARTIFACTS.get(resource["Type"], ()):
                resource["Properties"][name] = self._upload(path.parent / resource["Properties"][name])
            if resource["Type"] == "AWS::Serverless::Api":
                include = resource["Properties"]["DefinitionBody"]["Fn::Transform"]["Parameters"]
                include_path = path.parent / include["Location"]
                resource["Properties"]["DefinitionBody"] = templates.parse(include_path.read_text())
        if template.get("Transform") != SERVERLESS:
            return template
        known = {**_defaults(template), **self._parameters}
        given = {name: value for name, value in known.items() if name in template["Parameters"]}
        expanded: Document = transform(template, given, NO_MANAGED_POLICIES)
        for resource in expanded["Resources"].values():
            if resource["Type"] == FUNCTION:
                resource["Properties"]["Timeout"] = max(resource["Properties"]["Timeout"], PATIENCE_SECONDS)
        return expanded

    def _upload(self, folder: Path) -> str:
        """The S3 address of a folder's archive, whose name is the digest of what is in it."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as files:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                # One date for all: what is the same is the same archive.
                files.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
        content = archive.getvalue()
        key = hashlib.sha256(content).hexdigest()
        if key not in self._uploaded:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)
            self._uploaded.add(key)
        return f"s3://{self._bucket}/{key}"

    def _bring(self, name: str, template: Document, parameters: dict[str, str]) -> dict[str, str]:
        """Create or update one stack; its outputs."""
        if self._put(name, template, parameters):
            self._wait(name)
            self.changed.append(name)
        described = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}

    def _put(self, name: str, template: Document, parameters: dict[str, str]) -> bool:
        """Return whether there was anything to do."""
        key = f"{name}.template"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(template).encode())
        arguments = {
            "StackName": name,
            "TemplateURL": f"https://s3.amazonaws.com/{self._bucket}/{key}",
            "Capabilities": CAPABILITIES,
            "Parameters": [
                {"ParameterKey": parameter, "ParameterValue": value}
                for parameter, value in parameters.items()
                if parameter in template.get("Parameters", {})
            ],
        }
        try:
            self._cloudformation.create_stack(**arguments)
        except self._cloudformation.exceptions.AlreadyExistsException:
            try:
                self._cloudformation.update_stack(**arguments)
            except ClientError as refused:
                if "No updates are to be performed" in str(refused):
                    return False
                raise
        return True

    def _wait(self, name: str) -> None:
        deadline = time.monotonic() + DEPLOY_SECONDS
        while time.monotonic() < deadline:
            stack = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            status = stack["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
                    return
                raise DeployFailed(f"{name}: {status}, {stack.get('StackStatusReason', '')}")
            time.sleep(POLL_SECONDS)
        raise DeployFailed(f"{name} was not there within {DEPLOY_SECONDS} s")

    def _remove_all_but(self, nested: dict[str, Any]) -> None:
        """Remove the stacks of rooms whose folders are gone."""
        for stack in self._cloudformation.describe_stacks()["Stacks"]:
            name = stack["StackName"]
            if name.startswith(f"{self._name}-") and name.removeprefix(f"{self._name}-") not in nested:
                self._cloudformation.delete_stack(StackName=name)
                self.changed.append(name)


def _passed(nested: dict[str, Any]) -> set[str]:
    """The names that nested stacks' parameters refer to in the root."""
    expressions = (value for each in nested.values() for value in each["Properties"]["Parameters"].values())
    return {value["Ref"] for value in expressions if "Ref" in value}


def _defaults(root: Document) -> dict[str, str]:
    return {name: str(each["Default"]) for name, each in root["Parameters"].items() if "Default" in each}


def _value(expression: dict[str, Any], outputs: dict[str, dict[str, str]]) -> str:
    """Return the value of `!Ref Name` or `!GetAtt Stack.Outputs.Name`; the root's own stand under no name."""
    if "Ref" in expression:
        return outputs[""][expression["Ref"]]
    attribute = expression["Fn::GetAtt"]
    stack, _, output = (".".join(attribute) if isinstance(attribute, list) else attribute).split(".")
    return outputs[stack][output]
