"""The about room at the edge: is the platform up, and what can it do."""

import functools
from pathlib import Path

from about import schemas
from bank.http import Answer, Api, Call

app = Api("about")

# Generated with infra/gateway.yaml, from the routes that the rooms declare.
DOCUMENT = Path(__file__).with_name("openapi.json")


@app.get("/health", scope=None, answer=schemas.Health)
def get_health(call: Call) -> schemas.Health:
    """Whether requests get through. It asks no other service, so it is also what a bare call costs."""
    return schemas.Health()


@app.get("/openapi.json", scope=None, answer=schemas.OpenApiDocument)
def get_openapi(call: Call) -> Answer:
    """This API's OpenAPI document."""
    return Answer(_document(), headers={"Cache-Control": "public, max-age=300"})


@functools.cache
def _document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")
