"""Overload: refused early. Beside no other test."""

from urllib.parse import urlsplit

import pytest

from tests.e2e.deployed import Deployed, ok, problem

pytestmark = pytest.mark.rooms("about")


def test_what_is_beyond_a_route_s_measure_is_refused_by_the_gateway_and_no_other_route(
    deployed: Deployed,
) -> None:
    """With a measure of nothing, so that it does not depend on how fast anybody is."""
    gateway = deployed.env.aws("apigateway")
    api, stage = urlsplit(deployed.api_url).path.split("/")[2:4]

    def measure(rate: int, burst: int) -> None:
        setting = "/~1openapi.json/GET/throttling"
        values = {f"{setting}/rateLimit": rate, f"{setting}/burstLimit": burst}
        patch = [{"op": "replace", "path": path, "value": str(value)} for path, value in values.items()]
        gateway.update_stage(restApiId=api, stageName=stage, patchOperations=patch)

    measure(0, 0)
    try:
        answer = deployed.channel.once("GET", "/openapi.json")
        ok(deployed.channel.once("GET", "/.well-known/jwks.json"))
    finally:
        measure(100, 500)

    assert problem(answer, 429, "too_many_requests")
    assert answer.headers["Retry-After"] == "1"
    assert deployed.channel.once("GET", "/openapi.json").status == 200
