"""Answers of the about room."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bank.http import Schema


class Health(Schema):
    """That requests get through to a function."""

    status: Literal["ok"] = "ok"


class OpenApiDocument(BaseModel):
    """An OpenAPI 3 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
