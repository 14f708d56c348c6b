"""The about room at the edge: is the platform up, and what can it do."""

import functools
from pathlib import Path

from about import schemas
from bank import errors
from bank.http import Answer, Api, Call

app = Api("about")

# Written by the build (Makefile) from the routes that all rooms declare.
DOCUMENTS = Path(__file__).with_name("documents")
KEPT_SECONDS = 300


@app.get("/health", scope=None, answer=schemas.Health)
def get_health(call: Call) -> schemas.Health:
    """Answer that requests get through. It asks no other service: the cost of a bare call."""
    return schemas.Health()


@app.get("/openapi.json", scope=None, answer=schemas.OpenApiDocument, kept_seconds=KEPT_SECONDS)
def get_openapi(call: Call) -> Answer:
    """This API's OpenAPI document."""
    return Answer(_text(DOCUMENTS / "openapi.json"))


@app.get("/openapi/{tag}", scope=None, answer=schemas.OpenApiDocument, kept_seconds=KEPT_SECONDS)
def get_openapi_of_tag(call: Call, tag: str) -> Answer:
    """The part of the OpenAPI document with the operations of one tag, and what they refer to."""
    try:
        return Answer(_text(DOCUMENTS / "openapi" / f"{tag}.json"))
    except FileNotFoundError:
        raise errors.NotFound("no operation has this tag") from None


@functools.cache
def _text(document: Path) -> str:
    return document.read_text(encoding="utf-8")
