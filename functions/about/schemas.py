"""Answers of the about room."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bank.http import Schema


class Health(Schema):
    """Health of the platform: requests reach a function."""

    status: Literal["ok"] = "ok"


class OpenApiDocument(BaseModel):
    """An OpenAPI 3 document."""

    model_config = ConfigDict(extra="allow", defer_build=True, hide_input_in_errors=True)

    openapi: str = Field(examples=["3.0.1"])
    info: dict[str, Any] = Field(examples=[{"title": "Perkbank", "version": "1.0.0"}])
    paths: dict[str, Any]
