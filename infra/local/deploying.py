"""The stacks at the endpoint: made of what was built, and what they say of themselves."""

import json
import time

import yaml

from infra import stacks, templates
from infra.local import building, settings


def deploy() -> None:
    """Create or update the stacks at the endpoint, and keep what a client needs to know of them."""
    settings.client("s3").create_bucket(Bucket=settings.ARTIFACTS)
    if building.is_ministack():
        _deploy_stacks()
    else:
        _deploy_nested()
    outputs = _stack_outputs()
    outputs["Endpoint"] = settings.ENDPOINT
    outputs["ApiUrl"] = f"{settings.ENDPOINT}/restapis/{outputs['ApiId']}/{settings.STAGE}/_user_request_"
    _apply_gateway_responses(outputs["ApiId"])
    _lock_buckets()
    # Not there yet where LocalStack was not installed here, but is somebody else's.
    settings.LOCAL.mkdir(parents=True, exist_ok=True)
    settings.STACK_FILE.write_text(json.dumps(outputs, indent=2) + "\n")
    print(f"The API is at {outputs['ApiUrl']}")


def _deploy_stacks() -> None:
    """To MiniStack, a stack for each room."""
    started = time.monotonic()
    stage = stacks.Stage(settings.STACK, settings.PARAMETERS, settings.client, settings.ARTIFACTS)
    try:
        stage.deploy(settings.BUILD / "template.yaml")
    except stacks.DeployFailed as failure:
        raise settings.Failed(f"{failure}\n{building.ADVICE}") from None
    print(f"{len(stage.changed)} stacks changed: {time.monotonic() - started:.0f} s")


def _deploy_nested() -> None:
    """To LocalStack, as to AWS: the root template with its nested stacks."""
    building.sam(
        "deploy",
        "--template-file",
        str(settings.BUILD / "template.yaml"),
        "--stack-name",
        settings.STACK,
        "--s3-bucket",
        settings.ARTIFACTS,
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--parameter-overrides",
        *building.parameter_overrides(),
    )


def outputs() -> dict[str, str]:
    """Return the deployed stack's outputs: Endpoint, ApiUrl, ApiId."""
    try:
        loaded: dict[str, str] = json.loads(settings.STACK_FILE.read_text())
    except FileNotFoundError:
        raise settings.Failed("nothing is deployed: `make run` first") from None
    return loaded


def _apply_gateway_responses(api_id: str) -> None:
    """Give MiniStack the gateway's own answers (401, 403, 404): it does not read them from the document."""
    document = yaml.safe_load((settings.ROOT / "infra" / "gateway.yaml").read_text())
    gateway = settings.client("apigateway")
    for kind, answer in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseParameters=answer.get("responseParameters", {}),
            responseTemplates=answer.get("responseTemplates", {}),
            **({"statusCode": str(answer["statusCode"])} if "statusCode" in answer else {}),
        )
    gateway.create_deployment(restApiId=api_id, stageName=settings.STAGE)


def _lock_buckets() -> None:
    """Turn object lock on where templates say so, which MiniStack does not read from them."""
    for path in map(templates.room_path, templates.rooms()):
        for resource in templates.read(path)["Resources"].values():
            if resource.get("Properties", {}).get("ObjectLockEnabled"):
                name = resource["Properties"]["BucketName"]["Fn::Sub"]
                settings.client("s3").put_object_lock_configuration(
                    Bucket=name.replace("${Stage}", settings.STAGE).replace(
                        "${AWS::AccountId}", settings.ACCOUNT
                    ),
                    ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"},
                )


def _stack_outputs() -> dict[str, str]:
    stack = settings.client("cloudformation").describe_stacks(StackName=settings.STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
