"""API Gateway's REQUEST and TOKEN authorizers, which LocalStack's open core creates but never calls.

Done as API Gateway does it: no identity, or an answer of "Unauthorized", is a 401; a policy that does not
allow the route a 403; any other failure a 500. Policies are kept for as long as the authorizer says.
"""
# LocalStack is installed in an environment of its own, where type checkers do not look.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import json
import threading
import time
from typing import Any

from localstack.aws.connect import connect_to
from localstack.runtime import hooks
from localstack.services.apigateway.next_gen.execute_api import handlers
from localstack.services.apigateway.next_gen.execute_api.context import RestApiInvocationContext
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    AccessDeniedError,
    AuthorizerConfigurationError,
    UnauthorizedError,
)
from localstack.utils.aws.client_types import ServicePrincipal

from .policy import allowed

# API Gateway's own, where the authorizer says nothing.
DEFAULT_TTL_SECONDS = 300
HEADER = "method.request.header."


@hooks.on_infra_start()
def call_authorizers() -> None:
    """Put the authorizers where they belong: after routing, before the integration."""
    handlers.preprocess_request.append(Authorizers())


class Authorizers:
    """The handler that asks a method's authorizer, if it has one."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def __call__(self, chain: Any, context: RestApiInvocationContext, response: Any) -> None:
        """Let the request pass with the caller's context, or raise what the gateway answers."""
        method = context.resource_method
        if method.get("authorizationType") != "CUSTOM":
            return
        authorizer = context.deployment.rest_api.authorizers[method["authorizerId"]]
        identity = _identity(authorizer, context)
        policy = self._policy(authorizer, identity, context)
        if not allowed(policy.get("policyDocument", {}), _method_arn(context)):
            raise AccessDeniedError("User is not authorized to access this resource")
        context.context_variables["authorizer"] = {
            "principalId": policy["principalId"],
            **{name: str(value) for name, value in policy.get("context", {}).items()},
        }

    def _policy(
        self, authorizer: dict[str, Any], identity: str, context: RestApiInvocationContext
    ) -> dict[str, Any]:
        key = (f"{context.api_id}/{context.stage}/{authorizer['id']}", identity)
        with self._lock:
            until, policy = self._kept.get(key, (0.0, {}))
        if time.monotonic() < until:
            return policy
        ttl = authorizer.get("authorizerResultTtlInSeconds")
        policy = _asked(authorizer, identity, context)
        with self._lock:
            self._kept[key] = (time.monotonic() + (DEFAULT_TTL_SECONDS if ttl is None else int(ttl)), policy)
        return policy


def _identity(authorizer: dict[str, Any], context: RestApiInvocationContext) -> str:
    """The values of the identity sources. Raises UnauthorizedError when one is missing."""
    sources = [source.strip() for source in authorizer.get("identitySource", "").split(",") if source.strip()]
    headers = context.invocation_request["headers"]
    values = [headers.get(source.removeprefix(HEADER), "") for source in sources if source.startswith(HEADER)]
    if len(values) != len(sources):
        raise AuthorizerConfigurationError
    if not all(values):
        raise UnauthorizedError("Unauthorized")
    return "\n".join(values)


def _asked(authorizer: dict[str, Any], identity: str, context: RestApiInvocationContext) -> dict[str, Any]:
    arn = authorizer["authorizerUri"].split("/functions/")[1].split("/invocations")[0]
    source = f"{_api_arn(context)}/authorizers/{authorizer['id']}"
    client = connect_to(region_name=context.region).lambda_.request_metadata(
        service_principal=ServicePrincipal.apigateway, source_arn=source
    )
    answer = client.invoke(FunctionName=arn, Payload=json.dumps(_event(authorizer, identity, context)))
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        if result.get("errorMessage") == "Unauthorized":
            raise UnauthorizedError("Unauthorized")
        raise AuthorizerConfigurationError
    if not isinstance(result, dict) or "principalId" not in result:
        raise AuthorizerConfigurationError
    return result


def _event(authorizer: dict[str, Any], identity: str, context: RestApiInvocationContext) -> dict[str, Any]:
    if authorizer["type"] == "TOKEN":
        return {"type": "TOKEN", "methodArn": _method_arn(context), "authorizationToken": identity}
    request = context.invocation_request
    headers = request["headers"]
    return {
        "type": "REQUEST",
        "methodArn": _method_arn(context),
        "resource": context.resource["path"],
        "path": request["path"],
        "httpMethod": str(request["http_method"]),
        "headers": dict(headers),
        "multiValueHeaders": {name: headers.getlist(name) for name in headers.keys()},  # noqa: SIM118
        "queryStringParameters": request["query_string_parameters"],
        "multiValueQueryStringParameters": request["multi_value_query_string_parameters"],
        "pathParameters": request["path_parameters"],
        "stageVariables": context.stage_variables,
        "requestContext": context.context_variables,
    }


def _api_arn(context: RestApiInvocationContext) -> str:
    return f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.api_id}"


def _method_arn(context: RestApiInvocationContext) -> str:
    request = context.invocation_request
    path = request["path"].removeprefix("/")
    return f"{_api_arn(context)}/{context.stage}/{request['http_method']}/{path}"
